// Start tokens: a FIFO of one bit and two places.
module su_start #(parameter DATA_WIDTH = 1, ADDR_WIDTH = 1, DEPTH = 2) (
    input  wire clk, input wire reset,
    output wire if_full_n, input wire if_write_ce, input wire if_write,
    input  wire [DATA_WIDTH-1:0] if_din,
    output wire if_empty_n, input wire if_read_ce, input wire if_read,
    output wire [DATA_WIDTH-1:0] if_dout);
    reg [DATA_WIDTH-1:0] line [0:DEPTH-1];
    reg [ADDR_WIDTH:0] count = 0;
    wire push = if_write & if_write_ce & if_full_n;
    wire pop = if_read & if_read_ce & if_empty_n;
    assign if_full_n = count != DEPTH;
    assign if_empty_n = count != 0;
    assign if_dout = line[count == DEPTH];
    always @(posedge clk) if (push) begin
        line[1] <= line[0];
        line[0] <= if_din;
    end
    always @(posedge clk) if (reset) count <= 0; else count <= count + push - pop;
endmodule
