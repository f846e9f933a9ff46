// Scale and bias of each channel: out = in * scale + bias, converted to the output type; LANES
// channels a beat, FOLDS beats a position.
//
// The constants are a ROM of FOLDS words, {biases, scales} of LANES lanes each, lane 0 lowest. Stages:
// read the constants, multiply, add and convert. fire[s] loads the register behind stage s.
module weir_scale #(
    parameter int LANES        = 1,
    parameter int FOLDS        = 1,
    parameter int IN_WIDTH     = 16,
    parameter int IN_SIGNED    = 1,
    parameter int SCALE_WIDTH  = 16,
    parameter int SCALE_SIGNED = 1,
    parameter int BIAS_WIDTH   = 32,
    parameter int SUM_WIDTH    = 34,
    parameter int FRACTION     = 20,
    parameter     FILE         = "",
    parameter int OUT_WIDTH    = 16,
    parameter int OUT_FRACTION = 10,
    parameter int OUT_SIGNED   = 1,
    parameter int OUT_ROUNDING = 0,
    parameter int OUT_OVERFLOW = 0
) (
    input  logic                       clk,
    input  logic                       rst,
    input  logic [2:0]                 fire,
    input  logic [LANES*IN_WIDTH-1:0]  in,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    localparam int FOLD_WIDTH = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int WORD_WIDTH = LANES * (SCALE_WIDTH + BIAS_WIDTH);

    logic [FOLD_WIDTH-1:0] fold;
    always_ff @(posedge clk)
        if (rst) fold <= '0;
        else if (fire[0]) fold <= fold == FOLD_WIDTH'(FOLDS - 1) ? '0 : fold + 1'b1;

    logic [WORD_WIDTH-1:0]       constants;
    logic [LANES*BIAS_WIDTH-1:0] biases;
    logic [LANES*IN_WIDTH-1:0]   elements;
    weir_rom #(
        .WIDTH(WORD_WIDTH), .DEPTH(FOLDS), .FILE(FILE)
    ) rom (.clk, .enable(fire[0]), .address(fold), .data(constants));
    always_ff @(posedge clk) begin
        if (fire[0]) elements <= in;
        if (fire[1]) biases <= constants[WORD_WIDTH-1:LANES*SCALE_WIDTH];
    end

    for (genvar l = 0; l < LANES; l++) begin : lane
        // One bit more each, so that unsigned factors are signed numbers too.
        logic signed [IN_WIDTH:0]    element;
        logic signed [SCALE_WIDTH:0] scale;
        logic signed [SUM_WIDTH-1:0] product, sum;
        logic        [OUT_WIDTH-1:0] converted;
        assign element = $signed(
            {IN_SIGNED != 0 & elements[(l+1)*IN_WIDTH-1], elements[l*IN_WIDTH+:IN_WIDTH]});
        assign scale = $signed({
            SCALE_SIGNED != 0 & constants[(l+1)*SCALE_WIDTH-1],
            constants[l*SCALE_WIDTH+:SCALE_WIDTH]
        });
        always_ff @(posedge clk) if (fire[1]) product <= SUM_WIDTH'(element) * SUM_WIDTH'(scale);
        assign sum = product + SUM_WIDTH'($signed(biases[l*BIAS_WIDTH+:BIAS_WIDTH]));
        weir_requant #(
            .IN_WIDTH(SUM_WIDTH), .IN_FRACTION(FRACTION), .OUT_WIDTH(OUT_WIDTH),
            .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED), .ROUNDING(OUT_ROUNDING),
            .OVERFLOW(OUT_OVERFLOW)
        ) requant (.value(sum), .result(converted));
        always_ff @(posedge clk) if (fire[2]) out[l*OUT_WIDTH+:OUT_WIDTH] <= converted;
    end
endmodule
