// Pooling of window beats: KERNEL elements of each of LANES channels, in the order (kernel element,
// lane), become one element a lane: the maximum, or the average as weir_average forms it.
//
// Stages: the tree of weir_reduce, then for an average those of weir_average; `multiplier` belongs to
// the step that executes the first of these. fire[s] loads the register behind stage s.
module weir_pool #(
    parameter int LANES            = 1,
    parameter int KERNEL           = 4,
    parameter int IN_WIDTH         = 16,
    parameter int IN_SIGNED        = 1,
    parameter int AVERAGE          = 0,
    parameter int SUM_WIDTH        = 16,
    parameter int MULTIPLIER_WIDTH = 0,
    parameter int FRACTION         = 10,
    parameter int OUT_WIDTH        = 16,
    parameter int OUT_FRACTION     = 10,
    parameter int OUT_SIGNED       = 1,
    parameter int OUT_ROUNDING     = 0,
    parameter int OUT_OVERFLOW     = 0,
    parameter int TREE             = KERNEL <= 4 ? 1 : ($clog2(KERNEL) + 1) / 2,
    parameter int STAGES           = TREE + (AVERAGE == 0 ? 0 : MULTIPLIER_WIDTH > 0 ? 2 : 1),
    parameter int PORT_WIDTH       = MULTIPLIER_WIDTH > 0 ? MULTIPLIER_WIDTH : 1
) (
    input  logic                             clk,
    input  logic [STAGES-1:0]                fire,
    input  logic [KERNEL*LANES*IN_WIDTH-1:0] in,
    input  logic [PORT_WIDTH-1:0]            multiplier,
    output logic [LANES*OUT_WIDTH-1:0]       out
);
    for (genvar l = 0; l < LANES; l++) begin : lane
        logic [KERNEL*IN_WIDTH-1:0] elements;
        for (genvar k = 0; k < KERNEL; k++) begin : gather
            assign elements[k*IN_WIDTH+:IN_WIDTH] = in[(k*LANES+l)*IN_WIDTH+:IN_WIDTH];
        end
        if (AVERAGE != 0) begin : average
            logic [SUM_WIDTH-1:0] sum;
            weir_reduce #(
                .COUNT(KERNEL), .IN_WIDTH(IN_WIDTH), .IN_SIGNED(IN_SIGNED), .SUM(1),
                .OUT_WIDTH(SUM_WIDTH), .STAGES(TREE)
            ) tree (.clk, .fire(fire[TREE-1:0]), .in(elements), .out(sum));
            weir_average #(
                .SUM_WIDTH(SUM_WIDTH), .MULTIPLIER_WIDTH(MULTIPLIER_WIDTH), .FRACTION(FRACTION),
                .OUT_WIDTH(OUT_WIDTH), .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED),
                .OUT_ROUNDING(OUT_ROUNDING), .OUT_OVERFLOW(OUT_OVERFLOW)
            ) divide (
                .clk, .fire(fire[STAGES-1:TREE]), .sum, .multiplier,
                .result(out[l*OUT_WIDTH+:OUT_WIDTH])
            );
        end else begin : maximum
            weir_reduce #(
                .COUNT(KERNEL), .IN_WIDTH(IN_WIDTH), .IN_SIGNED(IN_SIGNED), .SUM(0),
                .OUT_WIDTH(IN_WIDTH), .STAGES(TREE)
            ) tree (.clk, .fire, .in(elements), .out(out[l*OUT_WIDTH+:OUT_WIDTH]));
        end
    end
    if (AVERAGE == 0) begin : no_divisor
        logic unused;
        assign unused = &{1'b0, multiplier};
    end
endmodule
