// A process with one input and one output: a pipeline of three stages that takes a word every II
// cycles. With FLUSH 0 an empty input stops all of it while it is started; with FLUSH 1 what is under
// way goes on.
module br_stage #(parameter N = 12, II = 1, FLUSH = 1) (
    input wire ap_clk, input wire ap_rst, input wire ap_start, input wire start_full_n,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    output wire start_out, output wire start_write,
    input  wire [15:0] in_dout, input wire in_empty_n, output wire in_read,
    output wire [15:0] out_din, input wire out_full_n, output wire out_write);
    reg start_once_reg = 1'b0, v1 = 1'b0, v2 = 1'b0, last1, last2;
    reg [7:0] i = 0, phase = 0;
    reg [15:0] d1, d2;
    wire [15:0] factor;
    wire real_start = ap_start & (start_full_n | start_once_reg);
    assign start_out = real_start;
    assign start_write = real_start & ~start_once_reg;
    wire want = real_start & phase == 0;
    wire stop = (v2 & ~out_full_n) | (FLUSH == 0 & want & ~in_empty_n);
    wire fire = want & in_empty_n & ~stop;
    br_factors factors_U (.address(i[1:0]), .q(factor));
    assign in_read = fire;
    assign out_write = v2 & ~stop;
    assign out_din = d2;
    assign ap_ready = fire & i == N - 1;
    assign ap_done = out_write & last2;
    assign ap_idle = ~real_start & ~v1 & ~v2;
    always @(posedge ap_clk)
        if (ap_rst) begin
            {i, phase, v1, v2, start_once_reg} <= 0;
        end else begin
            if (ap_ready) start_once_reg <= 1'b0;
            else if (real_start) start_once_reg <= 1'b1;
            if (fire) i <= ap_ready ? 0 : i + 1'b1;
            if (~stop) begin
                phase <= fire ? (II > 1) : phase == 0 | phase == II - 1 ? 0 : phase + 1'b1;
                {v2, v1} <= {v1, fire};
                {last2, last1} <= {last1, ap_ready};
                d1 <= in_dout * factor;
                d2 <= d1 + 16'd3;
            end
        end
endmodule
