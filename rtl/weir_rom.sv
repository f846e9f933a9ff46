// Read-only memory with a synchronous read: `data` shows mem[address] from the edge at which
// `enable` was high, and holds it.
//
// Contents come from FILE ($readmemh, one hexadecimal word a line) for synthesis and the stitched
// top; with FILE empty a simulator fills `mem` before reset, so that layers of one shape share one
// model.
module weir_rom #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 1,
    parameter     FILE  = "",
    parameter int ADDRESS_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic                     clk,
    input  logic                     enable,
    input  logic [ADDRESS_WIDTH-1:0] address,
    output logic [WIDTH-1:0]         data
);
    logic [WIDTH-1:0] mem [0:DEPTH-1]  /*verilator public_flat_rw*/;

    if (FILE != "") begin : load
        initial $readmemh(FILE, mem);
    end

    always_ff @(posedge clk) if (enable) data <= mem[address];
endmodule
