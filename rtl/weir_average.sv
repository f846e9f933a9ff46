// The last stages of an average: sum * multiplier * 2^-FRACTION, converted to the output type.
//
// With MULTIPLIER_WIDTH above 0: fire[0] loads the product, fire[1] the converted result. With 0 the
// divisor is a power of two that FRACTION has taken in, and fire[0] loads the converted sum.
module weir_average #(
    parameter int SUM_WIDTH        = 20,
    parameter int MULTIPLIER_WIDTH = 0,
    parameter int FRACTION         = 10,
    parameter int OUT_WIDTH        = 16,
    parameter int OUT_FRACTION     = 10,
    parameter int OUT_SIGNED       = 1,
    parameter int OUT_ROUNDING     = 0,
    parameter int OUT_OVERFLOW     = 0,
    parameter int STAGES           = MULTIPLIER_WIDTH > 0 ? 2 : 1,
    parameter int PORT_WIDTH       = MULTIPLIER_WIDTH > 0 ? MULTIPLIER_WIDTH : 1
) (
    input  logic                         clk,
    input  logic        [STAGES-1:0]     fire,
    input  logic signed [SUM_WIDTH-1:0]  sum,
    input  logic        [PORT_WIDTH-1:0] multiplier,
    output logic        [OUT_WIDTH-1:0]  result
);
    localparam int WIDTH = SUM_WIDTH + MULTIPLIER_WIDTH;
    logic signed [WIDTH-1:0]     product;
    logic        [OUT_WIDTH-1:0] converted;

    if (MULTIPLIER_WIDTH > 0) begin : multiply
        logic signed [MULTIPLIER_WIDTH:0] factor;
        assign factor = $signed({1'b0, multiplier});
        always_ff @(posedge clk) if (fire[0]) product <= WIDTH'(sum) * WIDTH'(factor);
    end else begin : shift
        logic unused;
        assign unused = &{1'b0, multiplier};
        assign product = sum;
    end

    weir_requant #(
        .IN_WIDTH(WIDTH), .IN_FRACTION(FRACTION), .OUT_WIDTH(OUT_WIDTH),
        .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED), .ROUNDING(OUT_ROUNDING),
        .OVERFLOW(OUT_OVERFLOW)
    ) requant (.value(product), .result(converted));

    always_ff @(posedge clk) if (fire[STAGES-1]) result <= converted;
endmodule
