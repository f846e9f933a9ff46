// Memory with one write port and one synchronous read port, as block RAM has: `read_data` shows
// mem[read_address] from the edge at which `read_enable` was high, and holds it. A read of the word
// that is written at the same edge gives the old word; the modules that use it never do so.
module weir_ram #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,
    parameter int ADDRESS_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic                     clk,
    input  logic                     write_enable,
    input  logic [ADDRESS_WIDTH-1:0] write_address,
    input  logic [WIDTH-1:0]         write_data,
    input  logic                     read_enable,
    input  logic [ADDRESS_WIDTH-1:0] read_address,
    output logic [WIDTH-1:0]         read_data
);
    logic [WIDTH-1:0] mem [0:DEPTH-1];

    always_ff @(posedge clk) begin
        if (write_enable) mem[write_address] <= write_data;
        if (read_enable) read_data <= mem[read_address];
    end
endmodule
