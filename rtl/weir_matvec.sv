// Matrix-vector product, out = W^T in + bias, with PE x SIMD multipliers that are used again and
// again, and weights from a memory or a stream.
//
// A vector of CHANNELS elements comes in beats of LANES, OUTPUTS elements leave in beats of
// OUT_LANES. ELASTIC; a vector is (OUTPUTS / PE) * (CHANNELS / SIMD) steps, output group outer,
// input group inner. During the first output group a step reads a beat where its input group starts
// one; later groups take the vector from a buffer. The step that completes a beat of outputs
// writes.
//   stage 0          takes the beat, addresses the weights
//   stage 1          multiplies
//   stages 2..1+TREE adds the SIMD products of each PE, three levels of adders a stage
//   then             accumulates, from the bias on; converts and collects; sends
// Weight ROM: word (output group * CHANNELS / SIMD + input group), element PE p, SIMD s at p * SIMD
// + s. Bias ROM: a word an output group, PE biases of ACC_WIDTH bits. Sums are exact modulo
// 2^ACC_WIDTH; ACC_CONVERT brings them to the type MID_* first, whose width is then MID_WIDTH.
// Words of weights come from outside: from a memory, which shows the word of weight_address from the
// edge at which weight_enable was high (weight_valid is 1 then), or from a stream of words in the order
// of the steps, of which each step reads one together with the beat that it may read. weight_word is the
// latest one taken.
module weir_matvec #(
    parameter int CHANNELS      = 4,
    parameter int LANES         = 2,
    parameter int IN_WIDTH      = 16,
    parameter int IN_SIGNED     = 1,
    parameter int OUTPUTS       = 4,
    parameter int OUT_LANES     = 2,
    parameter int PE            = 1,
    parameter int SIMD          = 1,
    parameter int WEIGHT_WIDTH  = 16,
    parameter int WEIGHT_SIGNED = 1,
    parameter int ACC_WIDTH     = 40,
    parameter int ACC_FRACTION  = 20,
    parameter int ACC_CONVERT   = 0,
    parameter int MID_WIDTH     = 40,
    parameter int MID_FRACTION  = 20,
    parameter int MID_SIGNED    = 1,
    parameter int MID_ROUNDING  = 0,
    parameter int MID_OVERFLOW  = 0,
    parameter int OUT_WIDTH     = 16,
    parameter int OUT_FRACTION  = 10,
    parameter int OUT_SIGNED    = 1,
    parameter int OUT_ROUNDING  = 0,
    parameter int OUT_OVERFLOW  = 0,
    parameter     BIAS_FILE     = "",
    parameter int WEIGHT_WORDS  = (CHANNELS / SIMD) * (OUTPUTS / PE),
    parameter int WEIGHT_BITS   = WEIGHT_WORDS > 1 ? $clog2(WEIGHT_WORDS) : 1
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [LANES*IN_WIDTH-1:0] in_data,
    input  logic weight_valid,
    output logic weight_ready,
    output logic weight_enable,
    output logic [WEIGHT_BITS-1:0] weight_address,
    input  logic [PE*SIMD*WEIGHT_WIDTH-1:0] weight_word,
    output logic out_valid,
    input  logic out_ready,
    output logic [OUT_LANES*OUT_WIDTH-1:0] out_data
);
    if (OUTPUTS % PE != 0 || OUT_LANES % PE != 0 || OUTPUTS % OUT_LANES != 0)
        $error("weir_matvec: %0d outputs, %0d a beat, PE %0d: each must divide the one before",
               OUTPUTS, OUT_LANES, PE);
    if (CHANNELS % LANES != 0 || LANES % SIMD != 0)
        $error("weir_matvec: %0d channels, %0d a beat, SIMD %0d: each must divide the one before",
               CHANNELS, LANES, SIMD);

    localparam int OUT_GROUPS = OUTPUTS / PE;
    localparam int BEATS = CHANNELS / LANES;
    localparam int PARTS = LANES / SIMD;         // input groups of a beat
    localparam int COLLECT = OUT_LANES / PE;     // output groups of a beat
    localparam int LEVELS = $clog2(SIMD);        // of adders
    localparam int TREE = (LEVELS + 2) / 3;      // stages for them
    localparam int STAGES = 5 + TREE;
    localparam int SLICE = SIMD * IN_WIDTH;
    // Unsigned factors get a sign bit.
    localparam int FACTOR = IN_WIDTH + (IN_SIGNED != 0 ? 0 : 1);
    localparam int WEIGHT = WEIGHT_WIDTH + (WEIGHT_SIGNED != 0 ? 0 : 1);
    localparam int PRODUCT = FACTOR + WEIGHT;
    localparam int MIDDLE = ACC_CONVERT == 0 ? ACC_WIDTH : MID_WIDTH + (MID_SIGNED != 0 ? 0 : 1);
    localparam int MIDDLE_FRACTION = ACC_CONVERT == 0 ? ACC_FRACTION : MID_FRACTION;

    localparam int PART_BITS = PARTS > 1 ? $clog2(PARTS) : 1;
    localparam int BEAT_BITS = BEATS > 1 ? $clog2(BEATS) : 1;
    localparam int GROUP_BITS = OUT_GROUPS > 1 ? $clog2(OUT_GROUPS) : 1;
    localparam int COLLECT_BITS = COLLECT > 1 ? $clog2(COLLECT) : 1;

    logic              start, finish, advance;
    logic [STAGES-1:0] fire;
    logic [STAGES-2:0] valid;
    weir_pipe #(.STAGES(STAGES)) pipe (.*);

    // The step at stage 0.
    logic [PART_BITS-1:0]    part;    // of the beat
    logic [BEAT_BITS-1:0]    beat;    // of the vector
    logic [GROUP_BITS-1:0]   group;   // of the outputs
    logic [COLLECT_BITS-1:0] collect; // of the output beat
    logic last_part, last_beat, last_group, last_collect, reads;
    assign last_part = part == PART_BITS'(PARTS - 1);
    assign last_beat = beat == BEAT_BITS'(BEATS - 1);
    assign last_group = group == GROUP_BITS'(OUT_GROUPS - 1);
    assign last_collect = collect == COLLECT_BITS'(COLLECT - 1);
    assign reads = group == '0 && part == '0;
    assign in_ready = advance & reads & (weight_valid | ~in_valid);
    assign weight_ready = advance & (in_valid | ~reads | ~weight_valid);
    assign start = (in_valid | ~reads) & weight_valid;

    always_ff @(posedge clk)
        if (rst) begin
            part <= '0;
            beat <= '0;
            group <= '0;
            collect <= '0;
            weight_address <= '0;
        end else if (fire[0]) begin
            part <= last_part ? '0 : part + 1'b1;
            if (last_part) beat <= last_beat ? '0 : beat + 1'b1;
            if (last_part && last_beat) begin
                group <= last_group ? '0 : group + 1'b1;
                collect <= last_collect ? '0 : collect + 1'b1;
            end
            weight_address <= last_part && last_beat && last_group ? '0 : weight_address + 1'b1;
        end
    assign weight_enable = fire[0];

    // What later stages must know of their step; bit s is behind stage s.
    logic [STAGES-2:0] first_in, last_in, writes;
    for (genvar s = 0; s < STAGES - 1; s++) begin : flags
        always_ff @(posedge clk)
            if (fire[s]) begin
                first_in[s] <= s == 0 ? part == '0 && beat == '0 : first_in[s==0?0 : s-1];
                last_in[s] <= s == 0 ? last_part && last_beat : last_in[s==0?0 : s-1];
                writes[s] <= s == 0 ? last_part && last_beat && last_collect : writes[s==0?0 : s-1];
            end
    end

    // Behind stage 0: the beat, fresh or from the buffer.
    logic [LANES*IN_WIDTH-1:0] fresh, current;
    always_ff @(posedge clk) if (fire[0] && reads) fresh <= in_data;
    if (OUT_GROUPS > 1 && BEATS > 1) begin : buffer
        logic [LANES*IN_WIDTH-1:0] again;
        logic replay;
        always_ff @(posedge clk) if (fire[0]) replay <= group != '0;
        weir_ram #(
            .WIDTH(LANES * IN_WIDTH),
            .DEPTH(BEATS)
        ) memory (
            .clk,
            .write_enable (fire[0] & reads),
            .write_address(beat),
            .write_data   (in_data),
            .read_enable  (fire[0] && group != '0 && part == '0),
            .read_address (beat),
            .read_data    (again)
        );
        assign current = replay ? again : fresh;
    end else begin : direct
        assign current = fresh;
    end
    logic [SLICE-1:0] slice;
    if (PARTS > 1) begin : select
        logic [PART_BITS-1:0] chosen;
        always_ff @(posedge clk) if (fire[0]) chosen <= part;
        assign slice = current[chosen*SLICE+:SLICE];
    end else begin : whole
        assign slice = current;
    end

    // Behind the tree: the bias of the output group that is there.
    logic [PE*ACC_WIDTH-1:0] bias_word;
    logic [GROUP_BITS-1:0]   bias_address;
    always_ff @(posedge clk)
        if (rst) bias_address <= '0;
        else if (fire[1+TREE] && last_in[TREE])
            bias_address <= bias_address == GROUP_BITS'(OUT_GROUPS - 1) ? '0 : bias_address + 1'b1;
    weir_rom #(
        .WIDTH(PE * ACC_WIDTH),
        .DEPTH(OUT_GROUPS),
        .FILE (BIAS_FILE)
    ) biases (
        .clk,
        .enable (fire[1+TREE]),
        .address(bias_address),
        .data   (bias_word)
    );

    for (genvar s = 0; s < SIMD; s++) begin : element
        logic signed [FACTOR-1:0] factor;
        if (IN_SIGNED != 0) assign factor = slice[s*IN_WIDTH+:IN_WIDTH];
        else assign factor = {1'b0, slice[s*IN_WIDTH+:IN_WIDTH]};
    end

    logic [PE*OUT_WIDTH-1:0] converted;
    for (genvar p = 0; p < PE; p++) begin : pe
        for (genvar l = 0; l <= LEVELS; l++) begin : level
            localparam int BITS = PRODUCT + l;
            for (genvar n = 0; n < (SIMD + (1 << l) - 1) >> l; n++) begin : node
                logic signed [BITS-1:0] sum, value;
                if (l == 0) begin : multiply
                    logic signed [WEIGHT-1:0] weight;
                    if (WEIGHT_SIGNED != 0)
                        assign weight = weight_word[(p*SIMD+n)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
                    else assign weight = {1'b0, weight_word[(p*SIMD+n)*WEIGHT_WIDTH+:WEIGHT_WIDTH]};
                    assign sum = PRODUCT'(element[n].factor) * PRODUCT'(weight);
                end else if (2 * n + 1 < (SIMD + (1 << (l - 1)) - 1) >> (l - 1)) begin : add
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

        logic signed [ACC_WIDTH-1:0] bias, total, accumulator;
        assign bias = bias_word[p*ACC_WIDTH+:ACC_WIDTH];
        assign total = (first_in[1+TREE] ? bias : accumulator) +
                       ACC_WIDTH'(level[LEVELS].node[0].value);
        always_ff @(posedge clk) if (fire[2+TREE]) accumulator <= total;

        logic signed [MIDDLE-1:0] middle;
        if (ACC_CONVERT != 0) begin : convert
            logic [MID_WIDTH-1:0] brought;
            weir_requant #(
                .IN_WIDTH    (ACC_WIDTH),
                .IN_FRACTION (ACC_FRACTION),
                .OUT_WIDTH   (MID_WIDTH),
                .OUT_FRACTION(MID_FRACTION),
                .OUT_SIGNED  (MID_SIGNED),
                .ROUNDING    (MID_ROUNDING),
                .OVERFLOW    (MID_OVERFLOW)
            ) to_accumulator (
                .value (accumulator),
                .result(brought)
            );
            if (MID_SIGNED != 0) assign middle = brought;
            else assign middle = {1'b0, brought};
        end else begin : exact
            assign middle = accumulator;
        end
        weir_requant #(
            .IN_WIDTH    (MIDDLE),
            .IN_FRACTION (MIDDLE_FRACTION),
            .OUT_WIDTH   (OUT_WIDTH),
            .OUT_FRACTION(OUT_FRACTION),
            .OUT_SIGNED  (OUT_SIGNED),
            .ROUNDING    (OUT_ROUNDING),
            .OVERFLOW    (OUT_OVERFLOW)
        ) to_output (
            .value (middle),
            .result(converted[p*OUT_WIDTH+:OUT_WIDTH])
        );
    end

    // The output groups of a beat come one after another, the first ends up lowest.
    if (COLLECT > 1) begin : gather
        always_ff @(posedge clk)
            if (fire[3+TREE] && last_in[2+TREE])
                out_data <= {converted, out_data[OUT_LANES*OUT_WIDTH-1:PE*OUT_WIDTH]};
    end else begin : hold
        always_ff @(posedge clk) if (fire[3+TREE] && last_in[2+TREE]) out_data <= converted;
    end
    assign out_valid = valid[STAGES-2] & writes[STAGES-2];
    assign finish = out_ready | ~writes[STAGES-2];

    // The last stage acts by `finish`, and the flags end before it.
    logic unused;
    assign unused = &{1'b0, fire[STAGES-1], valid[STAGES-3:0], first_in[STAGES-2:2+TREE],
                      last_in[STAGES-2]};
endmodule
