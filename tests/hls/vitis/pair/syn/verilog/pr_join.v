// Last process: six words of one FIFO, nine of the other, in turn; ends when all are through.
module pr_join (
    input wire ap_clk, input wire ap_rst, input wire ap_start,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    input  wire [15:0] l_dout, input wire l_empty_n, output wire l_read,
    input  wire [15:0] r_dout, input wire r_empty_n, output wire r_read,
    output wire [15:0] z_din, input wire z_full_n, output wire z_write);
    reg [7:0] i = 0;
    reg done_reg = 1'b0;
    wire left = i < 12 & ~i[0];
    wire move = ap_start & ~done_reg & z_full_n & (left ? l_empty_n : r_empty_n);
    assign l_read = move & left;
    assign r_read = move & ~left;
    assign z_write = move;
    assign z_din = left ? l_dout : r_dout;
    assign ap_ready = move & i == 14;
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
