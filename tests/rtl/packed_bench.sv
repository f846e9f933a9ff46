// A packed memory beside four processes of the kind that stands for its ports. Port l of the memory and
// process l have the same words: COUNTS[l] of them, word k the lowest bits of an odd multiple of
// BASES[l] + k + 1. Ports 1 to 3 overlap, as layers side by side do. Process l runs on slot_clk[l % 2].
module packed_bench (
    input  logic         clk,
    input  logic         rst,
    input  logic [1:0]   slot_clk,
    input  logic [1:0]   slot_rst,
    input  logic [3:0]   ready,
    output logic [3:0]   packed_valid,
    output logic [159:0] packed_data,
    output logic [3:0]   stream_valid,
    output logic [159:0] stream_data
);
    localparam int DEPTH = 57;
    localparam logic [127:0] BASES = {32'd20, 32'd33, 32'd5, 32'd0};
    localparam logic [127:0] COUNTS = {32'd37, 32'd1, 32'd28, 32'd5};

    weir_packed_memory #(
        .WIDTH (40),
        .DEPTH (DEPTH),
        .BASES (BASES),
        .COUNTS(COUNTS)
    ) shared (
        .clk,
        .rst,
        .out_valid(packed_valid),
        .out_ready(ready),
        .out_data (packed_data)
    );
    initial
        for (int k = 0; k < DEPTH; k++) shared.mem[k] = (40'(k) + 1) * 40'h9E3779B97F;

    for (genvar l = 0; l < 4; l++) begin : port
        localparam int COUNT = int'(COUNTS[32*l+:32]);
        weir_weight_stream #(
            .WIDTH(40),
            .WORDS(COUNT)
        ) stream (
            .clk      (slot_clk[l%2]),
            .rst      (slot_rst[l%2]),
            .out_valid(stream_valid[l]),
            .out_ready(ready[l]),
            .out_data (stream_data[40*l+:40])
        );
        initial
            for (int k = 0; k < COUNT; k++)
                stream.weights.mem[k] = (40'(BASES[32*l+:32]) + 40'(k) + 1) * 40'h9E3779B97F;
    end
endmodule
