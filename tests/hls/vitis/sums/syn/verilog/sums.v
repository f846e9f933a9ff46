// A dataflow region with a fork and a join, all of whose processes move in lockstep with their ports.
module sums (
    input wire [15:0] x_TDATA, output wire [15:0] y_TDATA, input wire ap_clk, input wire ap_rst_n,
    input wire x_TVALID, output wire x_TREADY, input wire ap_start, output wire y_TVALID,
    input wire y_TREADY, output wire ap_done, output wire ap_ready, output wire ap_idle);
    reg ap_rst_n_inv;
    wire split_start_write, start_out;
    wire scale_start, scale_start_full_n, merge_start, merge_start_full_n;
    wire split_done, split_ready, scale_done, scale_ready, merge_ready;
    wire split_idle, scale_idle, merge_idle;
    wire [15:0] a_din, a_dout, b_din, b_dout, c_din, c_dout;
    wire a_full_n, a_write, a_empty_n, a_read, b_full_n, b_write, b_empty_n, b_read;
    wire c_full_n, c_write, c_empty_n, c_read;
    wire [3:0] a_num_data_valid, a_fifo_cap;
    wire [2:0] b_num_data_valid, b_fifo_cap;

    su_split split_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(ap_start),
        .start_full_n(scale_start_full_n & merge_start_full_n), .ap_done(split_done),
        .ap_continue(1'b1), .ap_idle(split_idle), .ap_ready(split_ready), .x_TDATA(x_TDATA),
        .x_TVALID(x_TVALID), .x_TREADY(x_TREADY), .start_out(start_out),
        .start_write(split_start_write), .a_din(a_din), .a_num_data_valid(a_num_data_valid),
        .a_fifo_cap(a_fifo_cap), .a_full_n(a_full_n), .a_write(a_write), .b_din(b_din),
        .b_num_data_valid(b_num_data_valid), .b_fifo_cap(b_fifo_cap), .b_full_n(b_full_n),
        .b_write(b_write));
    su_scale scale_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(scale_start),
        .ap_done(scale_done), .ap_continue(1'b1), .ap_idle(scale_idle), .ap_ready(scale_ready),
        .a_dout(a_dout), .a_empty_n(a_empty_n), .a_read(a_read), .c_din(c_din),
        .c_full_n(c_full_n), .c_write(c_write));
    su_merge merge_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(merge_start),
        .ap_done(ap_done), .ap_continue(1'b1), .ap_idle(merge_idle), .ap_ready(merge_ready),
        .c_dout(c_dout), .c_empty_n(c_empty_n), .c_read(c_read), .d_dout(b_dout),
        .d_empty_n(b_empty_n), .d_read(b_read), .y_TDATA(y_TDATA), .y_TVALID(y_TVALID),
        .y_TREADY(y_TREADY));

    su_fifo_w16_d3_A a_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(a_din), .if_full_n(a_full_n), .if_write(a_write),
        .if_dout(a_dout), .if_empty_n(a_empty_n), .if_read(a_read),
        .if_num_data_valid(a_num_data_valid), .if_fifo_cap(a_fifo_cap));
    su_fifo_w16_d4_S b_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(b_din), .if_full_n(b_full_n), .if_write(b_write),
        .if_dout(b_dout), .if_empty_n(b_empty_n), .if_read(b_read),
        .if_num_data_valid(b_num_data_valid), .if_fifo_cap(b_fifo_cap));
    su_fifo_w16_d3_A c_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(c_din), .if_full_n(c_full_n), .if_write(c_write),
        .if_dout(c_dout), .if_empty_n(c_empty_n), .if_read(c_read), .if_num_data_valid(),
        .if_fifo_cap());
    su_start start_for_scale_U0_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(1'b1), .if_full_n(scale_start_full_n),
        .if_write(split_start_write), .if_dout(), .if_empty_n(scale_start),
        .if_read(scale_ready));
    su_start start_for_merge_U0_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(1'b1), .if_full_n(merge_start_full_n),
        .if_write(split_start_write), .if_dout(), .if_empty_n(merge_start),
        .if_read(merge_ready));

    always @(*) ap_rst_n_inv = ~ap_rst_n;
    assign ap_idle = split_idle & scale_idle & merge_idle;
    assign ap_ready = split_ready;
endmodule
