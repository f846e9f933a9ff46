// Depthwise convolution over window beats: KERNEL elements of each of LANES channels in the order
// (kernel element, lane) become one element a lane, with LANES x TAPS multipliers and weights from a
// memory or a stream.
//
// ELASTIC. A beat is KERNEL / TAPS steps: the first reads it, the last writes.
//   stage 0          takes the beat, or shifts to its next TAPS kernel elements; addresses the weights
//   stage 1          multiplies
//   stages 2..1+TREE adds the TAPS products of each lane, three levels of adders a stage
//   then             accumulates, from the bias on; converts; sends
// Beats have FOLDS different sets of weights in turn. Weight ROM: word (fold * KERNEL / TAPS + tap
// group), element tap t, lane l at t * LANES + l. The biases, LANES of ACC_WIDTH bits a fold, come
// from a ROM outside, which shows the word of bias_address from the edge at which bias_enable was
// high; without biases bias_word is 0. Sums are exact modulo 2^ACC_WIDTH.
// Words of weights come from outside: from a memory, which shows the word of weight_address from the
// edge at which weight_enable was high (weight_valid is 1 then), or from a stream of words in the order
// of the steps, of which each step reads one together with the beat that it may read. weight_word is the
// latest one taken.
module weir_depthwise #(
    parameter int LANES         = 1,
    parameter int FOLDS         = 1,
    parameter int KERNEL        = 9,
    parameter int TAPS          = 9,
    parameter int IN_WIDTH      = 8,
    parameter int IN_SIGNED     = 1,
    parameter int WEIGHT_WIDTH  = 8,
    parameter int WEIGHT_SIGNED = 1,
    parameter int ACC_WIDTH     = 24,
    parameter int ACC_FRACTION  = 8,
    parameter int OUT_WIDTH     = 8,
    parameter int OUT_FRACTION  = 4,
    parameter int OUT_SIGNED    = 1,
    parameter int OUT_ROUNDING  = 0,
    parameter int OUT_OVERFLOW  = 0,
    parameter int FOLD_BITS     = FOLDS > 1 ? $clog2(FOLDS) : 1,
    parameter int WEIGHT_WORDS  = FOLDS * (KERNEL / TAPS),
    parameter int WEIGHT_BITS   = WEIGHT_WORDS > 1 ? $clog2(WEIGHT_WORDS) : 1
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [KERNEL*LANES*IN_WIDTH-1:0] in_data,
    input  logic weight_valid,
    output logic weight_ready,
    output logic weight_enable,
    output logic [WEIGHT_BITS-1:0] weight_address,
    input  logic [TAPS*LANES*WEIGHT_WIDTH-1:0] weight_word,
    output logic out_valid,
    input  logic out_ready,
    output logic [LANES*OUT_WIDTH-1:0] out_data,
    output logic bias_enable,
    output logic [FOLD_BITS-1:0] bias_address,
    input  logic [LANES*ACC_WIDTH-1:0] bias_word
);
    if (KERNEL % TAPS != 0)
        $error("weir_depthwise: %0d taps, must divide the %0d kernel elements", TAPS, KERNEL);

    localparam int GROUPS = KERNEL / TAPS;
    localparam int LEVELS = $clog2(TAPS);       // of adders
    localparam int TREE = (LEVELS + 2) / 3;     // stages for them
    localparam int STAGES = 5 + TREE;
    localparam int SLICE = TAPS * LANES * IN_WIDTH;
    // Unsigned factors get a sign bit.
    localparam int FACTOR = IN_WIDTH + (IN_SIGNED != 0 ? 0 : 1);
    localparam int WEIGHT = WEIGHT_WIDTH + (WEIGHT_SIGNED != 0 ? 0 : 1);
    localparam int PRODUCT = FACTOR + WEIGHT;
    // Least width of a sum. A simulator works in whole words: narrower signed numbers cost it masks
    // and sign extensions, here most of its time. The numbers are the same.
`ifdef VERILATOR
    localparam int LEAST = 32;
`else
    localparam int LEAST = 1;
