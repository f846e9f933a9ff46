// Several matrix-vector products that take turns with one set of PE x SIMD multipliers.
//
// ELASTIC. Turn t is a whole frame of member t: its vectors come at input port t, its outputs leave at
// port t; after the last member the first begins the next frame. A step of one turn follows the last
// step of the turn before it in the next cycle: the pipeline carries the turn along, and changing it
// costs no cycle. Within a turn the steps are those of weir_matvec: output group outer, input group
// inner, the vector taken from a buffer for all groups but the first.
// Sizes are run-time values from constant tables, 32 bits for each member, member 0 lowest:
//   PARTS      input groups (of SIMD) of a beat      BEATS      beats of a vector
//   GROUPS     output groups (of PE) of a vector     COLLECT    output groups of a beat
//   POSITIONS  vectors of a frame
//   WEIGHT_BASE, BIAS_BASE  first words of the member's weights and biases
// and MOST_* is the largest entry of each. Beats come as LANES = MOST_PARTS * SIMD factors of FACTOR
// bits, signed; a member's conversion to its output type, and the collecting of its output beat, are
// the instance's:
//   sums        the PE sums that the converting stage sees, ACC_WIDTH bits each, exact modulo that
//   collect[t]  that stage fires for a finished output group of member t
// Stages: as weir_matvec.
module weir_shared_matvec #(
    parameter int MEMBERS        = 2,
    parameter int PE             = 1,
    parameter int SIMD           = 1,
    parameter int FACTOR         = 16,
    parameter int WEIGHT         = 16,
    parameter int ACC_WIDTH      = 40,
    parameter int MOST_PARTS     = 1,
    parameter int MOST_BEATS     = 1,
    parameter int MOST_GROUPS    = 1,
    parameter int MOST_COLLECT   = 1,
    parameter int MOST_POSITIONS = 1,
    parameter int WEIGHT_WORDS   = 2,
    parameter int BIAS_WORDS     = 2,
    parameter logic [MEMBERS*32-1:0] PARTS       = {MEMBERS{32'd1}},
    parameter logic [MEMBERS*32-1:0] BEATS       = {MEMBERS{32'd1}},
    parameter logic [MEMBERS*32-1:0] GROUPS      = {MEMBERS{32'd1}},
    parameter logic [MEMBERS*32-1:0] COLLECT     = {MEMBERS{32'd1}},
    parameter logic [MEMBERS*32-1:0] POSITIONS   = {MEMBERS{32'd1}},
    parameter logic [MEMBERS*32-1:0] WEIGHT_BASE = {MEMBERS{32'd0}},
    parameter logic [MEMBERS*32-1:0] BIAS_BASE   = {MEMBERS{32'd0}},
    parameter     WEIGHT_FILE    = "",
    parameter     BIAS_FILE      = ""
) (
    input  logic clk,
    input  logic rst,
    input  logic [MEMBERS-1:0] in_valid,
    output logic [MEMBERS-1:0] in_ready,
    input  logic [MEMBERS*MOST_PARTS*SIMD*FACTOR-1:0] in_data,
    output logic [PE*ACC_WIDTH-1:0] sums,
    output logic [MEMBERS-1:0] collect,
    output logic [MEMBERS-1:0] out_valid,
    input  logic [MEMBERS-1:0] out_ready
);
    if (MEMBERS < 2) $error("weir_shared_matvec: MEMBERS is %0d, minimum 2", MEMBERS);

    localparam int LEVELS = $clog2(SIMD);    // of adders
    localparam int TREE = (LEVELS + 2) / 3;  // stages for them
    localparam int STAGES = 5 + TREE;
    localparam int SLICE = SIMD * FACTOR;
    localparam int BEAT = MOST_PARTS * SLICE;
    localparam int PRODUCT = FACTOR + WEIGHT;

    localparam int PART_BITS = MOST_PARTS > 1 ? $clog2(MOST_PARTS) : 1;
    localparam int BEAT_BITS = MOST_BEATS > 1 ? $clog2(MOST_BEATS) : 1;
    localparam int GROUP_BITS = MOST_GROUPS > 1 ? $clog2(MOST_GROUPS) : 1;
    localparam int COLLECT_BITS = MOST_COLLECT > 1 ? $clog2(MOST_COLLECT) : 1;
    localparam int POSITION_BITS = MOST_POSITIONS > 1 ? $clog2(MOST_POSITIONS) : 1;
    localparam int WEIGHT_BITS = WEIGHT_WORDS > 1 ? $clog2(WEIGHT_WORDS) : 1;
    localparam int BIAS_BITS = BIAS_WORDS > 1 ? $clog2(BIAS_WORDS) : 1;

    logic              start, finish, advance;
    logic [STAGES-1:0] fire;
    logic [STAGES-2:0] valid;
    weir_pipe #(.STAGES(STAGES)) pipe (.*);

    // What the turn at stage 0 and the one after it make of the tables.
    logic [MEMBERS-1:0]       turn, next_turn; // one bit each
    logic [PART_BITS-1:0]     most_part;
    logic [BEAT_BITS-1:0]     most_beat;
    logic [GROUP_BITS-1:0]    most_group;
    logic [COLLECT_BITS-1:0]  most_collect;
    logic [POSITION_BITS-1:0] most_position;
    logic [WEIGHT_BITS-1:0]   weight_base, next_base;
    logic [BEAT-1:0]          arriving;
    assign next_turn = {turn[MEMBERS-2:0], turn[MEMBERS-1]};
    always_comb begin
        most_part = '0;
        most_beat = '0;
        most_group = '0;
        most_collect = '0;
        most_position = '0;
        weight_base = '0;
        next_base = '0;
        arriving = '0;
        for (int m = 0; m < MEMBERS; m++) begin
            if (turn[m]) begin
                most_part = PART_BITS'(PARTS[m*32+:32] - 32'd1);
                most_beat = BEAT_BITS'(BEATS[m*32+:32] - 32'd1);
                most_group = GROUP_BITS'(GROUPS[m*32+:32] - 32'd1);
                most_collect = COLLECT_BITS'(COLLECT[m*32+:32] - 32'd1);
                most_position = POSITION_BITS'(POSITIONS[m*32+:32] - 32'd1);
                weight_base = WEIGHT_BITS'(WEIGHT_BASE[m*32+:32]);
                arriving = in_data[m*BEAT+:BEAT];
            end
            if (next_turn[m]) next_base = WEIGHT_BITS'(WEIGHT_BASE[m*32+:32]);
        end
    end

    // The step at stage 0.
    logic [PART_BITS-1:0]     part;      // of the beat
    logic [BEAT_BITS-1:0]     beat;      // of the vector
    logic [GROUP_BITS-1:0]    group;     // of the outputs
    logic [COLLECT_BITS-1:0]  collected; // of the output beat
    logic [POSITION_BITS-1:0] position;  // of the frame
    logic [WEIGHT_BITS-1:0]   weight_address;
    logic last_part, last_input, last_collect, last_vector, last_step, reads;
    assign last_part = part == most_part;
    assign last_input = last_part && beat == most_beat;
    assign last_collect = collected == most_collect;
    assign last_vector = last_input && group == most_group;
    assign last_step = last_vector && position == most_position;
    assign reads = group == '0 && part == '0;
    assign in_ready = turn & {MEMBERS{advance & reads}};
    assign start = (turn & in_valid) != '0 || !reads;

    always_ff @(posedge clk)
        if (rst) begin
            turn <= MEMBERS'(1);
            part <= '0;
            beat <= '0;
            group <= '0;
            collected <= '0;
            position <= '0;
            weight_address <= '0;
        end else if (fire[0]) begin
            part <= last_part ? '0 : part + 1'b1;
            if (last_part) beat <= last_input ? '0 : beat + 1'b1;
            if (last_input) begin
                group <= last_vector ? '0 : group + 1'b1;
                collected <= last_collect ? '0 : collected + 1'b1;
            end
            if (last_vector) position <= last_step ? '0 : position + 1'b1;
            if (last_step) turn <= next_turn;
            if (last_step) weight_address <= next_base;
            else weight_address <= last_vector ? weight_base : weight_address + 1'b1;
        end

    // What later stages must know of their step; bit s (slice s of turns) is behind stage s.
    logic [STAGES-2:0] first_in, last_in, writes;
    logic [(STAGES-1)*MEMBERS-1:0] turns;
    for (genvar s = 0; s < STAGES - 1; s++) begin : flags
        localparam int BEFORE = s == 0 ? 0 : s - 1;
        always_ff @(posedge clk)
            if (fire[s]) begin
                first_in[s] <= s == 0 ? part == '0 && beat == '0 : first_in[BEFORE];
                last_in[s] <= s == 0 ? last_input : last_in[BEFORE];
                writes[s] <= s == 0 ? last_input && last_collect : writes[BEFORE];
                turns[s*MEMBERS+:MEMBERS] <= s == 0 ? turn : turns[BEFORE*MEMBERS+:MEMBERS];
            end
    end

    // Behind stage 0: the beat, fresh or from the buffer.
    logic [BEAT-1:0] fresh, current;
    always_ff @(posedge clk) if (fire[0] && reads) fresh <= arriving;
    if (MOST_GROUPS > 1 && MOST_BEATS > 1) begin : buffer
        logic [BEAT-1:0] again;
        logic replay;
        always_ff @(posedge clk) if (fire[0]) replay <= group != '0;
        weir_ram #(
            .WIDTH(BEAT),
            .DEPTH(MOST_BEATS)
        ) memory (
            .clk,
            .write_enable (fire[0] & reads),
            .write_address(beat),
            .write_data   (arriving),
            .read_enable  (fire[0] && group != '0 && part == '0),
            .read_address (beat),
            .read_data    (again)
        );
        assign current = replay ? again : fresh;
    end else begin : direct
        assign current = fresh;
    end
    logic [SLICE-1:0] slice;
    if (MOST_PARTS > 1) begin : select
        logic [PART_BITS-1:0] chosen;
        always_ff @(posedge clk) if (fire[0]) chosen <= part;
        assign slice = current[chosen*SLICE+:SLICE];
    end else begin : whole
        assign slice = current;
    end

    logic [PE*SIMD*WEIGHT-1:0] weight_word;
    weir_rom #(
        .WIDTH(PE * SIMD * WEIGHT),
        .DEPTH(WEIGHT_WORDS),
        .FILE (WEIGHT_FILE)
    ) weights (
        .clk,
        .enable (fire[0]),
        .address(weight_address),
        .data   (weight_word)
    );

    // Behind the tree: the bias of the member and the output group that are there.
    logic [MEMBERS-1:0]      bias_turn;
    logic [GROUP_BITS-1:0]   bias_group, bias_most;
    logic [BIAS_BITS-1:0]    bias_base;
    logic [PE*ACC_WIDTH-1:0] bias_word;
    assign bias_turn = turns[TREE*MEMBERS+:MEMBERS];
    always_comb begin
        bias_base = '0;
        bias_most = '0;
        for (int m = 0; m < MEMBERS; m++)
            if (bias_turn[m]) begin
                bias_base = BIAS_BITS'(BIAS_BASE[m*32+:32]);
                bias_most = GROUP_BITS'(GROUPS[m*32+:32] - 32'd1);
            end
    end
    always_ff @(posedge clk)
        if (rst) bias_group <= '0;
        else if (fire[1+TREE] && last_in[TREE])
            bias_group <= bias_group == bias_most ? '0 : bias_group + 1'b1;
    weir_rom #(
        .WIDTH(PE * ACC_WIDTH),
        .DEPTH(BIAS_WORDS),
        .FILE (BIAS_FILE)
    ) biases (
        .clk,
        .enable (fire[1+TREE]),
        .address(bias_base + BIAS_BITS'(bias_group)),
        .data   (bias_word)
    );

    for (genvar p = 0; p < PE; p++) begin : pe
        for (genvar l = 0; l <= LEVELS; l++) begin : level
            localparam int BITS = PRODUCT + l;
            for (genvar n = 0; n < (SIMD + (1 << l) - 1) >> l; n++) begin : node
                logic signed [BITS-1:0] sum, value;
                if (l == 0) begin : multiply
                    logic signed [WEIGHT-1:0] weight;
                    logic signed [FACTOR-1:0] factor;
                    assign weight = weight_word[(p*SIMD+n)*WEIGHT+:WEIGHT];
                    assign factor = slice[n*FACTOR+:FACTOR];
                    assign sum = PRODUCT'(factor) * PRODUCT'(weight);
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
        assign sums[p*ACC_WIDTH+:ACC_WIDTH] = accumulator;
    end

    logic [MEMBERS-1:0] sending;
    assign sending = turns[(STAGES-2)*MEMBERS+:MEMBERS];
    assign collect = turns[(2+TREE)*MEMBERS+:MEMBERS] & {MEMBERS{fire[3+TREE] & last_in[2+TREE]}};
    assign out_valid = sending & {MEMBERS{valid[STAGES-2] & writes[STAGES-2]}};
    assign finish = (sending & out_ready) != '0 || !writes[STAGES-2];

    // The last stage acts by `finish`, and the flags end before it.
    logic unused;
    assign unused = &{1'b0, fire[STAGES-1], valid[STAGES-3:0], first_in[STAGES-2:2+TREE],
                      last_in[STAGES-2]};
endmodule
