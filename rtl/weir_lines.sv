// Element-wise activation of two straight lines through the origin, LANES elements a beat:
// x >= 0 gives x * POSITIVE, x < 0 gives x * NEGATIVE, both with SLOPE_FRACTION fraction bits more
// than x, converted to the output type.
//
// Stages: with MULTIPLY 0 (slopes of 0 and 1 only) convert; with MULTIPLY 1 product, convert.
// fire[s] loads the register behind stage s.
module weir_lines #(
    parameter int LANES          = 1,
    parameter int IN_WIDTH       = 16,
    parameter int IN_FRACTION    = 10,
    parameter int IN_SIGNED      = 1,
    parameter int MULTIPLY       = 0,
    parameter int POSITIVE       = 1,
    parameter int NEGATIVE       = 0,
    parameter int SLOPE_FRACTION = 0,
    parameter int SLOPE_WIDTH    = 2,
    parameter int OUT_WIDTH      = 16,
    parameter int OUT_FRACTION   = 10,
    parameter int OUT_SIGNED     = 1,
    parameter int OUT_ROUNDING   = 0,
    parameter int OUT_OVERFLOW   = 0,
    parameter int STAGES         = MULTIPLY == 0 ? 1 : 2
) (
    input  logic                       clk,
    input  logic [STAGES-1:0]          fire,
    input  logic [LANES*IN_WIDTH-1:0]  in,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    // One bit more than x, so that unsigned elements are signed numbers too.
    localparam int X_WIDTH = IN_WIDTH + 1;
    localparam int WIDTH   = X_WIDTH + SLOPE_WIDTH;
    localparam logic signed [SLOPE_WIDTH-1:0] ABOVE = SLOPE_WIDTH'(POSITIVE);
    localparam logic signed [SLOPE_WIDTH-1:0] BELOW = SLOPE_WIDTH'(NEGATIVE);

    for (genvar l = 0; l < LANES; l++) begin : lane
        logic signed [X_WIDTH-1:0]   x;
        logic signed [WIDTH-1:0]     product, value;
        logic        [OUT_WIDTH-1:0] converted;
        assign x = $signed({IN_SIGNED != 0 & in[(l+1)*IN_WIDTH-1], in[l*IN_WIDTH+:IN_WIDTH]});
        // Two products by constants, not one by a chosen slope: slopes of 0, 1 and other powers of
        // two cost no multiplier. By the sign bit, as not every tool sees that `x < 0` is no more.
        assign product = x[X_WIDTH-1] ? WIDTH'(x) * WIDTH'(BELOW) : WIDTH'(x) * WIDTH'(ABOVE);
        if (STAGES > 1) begin : registered
            always_ff @(posedge clk) if (fire[0]) value <= product;
        end else begin : direct
            assign value = product;
        end
        weir_requant #(
            .IN_WIDTH(WIDTH), .IN_FRACTION(IN_FRACTION + SLOPE_FRACTION), .OUT_WIDTH(OUT_WIDTH),
            .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED), .ROUNDING(OUT_ROUNDING),
            .OVERFLOW(OUT_OVERFLOW)
        ) requant (.value, .result(converted));
        always_ff @(posedge clk)
            if (fire[STAGES-1]) out[l*OUT_WIDTH+:OUT_WIDTH] <= converted;
    end
endmodule
