// Fixed-point conversion: value * 2^-IN_FRACTION brought to a type with OUT_FRACTION fraction bits.
//
// First quantised (ROUNDING, when bits are dropped on the right), then checked for overflow
// (OVERFLOW, when bits do not fit on the left); the meaning is that of ap_fixed<W,I,Q,O>, AMD
// UG1399, "Arbitrary Precision Fixed-Point Data Types". Combinational; equal to weir_fixed_convert.
//   ROUNDING 0 TRN, 1 TRN_ZERO, 2 RND, 3 RND_ZERO, 4 RND_MIN_INF, 5 RND_INF, 6 RND_CONV,
//            7 CEIL, 8 UP
//   OVERFLOW 0 WRAP, 1 SAT, 2 SAT_ZERO, 3 SAT_SYM,
//            4 SAT_NARROW (unsigned, without its largest integer), 5 SIGN (2 bits, signed: -1 below
//            zero, else 1; of the value before it is rounded)
// Fractions may be negative, and either may be the larger.
module weir_requant #(
    parameter int IN_WIDTH     = 32,
    parameter int IN_FRACTION  = 20,
    parameter int OUT_WIDTH    = 16,
    parameter int OUT_FRACTION = 10,
    parameter int OUT_SIGNED   = 1,
    parameter int ROUNDING     = 0,
    parameter int OVERFLOW     = 0
) (
    input  logic signed [IN_WIDTH-1:0]  value,
    output logic        [OUT_WIDTH-1:0] result
);
    if (ROUNDING < 0 || ROUNDING > 8) $error("weir_requant: ROUNDING is %0d, 0 to 8", ROUNDING);
    if (OVERFLOW < 0 || OVERFLOW > 5) $error("weir_requant: OVERFLOW is %0d, 0 to 5", OVERFLOW);
    if (OVERFLOW == 4 && OUT_SIGNED != 0)
        $error("weir_requant: OVERFLOW is 4, OUT_SIGNED is %0d, must be 0", OUT_SIGNED);
    if (OVERFLOW == 5 && (OUT_SIGNED == 0 || OUT_WIDTH != 2))
        $error("weir_requant: OVERFLOW is 5, OUT_SIGNED is %0d and OUT_WIDTH %0d, must be 1 and 2",
               OUT_SIGNED, OUT_WIDTH);

    localparam int DROP = IN_FRACTION > OUT_FRACTION ? IN_FRACTION - OUT_FRACTION : 0;
    localparam int GROW = OUT_FRACTION > IN_FRACTION ? OUT_FRACTION - IN_FRACTION : 0;
    // Sign-extended until at least one bit is left of those that are dropped.
    localparam int FULL = IN_WIDTH > DROP ? IN_WIDTH : DROP + 1;
    // One bit more than the kept ones, for the carry of rounding; and one more than the result, so
    // that an unsigned result's limits can be compared as signed numbers.
    localparam int KEPT = (DROP > 0 ? FULL - DROP + 1 : IN_WIDTH + GROW);
    localparam int WIDE = KEPT > OUT_WIDTH ? KEPT : OUT_WIDTH + 1;

    // What does not fit is dropped by intent.
    // verilator lint_off UNUSEDSIGNAL
    logic signed [WIDE-1:0] rounded;
    logic signed [WIDE-1:0] limited;
    // verilator lint_on UNUSEDSIGNAL

    if (DROP == 0) begin : exact
        assign rounded = WIDE'(value) <<< GROW;
    end else begin : quantise
        logic signed [FULL-1:0]      full;
        logic signed [FULL-DROP-1:0] floor;
        logic                        negative, half, rest, up;
        assign full = FULL'(value);
        assign floor = full[FULL-1:DROP];
        assign negative = full[FULL-1];
        assign half = full[DROP-1];
        if (DROP > 1) begin : below
            assign rest = |full[DROP-2:0];
        end else begin : none
            assign rest = 1'b0;
        end
        always_comb
            case (ROUNDING)
                1: up = negative & (half | rest);
                2: up = half;
                3: up = half & (rest | negative);
                4: up = half & rest;
                5: up = half & (rest | ~negative);
                6: up = half & (rest | floor[0]);
                7: up = half | rest;
                8: up = ~negative & (half | rest);
                default: up = 1'b0;
            endcase
        assign rounded = WIDE'(floor) + $signed({{(WIDE - 1) {1'b0}}, up});
    end

    if (OVERFLOW == 0) begin : wrap
        assign limited = rounded;
    end else if (OVERFLOW == 5) begin : sign
        assign limited = value < 0 ? -WIDE'(1) : WIDE'(1);
    end else begin : saturate
        localparam logic signed [WIDE-1:0] ONE = {{(WIDE - 1) {1'b0}}, 1'b1};
        localparam logic signed [WIDE-1:0] BEYOND =
            ONE <<< (OUT_SIGNED != 0 ? OUT_WIDTH - 1 : OUT_WIDTH);
        localparam logic signed [WIDE-1:0] HIGH = OVERFLOW == 4 ? BEYOND - ONE - ONE : BEYOND - ONE;
        // Symmetric, save that one bit has no other negative value than its lowest.
        localparam logic signed [WIDE-1:0] LOW =
            OUT_SIGNED == 0 ? '0 : OVERFLOW == 3 && OUT_WIDTH > 1 ? -HIGH : -HIGH - ONE;
        always_comb begin
            limited = rounded;
            if (rounded > HIGH) limited = OVERFLOW == 2 ? '0 : HIGH;
            if (rounded < LOW) limited = OVERFLOW == 2 ? '0 : LOW;
        end
    end
    assign result = limited[OUT_WIDTH-1:0];
endmodule
