// Average over all POSITIONS (rows x columns) of a frame, LANES channels a beat, FOLDS beats a
// position: one running sum a channel, divided as in weir_average after the last position.
//
// Stage 0 adds the beat to the running sums of its fold; the stages of weir_average follow. `writes`
// tells that the step in the last register is one of the last position, which has a result.
module weir_global_pool #(
    parameter int LANES            = 1,
    parameter int FOLDS            = 1,
    parameter int POSITIONS        = 4,
    parameter int IN_WIDTH         = 16,
    parameter int IN_SIGNED        = 1,
    parameter int SUM_WIDTH        = 18,
    parameter int MULTIPLIER_WIDTH = 0,
    parameter int FRACTION         = 10,
    parameter int OUT_WIDTH        = 16,
    parameter int OUT_FRACTION     = 10,
    parameter int OUT_SIGNED       = 1,
    parameter int OUT_ROUNDING     = 0,
    parameter int OUT_OVERFLOW     = 0,
    parameter int STAGES           = MULTIPLIER_WIDTH > 0 ? 3 : 2,
    parameter int PORT_WIDTH       = MULTIPLIER_WIDTH > 0 ? MULTIPLIER_WIDTH : 1
) (
    input  logic                       clk,
    input  logic                       rst,
    input  logic [STAGES-1:0]          fire,
    input  logic [LANES*IN_WIDTH-1:0]  in,
    input  logic [PORT_WIDTH-1:0]      multiplier,
    output logic                       writes,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    localparam int FOLD_WIDTH     = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int POSITION_WIDTH = POSITIONS > 1 ? $clog2(POSITIONS) : 1;

    logic [FOLD_WIDTH-1:0]     fold;
    logic [POSITION_WIDTH-1:0] position;
    logic                      last_fold, first, last;
    assign last_fold = fold == FOLD_WIDTH'(FOLDS - 1);
    assign first = position == '0;
    assign last = position == POSITION_WIDTH'(POSITIONS - 1);

    always_ff @(posedge clk)
        if (rst) begin
            fold <= '0;
            position <= '0;
        end else if (fire[0]) begin
            fold <= last_fold ? '0 : fold + 1'b1;
            if (last_fold) position <= last ? '0 : position + 1'b1;
        end

    logic [STAGES-1:0] last_behind;
    always_ff @(posedge clk) begin
        if (fire[0]) last_behind[0] <= last;
        for (int s = 1; s < STAGES; s++) if (fire[s]) last_behind[s] <= last_behind[s-1];
    end
    assign writes = last_behind[STAGES-1];

    logic [LANES*SUM_WIDTH-1:0] earlier, added, sums;
    if (FOLDS > 1) begin : folded
        logic [LANES*SUM_WIDTH-1:0] cells[0:FOLDS-1];
        assign earlier = cells[fold];
        always_ff @(posedge clk)
            if (fire[0]) begin
                cells[fold] <= added;
                sums <= added;
            end
    end else begin : single
        assign earlier = sums;
        always_ff @(posedge clk) if (fire[0]) sums <= added;
    end

    for (genvar l = 0; l < LANES; l++) begin : lane
        logic [SUM_WIDTH-1:0] element;
        assign element[IN_WIDTH-1:0] = in[l*IN_WIDTH+:IN_WIDTH];
        if (SUM_WIDTH > IN_WIDTH) begin : extend
            assign element[SUM_WIDTH-1:IN_WIDTH] =
                {(SUM_WIDTH - IN_WIDTH) {IN_SIGNED != 0 & in[(l+1)*IN_WIDTH-1]}};
        end
        assign added[l*SUM_WIDTH+:SUM_WIDTH] =
            element + (first ? '0 : earlier[l*SUM_WIDTH+:SUM_WIDTH]);
        weir_average #(
            .SUM_WIDTH(SUM_WIDTH), .MULTIPLIER_WIDTH(MULTIPLIER_WIDTH), .FRACTION(FRACTION),
            .OUT_WIDTH(OUT_WIDTH), .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED),
            .OUT_ROUNDING(OUT_ROUNDING), .OUT_OVERFLOW(OUT_OVERFLOW)
        ) divide (
            .clk, .fire(fire[STAGES-1:1]), .sum(sums[l*SUM_WIDTH+:SUM_WIDTH]), .multiplier,
            .result(out[l*OUT_WIDTH+:OUT_WIDTH])
        );
    end
endmodule
