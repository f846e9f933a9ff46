// A dataflow region with a fork and a join, AXI-Stream ports and an inverted reset.
module branches (
    input wire [15:0] x_TDATA, output wire [15:0] y_TDATA, input wire ap_clk, input wire ap_rst_n,
    input wire x_TVALID, output wire x_TREADY, input wire ap_start, output wire y_TVALID,
    input wire y_TREADY, output wire ap_done, output wire ap_ready, output wire ap_idle);
    reg ap_rst_n_inv;
    wire split_start_write, slow_start_write, fast_start_write;
    wire slow_start, slow_start_full_n, fast_start, fast_start_full_n, merge_start,
         merge_start_full_n;
    wire split_done, split_ready, slow_done, slow_ready, fast_done, fast_ready, merge_ready;
    wire split_idle, slow_idle, fast_idle, merge_idle;
    wire [15:0] a_din, a_dout, b_din, b_dout, c_din, c_dout, d_din, d_dout;
    wire a_full_n, a_write, a_empty_n, a_read, b_full_n, b_write, b_empty_n, b_read;
    wire c_full_n, c_write, c_empty_n, c_read, d_full_n, d_write, d_empty_n, d_read;
    wire [3:0] a_num_data_valid, a_fifo_cap;
    wire [2:0] b_num_data_valid, b_fifo_cap;
    wire start_out;

    br_split split_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(ap_start),
        .start_full_n(slow_start_full_n & fast_start_full_n), .ap_done(split_done),
        .ap_continue(1'b1), .ap_idle(split_idle), .ap_ready(split_ready), .x_TDATA(x_TDATA),
        .x_TVALID(x_TVALID), .x_TREADY(x_TREADY), .start_out(start_out),
        .start_write(split_start_write), .a_din(a_din), .a_num_data_valid(a_num_data_valid),
        .a_fifo_cap(a_fifo_cap), .a_full_n(a_full_n), .a_write(a_write), .b_din(b_din),
        .b_num_data_valid(b_num_data_valid), .b_fifo_cap(b_fifo_cap), .b_full_n(b_full_n),
        .b_write(b_write));
    br_stage #(.II(3)) slow_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(slow_start),
        .start_full_n(merge_start_full_n), .ap_done(slow_done), .ap_continue(1'b1),
        .ap_idle(slow_idle), .ap_ready(slow_ready), .start_out(), .start_write(slow_start_write),
        .in_dout(a_dout), .in_empty_n(a_empty_n), .in_read(a_read), .out_din(c_din),
        .out_full_n(c_full_n), .out_write(c_write));
    br_stage #(.FLUSH(0)) fast_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(fast_start),
        .start_full_n(1'b1), .ap_done(fast_done), .ap_continue(1'b1), .ap_idle(fast_idle),
        .ap_ready(fast_ready), .start_out(), .start_write(fast_start_write), .in_dout(b_dout),
        .in_empty_n(b_empty_n), .in_read(b_read), .out_din(d_din), .out_full_n(d_full_n),
        .out_write(d_write));
    br_merge merge_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst_n_inv), .ap_start(merge_start),
        .ap_done(ap_done), .ap_continue(1'b1), .ap_idle(merge_idle), .ap_ready(merge_ready),
        .c_dout(c_dout), .c_empty_n(c_empty_n), .c_read(c_read), .d_dout(d_dout),
        .d_empty_n(d_empty_n), .d_read(d_read), .y_TDATA(y_TDATA), .y_TVALID(y_TVALID),
        .y_TREADY(y_TREADY));

    br_fifo_w16_d6_A a_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(a_din), .if_full_n(a_full_n), .if_write(a_write),
        .if_dout(a_dout), .if_empty_n(a_empty_n), .if_read(a_read),
        .if_num_data_valid(a_num_data_valid), .if_fifo_cap(a_fifo_cap));
    br_fifo_w16_d4_S b_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(b_din), .if_full_n(b_full_n), .if_write(b_write),
        .if_dout(b_dout), .if_empty_n(b_empty_n), .if_read(b_read),
        .if_num_data_valid(b_num_data_valid), .if_fifo_cap(b_fifo_cap));
    br_fifo_w16_d2_A c_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(c_din), .if_full_n(c_full_n), .if_write(c_write),
        .if_dout(c_dout), .if_empty_n(c_empty_n), .if_read(c_read), .if_num_data_valid(),
        .if_fifo_cap());
    br_fifo_w16_d3_A d_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(d_din), .if_full_n(d_full_n), .if_write(d_write),
        .if_dout(d_dout), .if_empty_n(d_empty_n), .if_read(d_read), .if_num_data_valid(),
        .if_fifo_cap());
    br_start start_for_slow_U0_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(1'b1), .if_full_n(slow_start_full_n),
        .if_write(split_start_write), .if_dout(), .if_empty_n(slow_start), .if_read(slow_ready));
    br_start start_for_fast_U0_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(1'b1), .if_full_n(fast_start_full_n),
        .if_write(split_start_write), .if_dout(), .if_empty_n(fast_start), .if_read(fast_ready));
    br_start start_for_merge_U0_U (.clk(ap_clk), .reset(ap_rst_n_inv), .if_read_ce(1'b1),
        .if_write_ce(1'b1), .if_din(1'b1), .if_full_n(merge_start_full_n),
        .if_write(slow_start_write), .if_dout(), .if_empty_n(merge_start), .if_read(merge_ready));

    always @(*) ap_rst_n_inv = ~ap_rst_n;
    assign ap_idle = split_idle & slow_idle & fast_idle & merge_idle;
    assign ap_ready = split_ready;
endmodule
