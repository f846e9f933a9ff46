// Every FIFO of the library at several depths, widths and synchroniser lengths, side by side, so
// that one model serves all comparisons. Instance i has bit i of the handshakes and 64 data bits, of
// which it uses the lowest WIDTH. Order: 6 plain, 5 memory, 3 behind a gap (plain and memory
// of depth 2, GAP 2; memory of depth 5, GAP 3), 18 CDC (depth by depth, FLOPS 1, 2, 3).
// DEPTHS and WIDTHS are those of test_fifo.cpp, 8 bits an entry, entry 0 lowest.
module fifo_bench (
    input  logic         clk,     // of the plain and memory FIFOs
    input  logic         in_clk,  // of the CDC FIFOs
    input  logic         out_clk,
    input  logic         rst,
    input  logic         in_rst,
    input  logic         out_rst,
    input  logic [31:0]  in_valid,
    output logic [31:0]  in_ready,
    /* verilator lint_off UNUSEDSIGNAL */ // instances are narrower than 64 bits
    input  logic [32*64-1:0] in_data,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic [31:0]  out_valid,
    input  logic [31:0]  out_ready,
    output logic [32*64-1:0] out_data
);
    localparam logic [47:0] DEPTHS = {8'd33, 8'd16, 8'd5, 8'd3, 8'd2, 8'd1};
    localparam logic [47:0] WIDTHS = {8'd64, 8'd40, 8'd1, 8'd32, 8'd7, 8'd16};

    for (genvar d = 0; d < 6; d++) begin : g_depth
        localparam int DEPTH = int'(DEPTHS[8*d+:8]);
        localparam int WIDTH = int'(WIDTHS[8*d+:8]);

        localparam int P = d;
        weir_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) plain_fifo (
            .clk, .rst, .in_valid(in_valid[P]), .in_ready(in_ready[P]),
            .in_data(in_data[64*P+:WIDTH]), .out_valid(out_valid[P]), .out_ready(out_ready[P]),
            .out_data(out_data[64*P+:WIDTH]));
        if (WIDTH < 64) assign out_data[64*P+63:64*P+WIDTH] = '0;

        if (d > 0) begin : g_memory
            localparam int M = 5 + d;
            weir_fifo_memory #(.WIDTH(WIDTH), .DEPTH(DEPTH)) memory_fifo (
                .clk, .rst, .in_valid(in_valid[M]), .in_ready(in_ready[M]),
                .in_data(in_data[64*M+:WIDTH]), .out_valid(out_valid[M]),
                .out_ready(out_ready[M]), .out_data(out_data[64*M+:WIDTH]));
            if (WIDTH < 64) assign out_data[64*M+63:64*M+WIDTH] = '0;
        end

        for (genvar f = 0; f < 3; f++) begin : g_cdc
            localparam int C = 14 + 3 * d + f;
            weir_fifo_cdc #(.WIDTH(WIDTH), .DEPTH(DEPTH), .FLOPS(f + 1)) cdc_fifo (
                .in_clk, .in_rst, .in_valid(in_valid[C]), .in_ready(in_ready[C]),
                .in_data(in_data[64*C+:WIDTH]), .out_clk, .out_rst, .out_valid(out_valid[C]),
                .out_ready(out_ready[C]), .out_data(out_data[64*C+:WIDTH]));
            if (WIDTH < 64) assign out_data[64*C+63:64*C+WIDTH] = '0;
        end
    end

    for (genvar g = 0; g < 3; g++) begin : g_gap
        localparam int D = g == 2 ? 3 : 1;
        localparam int DEPTH = int'(DEPTHS[8*D+:8]);
        localparam int WIDTH = int'(WIDTHS[8*D+:8]);
        localparam int G = 11 + g;
        logic valid, ready;

        weir_fifo_gap #(.GAP(g == 2 ? 3 : 2)) gap (
            .clk, .rst, .in_valid(in_valid[G]), .in_ready(in_ready[G]), .out_valid(valid),
            .out_ready(ready));
        if (g == 0) begin : g_plain
            weir_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) fifo (
                .clk, .rst, .in_valid(valid), .in_ready(ready), .in_data(in_data[64*G+:WIDTH]),
                .out_valid(out_valid[G]), .out_ready(out_ready[G]),
                .out_data(out_data[64*G+:WIDTH]));
        end else begin : g_memory
            weir_fifo_memory #(.WIDTH(WIDTH), .DEPTH(DEPTH)) fifo (
                .clk, .rst, .in_valid(valid), .in_ready(ready), .in_data(in_data[64*G+:WIDTH]),
                .out_valid(out_valid[G]), .out_ready(out_ready[G]),
                .out_data(out_data[64*G+:WIDTH]));
        end
        if (WIDTH < 64) assign out_data[64*G+63:64*G+WIDTH] = '0;
    end
endmodule
