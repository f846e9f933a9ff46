// Two streams by FIFO ports, two entry processes whose starts are kept in step, chained control.
module pair (
    input wire [15:0] p_dout, input wire p_empty_n, output wire p_read,
    input wire [15:0] q_dout, input wire q_empty_n, output wire q_read,
    output wire [15:0] z_din, input wire z_full_n, output wire z_write,
    input wire ap_clk, input wire ap_rst, input wire ap_start, output wire ap_done,
    output wire ap_ready, output wire ap_idle, input wire ap_continue);
    wire left_done, left_ready, left_idle, right_done, right_ready, right_idle, join_ready,
         join_idle;
    wire [15:0] l_din, l_mid, l_dout, r_din, r_dout;
    wire l_full_n, l_write, l_mid_empty_n, l_mid_read, l_mid_full_n, l_empty_n, l_read;
    wire r_full_n, r_write, r_empty_n, r_read;
    reg ap_sync_reg_left_ap_ready = 1'b0, ap_sync_reg_right_ap_ready = 1'b0;
    wire ap_sync_left_ap_ready = left_ready | ap_sync_reg_left_ap_ready;
    wire ap_sync_right_ap_ready = right_ready | ap_sync_reg_right_ap_ready;
    wire ap_sync_ready = ap_sync_left_ap_ready & ap_sync_right_ap_ready;
    wire mid_done, mid_ready, mid_idle;

    pr_left left_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst),
        .ap_start(ap_start & ~ap_sync_reg_left_ap_ready), .ap_done(left_done),
        .ap_continue(1'b1), .ap_idle(left_idle), .ap_ready(left_ready), .in_dout(p_dout),
        .in_empty_n(p_empty_n), .in_read(p_read), .out_din(l_din), .out_full_n(l_full_n),
        .out_write(l_write));
    pr_right right_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst),
        .ap_start(ap_start & ~ap_sync_reg_right_ap_ready), .ap_done(right_done),
        .ap_continue(1'b1), .ap_idle(right_idle), .ap_ready(right_ready), .in_dout(q_dout),
        .in_empty_n(q_empty_n), .in_read(q_read), .out_din(r_din), .out_full_n(r_full_n),
        .out_write(r_write));
    pr_left middle_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst), .ap_start(1'b1), .ap_done(mid_done),
        .ap_continue(1'b1), .ap_idle(mid_idle), .ap_ready(mid_ready), .in_dout(l_mid),
        .in_empty_n(l_mid_empty_n), .in_read(l_mid_read), .out_din(l_mid_din),
        .out_full_n(l_mid_full_n), .out_write(l_mid_write));
    wire [15:0] l_mid_din;
    wire l_mid_write;
    pr_join join_U0 (.ap_clk(ap_clk), .ap_rst(ap_rst), .ap_start(1'b1), .ap_done(ap_done),
        .ap_continue(ap_continue), .ap_idle(join_idle), .ap_ready(join_ready), .l_dout(l_dout),
        .l_empty_n(l_empty_n), .l_read(l_read), .r_dout(r_dout), .r_empty_n(r_empty_n),
        .r_read(r_read), .z_din(z_din), .z_full_n(z_full_n), .z_write(z_write));

    pr_fifo_w16_d2_S l_U (.clk(ap_clk), .reset(ap_rst), .if_read_ce(1'b1), .if_write_ce(1'b1),
        .if_din(l_din), .if_full_n(l_full_n), .if_write(l_write), .if_dout(l_mid),
        .if_empty_n(l_mid_empty_n), .if_read(l_mid_read), .if_num_data_valid(), .if_fifo_cap());
    pr_fifo_w16_d4_lazy m_U (.clk(ap_clk), .reset(ap_rst), .if_din(l_mid_din),
        .if_full_n(l_mid_full_n), .if_write(l_mid_write), .if_dout(l_dout),
        .if_empty_n(l_empty_n), .if_read(l_read));
    pr_fifo_w16_d2_S r_U (.clk(ap_clk), .reset(ap_rst), .if_read_ce(1'b1), .if_write_ce(1'b1),
        .if_din(r_din), .if_full_n(r_full_n), .if_write(r_write), .if_dout(r_dout),
        .if_empty_n(r_empty_n), .if_read(r_read), .if_num_data_valid(), .if_fifo_cap());

    always @(posedge ap_clk)
        if (ap_rst) ap_sync_reg_left_ap_ready <= 1'b0;
        else if (ap_sync_ready & ap_start) ap_sync_reg_left_ap_ready <= 1'b0;
        else ap_sync_reg_left_ap_ready <= ap_sync_left_ap_ready;
    always @(posedge ap_clk)
        if (ap_rst) ap_sync_reg_right_ap_ready <= 1'b0;
        else if (ap_sync_ready & ap_start) ap_sync_reg_right_ap_ready <= 1'b0;
        else ap_sync_reg_right_ap_ready <= ap_sync_right_ap_ready;

    assign ap_ready = ap_sync_ready;
    assign ap_idle = left_idle & right_idle & mid_idle & join_idle;
endmodule
