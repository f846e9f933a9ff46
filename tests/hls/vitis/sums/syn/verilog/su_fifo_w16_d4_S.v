// A FIFO in shift registers: readable one cycle after the write, holds DEPTH words.
module su_fifo_w16_d4_S #(parameter DATA_WIDTH = 16, ADDR_WIDTH = 2, DEPTH = 4) (
    input  wire clk, input wire reset,
    output wire if_full_n, input wire if_write_ce, input wire if_write,
    input  wire [DATA_WIDTH-1:0] if_din,
    output wire [ADDR_WIDTH:0] if_num_data_valid, output wire [ADDR_WIDTH:0] if_fifo_cap,
    output wire if_empty_n, input wire if_read_ce, input wire if_read,
    output wire [DATA_WIDTH-1:0] if_dout);
    reg [DATA_WIDTH-1:0] line [0:DEPTH-1];
    reg [ADDR_WIDTH:0] count = 0;
    wire push = if_write & if_write_ce & if_full_n;
    wire pop = if_read & if_read_ce & if_empty_n;
    assign if_full_n = count != DEPTH;
    assign if_empty_n = count != 0;
    assign if_dout = line[if_empty_n ? count - 1'b1 : 0];
    assign if_num_data_valid = count;
    assign if_fifo_cap = DEPTH;
    integer i;
    always @(posedge clk) if (push) begin
        for (i = 1; i < DEPTH; i = i + 1) line[i] <= line[i-1];
        line[0] <= if_din;
    end
    always @(posedge clk) if (reset) count <= 0; else count <= count + push - pop;
endmodule
