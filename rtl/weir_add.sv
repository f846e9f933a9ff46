// Element-wise sum or product of two streams, LANES elements a beat, converted to the output type.
//
// A sum is of the integers shifted left by A_SHIFT and B_SHIFT, which brings both to FRACTION fraction
// bits; a product (PRODUCT 1) has the fraction bits of both. VALUE_WIDTH bits hold every result.
// Stages: add or multiply, convert. fire[s] loads the register behind stage s.
module weir_add #(
    parameter int LANES        = 1,
    parameter int PRODUCT      = 0,
    parameter int A_WIDTH      = 16,
    parameter int A_SIGNED     = 1,
    parameter int A_SHIFT      = 0,
    parameter int B_WIDTH      = 16,
    parameter int B_SIGNED     = 1,
    parameter int B_SHIFT      = 0,
    parameter int VALUE_WIDTH  = 17,
    parameter int FRACTION     = 10,
    parameter int OUT_WIDTH    = 16,
    parameter int OUT_FRACTION = 10,
    parameter int OUT_SIGNED   = 1,
    parameter int OUT_ROUNDING = 0,
    parameter int OUT_OVERFLOW = 0
) (
    input  logic                       clk,
    input  logic [1:0]                 fire,
    input  logic [LANES*A_WIDTH-1:0]   a,
    input  logic [LANES*B_WIDTH-1:0]   b,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    for (genvar l = 0; l < LANES; l++) begin : lane
        // One bit more each, so that unsigned elements are signed numbers too.
        logic signed [A_WIDTH:0]       x;
        logic signed [B_WIDTH:0]       y;
        logic signed [VALUE_WIDTH-1:0] result, value;
        logic        [OUT_WIDTH-1:0]   converted;
        assign x = $signed({A_SIGNED != 0 & a[(l+1)*A_WIDTH-1], a[l*A_WIDTH+:A_WIDTH]});
        assign y = $signed({B_SIGNED != 0 & b[(l+1)*B_WIDTH-1], b[l*B_WIDTH+:B_WIDTH]});
        if (PRODUCT != 0) begin : multiply
            // One-bit factors with their sign are wider than the product.
            localparam int FACTOR = A_WIDTH > B_WIDTH ? A_WIDTH + 1 : B_WIDTH + 1;
            localparam int WIDE = VALUE_WIDTH > FACTOR ? VALUE_WIDTH : FACTOR;
            // verilator lint_off UNUSEDSIGNAL
            logic signed [WIDE-1:0] product;
            // verilator lint_on UNUSEDSIGNAL
            assign product = WIDE'(x) * WIDE'(y);
            assign result = product[VALUE_WIDTH-1:0];
        end else begin : add
            assign result = (VALUE_WIDTH'(x) <<< A_SHIFT) + (VALUE_WIDTH'(y) <<< B_SHIFT);
        end
        always_ff @(posedge clk) if (fire[0]) value <= result;
        weir_requant #(
            .IN_WIDTH(VALUE_WIDTH), .IN_FRACTION(FRACTION), .OUT_WIDTH(OUT_WIDTH),
            .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED), .ROUNDING(OUT_ROUNDING),
            .OVERFLOW(OUT_OVERFLOW)
        ) requant (.value, .result(converted));
        always_ff @(posedge clk) if (fire[1]) out[l*OUT_WIDTH+:OUT_WIDTH] <= converted;
    end
endmodule