`endif
    localparam int TOTAL = ACC_WIDTH > LEAST ? ACC_WIDTH : LEAST;
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1;

    logic              start, finish, advance;
    logic [STAGES-1:0] fire;
    logic [STAGES-2:0] valid;
    weir_pipe #(.STAGES(STAGES)) pipe (.*);

    // The step at stage 0.
    logic [GROUP_BITS-1:0] group; // of the beat's kernel elements
    logic first_group, last_group;
    assign first_group = group == '0;
    assign last_group = group == GROUP_BITS'(GROUPS - 1);
    assign in_ready = advance & first_group & (weight_valid | ~in_valid);
    assign weight_ready = advance & (in_valid | ~first_group | ~weight_valid);
    assign start = (in_valid | ~first_group) & weight_valid;
    always_ff @(posedge clk)
        if (rst) begin
            group <= '0;
            weight_address <= '0;
        end else if (fire[0]) begin
            group <= last_group ? '0 : group + 1'b1;
            weight_address <=
                weight_address == WEIGHT_BITS'(WEIGHT_WORDS - 1) ? '0 : weight_address + 1'b1;
        end
    assign weight_enable = fire[0];

    // What later stages must know of their step; bit s is behind stage s.
    logic [STAGES-2:0] first, last;
    always_ff @(posedge clk) begin
        if (fire[0]) first[0] <= first_group;
        if (fire[0]) last[0] <= last_group;
        for (int s = 1; s < STAGES - 1; s++)
            if (fire[s]) begin
                first[s] <= first[s-1];
                last[s] <= last[s-1];
            end
    end

    // Behind stage 0: the beat, the kernel elements of the step lowest.
    logic [SLICE-1:0] slice;
    if (GROUPS > 1) begin : several
        logic [KERNEL*LANES*IN_WIDTH-1:0] beat;
        always_ff @(posedge clk) if (fire[0]) beat <= first_group ? in_data : beat >> SLICE;
        assign slice = beat[SLICE-1:0];
    end else begin : whole
        always_ff @(posedge clk) if (fire[0]) slice <= in_data;
    end
    // Behind the tree: the bias of the fold that is there.
    assign bias_enable = fire[1+TREE];
    always_ff @(posedge clk)
        if (rst) bias_address <= '0;
        else if (fire[1+TREE] && last[TREE])
            bias_address <= bias_address == FOLD_BITS'(FOLDS - 1) ? '0 : bias_address + 1'b1;

    for (genvar c = 0; c < LANES; c++) begin : lane
        for (genvar l = 0; l <= LEVELS; l++) begin : level
            localparam int BITS = PRODUCT + l > LEAST ? PRODUCT + l : LEAST;
            for (genvar n = 0; n < (TAPS + (1 << l) - 1) >> l; n++) begin : node
                logic signed [BITS-1:0] sum, value;
                if (l == 0) begin : multiply
                    logic signed [FACTOR-1:0] factor;
                    logic signed [WEIGHT-1:0] weight;
                    if (IN_SIGNED != 0) assign factor = slice[(n*LANES+c)*IN_WIDTH+:IN_WIDTH];
                    else assign factor = {1'b0, slice[(n*LANES+c)*IN_WIDTH+:IN_WIDTH]};
                    if (WEIGHT_SIGNED != 0)
                        assign weight = weight_word[(n*LANES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
                    else
                        assign weight =
                            {1'b0, weight_word[(n*LANES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH]};
                    assign sum = BITS'(factor) * BITS'(weight);
                end else if (2 * n + 1 < (TAPS + (1 << (l - 1)) - 1) >> (l - 1)) begin : add
                    assign sum = BITS'(level[l-1].node[2*n].value) +
                                 BITS'(level[l-1].node[2*n+1].value);
                end else begin : pass
                    assign sum = BITS'(level[l-1].node[2*n].value);
                end
                if (l % 3 == 0 || l == LEVELS) begin : register
                    always_ff @(posedge clk) if (fire[1+(l+2)/3]) value <= sum;
                end else begin : through
                    assign value = sum;
                end
            end
        end

        logic signed [ACC_WIDTH-1:0] bias;
        logic signed [TOTAL-1:0]     total, accumulator;
        logic        [OUT_WIDTH-1:0] converted;
        assign bias = bias_word[c*ACC_WIDTH+:ACC_WIDTH];
        assign total = (first[1+TREE] ? TOTAL'(bias) : accumulator) +
                       TOTAL'(level[LEVELS].node[0].value);
        always_ff @(posedge clk) if (fire[2+TREE]) accumulator <= total;
        weir_requant #(
            .IN_WIDTH(TOTAL), .IN_FRACTION(ACC_FRACTION), .OUT_WIDTH(OUT_WIDTH),
            .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED), .ROUNDING(OUT_ROUNDING),
            .OVERFLOW(OUT_OVERFLOW)
        ) requant (.value(accumulator), .result(converted));
        always_ff @(posedge clk)
            if (fire[3+TREE] && last[2+TREE]) out_data[c*OUT_WIDTH+:OUT_WIDTH] <= converted;
    end

    assign out_valid = valid[STAGES-2] & last[STAGES-2];
    assign finish = out_ready | ~last[STAGES-2];

    // The last stage acts by `finish`, and `first` ends before it.
    logic unused;
    assign unused = &{1'b0, fire[STAGES-1], valid[STAGES-3:0], first[STAGES-2:2+TREE]};
endmodule
