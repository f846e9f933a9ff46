// Read-only table that PORTS readers share, each with a synchronous read: data of port p shows
// mem[address of port p] from the edge at which `enable` was high, and holds it.
//
// One memory with several ports rather than one a reader, so that a table is one image however many
// lanes use it. Synthesis (SYNTHESIS defined, as Yosys and Vivado do) gets a copy for every two readers,
// the ports that a block RAM has: how to deal out dozens of ports is what a tool cannot find out.
// Contents as in weir_rom.
module weir_table #(
    parameter int PORTS         = 1,
    parameter int WIDTH         = 16,
    parameter int ADDRESS_WIDTH = 10,
    parameter     FILE          = ""
) (
    input  logic                           clk,
    input  logic                           enable,
    input  logic [PORTS*ADDRESS_WIDTH-1:0] address,
    output logic [PORTS*WIDTH-1:0]         data
);
`ifdef SYNTHESIS
    for (genvar c = 0; 2 * c < PORTS; c++) begin : copy
        logic [WIDTH-1:0] mem[0:(1<<ADDRESS_WIDTH)-1];

        if (FILE != "") begin : load
            initial $readmemh(FILE, mem);
        end

        for (genvar p = 2 * c; p < PORTS && p < 2 * c + 2; p++) begin : port
            always_ff @(posedge clk)
                if (enable)
                    data[p*WIDTH+:WIDTH] <= mem[address[p*ADDRESS_WIDTH+:ADDRESS_WIDTH]];
        end
    end
`else
    logic [WIDTH-1:0] mem[0:(1<<ADDRESS_WIDTH)-1]  /*verilator public_flat_rw*/;

    if (FILE != "") begin : load
        initial $readmemh(FILE, mem);
    end

    for (genvar p = 0; p < PORTS; p++) begin : port
        always_ff @(posedge clk)
            if (enable)
                data[p*WIDTH+:WIDTH] <= mem[address[p*ADDRESS_WIDTH+:ADDRESS_WIDTH]];
    end
`endif
endmodule
