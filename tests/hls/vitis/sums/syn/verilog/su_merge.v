// Last process: adds the words of two FIFOs; a stream out.
module su_merge (
    input wire ap_clk, input wire ap_rst, input wire ap_start,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    input  wire [15:0] c_dout, input wire c_empty_n, output wire c_read,
    input  wire [15:0] d_dout, input wire d_empty_n, output wire d_read,
    output wire [15:0] y_TDATA, output wire y_TVALID, input wire y_TREADY);
    parameter N = 12;
    reg [7:0] i = 0;
    wire free;
    wire move = ap_start & c_empty_n & d_empty_n & free;
    assign c_read = move;
    assign d_read = move;
    assign ap_ready = move & i == N - 1;
    assign ap_done = ap_ready;
    assign ap_idle = ~ap_start;
    su_regslice regslice_U (.ap_clk(ap_clk), .ap_rst(ap_rst), .data_in(c_dout + d_dout),
        .vld_in(move), .ack_in(free), .data_out(y_TDATA), .vld_out(y_TVALID), .ack_out(y_TREADY));
    always @(posedge ap_clk)
        if (ap_rst) i <= 0;
        else if (move) i <= ap_ready ? 0 : i + 1'b1;
endmodule
