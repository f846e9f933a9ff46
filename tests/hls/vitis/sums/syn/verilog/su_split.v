// First process: a stream in, the same words to two FIFOs; starts both processes behind it.
module su_split (
    input wire ap_clk, input wire ap_rst, input wire ap_start, input wire start_full_n,
    output wire ap_done, input wire ap_continue, output wire ap_idle, output wire ap_ready,
    input  wire [15:0] x_TDATA, input wire x_TVALID, output wire x_TREADY,
    output wire start_out, output wire start_write,
    output wire [15:0] a_din, input wire [3:0] a_num_data_valid, input wire [3:0] a_fifo_cap,
    input wire a_full_n, output wire a_write,
    output wire [15:0] b_din, input wire [2:0] b_num_data_valid, input wire [2:0] b_fifo_cap,
    input wire b_full_n, output wire b_write);
    parameter N = 12;
    reg start_once_reg = 1'b0;
    reg [7:0] i = 0;
    wire real_start = ap_start & (start_full_n | start_once_reg);
    assign start_out = real_start;
    assign start_write = real_start & ~start_once_reg;
    wire [15:0] word;
    wire valid;
    wire move = real_start & valid & a_full_n & b_full_n;
    su_regslice regslice_U (.ap_clk(ap_clk), .ap_rst(ap_rst), .data_in(x_TDATA), .vld_in(x_TVALID),
        .ack_in(x_TREADY), .data_out(word), .vld_out(valid), .ack_out(move));
    assign a_din = word;
    assign b_din = ~word;
    assign a_write = move;
    assign b_write = move;
    assign ap_ready = move & i == N - 1;
    assign ap_done = ap_ready;
    assign ap_idle = ~real_start;
    always @(posedge ap_clk)
        if (ap_rst) begin
            i <= 0;
            start_once_reg <= 1'b0;
        end else begin
            if (move) i <= ap_ready ? 0 : i + 1'b1;
            if (ap_ready) start_once_reg <= 1'b0;
            else if (real_start) start_once_reg <= 1'b1;
        end
endmodule
