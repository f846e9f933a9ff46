// Entry process of six words.
module pr_left (
    input wire ap_clk, input wire ap_rst, input wire ap_start,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    input  wire [15:0] in_dout, input wire in_empty_n, output wire in_read,
    output wire [15:0] out_din, input wire out_full_n, output wire out_write);
    parameter N = 6;
    reg [7:0] i = 0;
    reg done_reg = 1'b0;
    wire move = ap_start & ~done_reg & in_empty_n & out_full_n;
    assign in_read = move;
    assign out_write = move;
    assign out_din = in_dout + 16'd7;
    assign ap_ready = move & i == N - 1;
    assign ap_done = ap_ready | done_reg;
    assign ap_idle = ~ap_start;
    always @(posedge ap_clk)
        if (ap_rst) begin
            i <= 0;
            done_reg <= 1'b0;
        end else begin
            if (move) i <= ap_ready ? 0 : i + 1'b1;
            done_reg <= ap_done & ~ap_continue;
        end
endmodule
