// A FIFO of no known class: a word is readable three cycles after it was written.
module pr_fifo_w16_d4_lazy (
    input  wire clk, input wire reset,
    output wire if_full_n, input wire if_write, input  wire [15:0] if_din,
    output wire if_empty_n, input wire if_read, output wire [15:0] if_dout);
    reg [15:0] line [0:3];
    reg [2:0] count = 0;
    reg [1:0] delay = 0;
    wire push = if_write & if_full_n;
    wire pop = if_read & if_empty_n;
    assign if_full_n = count != 4;
    assign if_empty_n = count != 0 & delay == 0;
    assign if_dout = line[count == 0 ? 0 : count - 1];
    always @(posedge clk) begin
        if (push) begin
            line[1] <= line[0];
            line[2] <= line[1];
            line[3] <= line[2];
            line[0] <= if_din;
        end
        if (reset) count <= 0;
        else count <= count + push - pop;
        if (reset) delay <= 0;
        else if (push & count == 0) delay <= 2;
        else if (delay != 0) delay <= delay - 1'b1;
    end
endmodule
