// Register slice: two words, ready and valid from registers.
module su_regslice #(parameter W = 16) (
    input  wire ap_clk, input wire ap_rst,
    input  wire [W-1:0] data_in, input wire vld_in, output wire ack_in,
    output wire [W-1:0] data_out, output wire vld_out, input wire ack_out);
    reg [W-1:0] a, b;
    reg [1:0] held = 0;
    reg started = 1'b0;
    assign ack_in = started & held != 2;
    assign vld_out = held != 0;
    assign data_out = a;
    wire push = vld_in & ack_in, pop = vld_out & ack_out;
    always @(posedge ap_clk) begin
        started <= ~ap_rst;
        if (ap_rst) held <= 0;
        else held <= held + push - pop;
        if (pop | held == 0) a <= held == 2 ? b : data_in;
        if (push) b <= data_in;
    end
endmodule
