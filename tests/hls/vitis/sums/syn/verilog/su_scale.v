// In between: three times each word, every other cycle; it holds no word back.
module su_scale (
    input wire ap_clk, input wire ap_rst, input wire ap_start,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    input  wire [15:0] a_dout, input wire a_empty_n, output wire a_read,
    output wire [15:0] c_din, input wire c_full_n, output wire c_write);
    parameter N = 12;
    reg [7:0] i = 0;
    reg rest = 1'b0;
    wire move = ap_start & ~rest & a_empty_n & c_full_n;
    assign a_read = move;
    assign c_write = move;
    assign c_din = 3 * a_dout;
    assign ap_ready = move & i == N - 1;
    assign ap_done = ap_ready;
    assign ap_idle = ~ap_start;
    always @(posedge ap_clk)
        if (ap_rst) begin
            i <= 0;
            rest <= 1'b0;
        end else begin
            rest <= move;
            if (move) i <= ap_ready ? 0 : i + 1'b1;
        end
endmodule
