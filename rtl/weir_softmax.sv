// Softmax over the channels of each position, LANES channels a beat, FOLDS beats a position.
//
// With u = (maximum - x) >> DROP, limited to HI_BITS + LO_BITS bits, exp(-u) is the product of two
// table entries, one for the high bits of u and one for the low bits. The sum of these is normalised
// to 1 .. 2, the reciprocal of that is a table entry, and the product of the two is the result.
//
// FOLDS 1: a step is a position. FOLDS above 1: a position is three passes of FOLDS steps: read and
// find the maximum; form the exponentials and their sum; divide and write. Steps of all passes run
// through the same stages:
//   read                                        the beat, in pass 0 from outside
//   TREE stages, then `maximum`                 of the beat, of the position
//   address, tables, product                    of the two exponentials
//   TREE stages, then `total`                   sum of the beat, of the position
//   normalise, reciprocal, multiply, scale, convert
// What a later pass uses is held by a register or memory that is written at its stage by steps of
// the earlier pass and read no earlier in the pipeline, so steps in order cannot overtake it.
// fire[s] loads the register behind stage s. `reads`: the next step reads a beat; `writes`: the step
// in the last register writes one.
module weir_softmax #(
    parameter int LANES         = 2,
    parameter int FOLDS         = 1,
    parameter int IN_WIDTH      = 16,
    parameter int IN_SIGNED     = 1,
    parameter int DROP          = 0,
    parameter int HI_BITS       = 7,
    parameter int LO_BITS       = 7,
    parameter int HI_FRACTION   = 17,
    parameter int LO_FRACTION   = 16,
    parameter int EXPONENTS     = 1,  // largest power of two in the sum
    parameter int INVERSE_BITS  = 10,
    parameter int INV_FRACTION  = 16,
    parameter     HI_FILE       = "",
    parameter     LO_FILE       = "",
    parameter     INVERSE_FILE  = "",
    parameter int OUT_WIDTH     = 16,
    parameter int OUT_FRACTION  = 10,
    parameter int OUT_SIGNED    = 1,
    parameter int OUT_ROUNDING  = 0,
    parameter int OUT_OVERFLOW  = 0,
    parameter int TREE          = LANES <= 4 ? 1 : ($clog2(LANES) + 1) / 2,
    parameter int STAGES        = 2 * TREE + 11
) (
    input  logic                       clk,
    input  logic                       rst,
    input  logic [STAGES-1:0]          fire,
    input  logic [LANES*IN_WIDTH-1:0]  in,
    output logic                       reads,
    output logic                       writes,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    // Stage numbers.
    localparam int MAXIMUM = 1 + TREE;
    localparam int ADDRESS = MAXIMUM + 1;
    localparam int TABLES  = MAXIMUM + 2;
    localparam int PRODUCT = MAXIMUM + 3;
    localparam int TOTAL   = PRODUCT + TREE + 1;
    localparam int INVERSE = TOTAL + 2;  // after normalising
    localparam int DIVIDE  = TOTAL + 3;
    localparam int SCALE   = TOTAL + 4;
    localparam int CONVERT = TOTAL + 5;
    if (STAGES != CONVERT + 1) $error("weir_softmax: STAGES is %0d, must be %0d", STAGES, CONVERT + 1);

    // What each step is: its pass (0 to 2) and its fold.
    localparam int FOLD_WIDTH = FOLDS > 1 ? $clog2(FOLDS) : 1;
    logic [FOLD_WIDTH-1:0] fold;
    logic [1:0]            pass;
    logic                  last_fold;
    assign last_fold = fold == FOLD_WIDTH'(FOLDS - 1);
    always_ff @(posedge clk)
        if (rst) begin
            fold <= '0;
            pass <= '0;
        end else if (fire[0]) begin
            fold <= last_fold ? '0 : fold + 1'b1;
            if (last_fold && FOLDS > 1) pass <= pass == 2'd2 ? 2'd0 : pass + 1'b1;
        end

    // Behind stage s: whether the step reads and finds the maximum, forms exponentials, writes.
    logic [STAGES-1:0] finds, forms, ends, is_first;
    always_ff @(posedge clk) begin
        if (fire[0]) begin
            finds[0] <= FOLDS == 1 || pass == 2'd0;
            forms[0] <= FOLDS == 1 || pass == 2'd1;
            ends[0] <= FOLDS == 1 || pass == 2'd2;
            is_first[0] <= fold == '0;
        end
        for (int s = 1; s < STAGES; s++)
            if (fire[s]) begin
                finds[s] <= finds[s-1];
                forms[s] <= forms[s-1];
                ends[s] <= ends[s-1];
                is_first[s] <= is_first[s-1];
            end
    end
    assign reads = FOLDS == 1 || pass == 2'd0;
    assign writes = ends[STAGES-1];

    // Read.
    logic [LANES*IN_WIDTH-1:0] beat, x;
    if (FOLDS > 1) begin : buffer
        logic [LANES*IN_WIDTH-1:0] cells[0:FOLDS-1];
        always_ff @(posedge clk)
            if (fire[0]) begin
                if (pass == 2'd0) cells[fold] <= in;
                beat <= pass == 2'd0 ? in : cells[fold];
            end
    end else begin : straight
        always_ff @(posedge clk) if (fire[0]) beat <= in;
    end

    // Maximum of the beat, of the position.
    logic [IN_WIDTH-1:0] beat_maximum, maximum;
    logic                larger;
    weir_reduce #(
        .COUNT(LANES), .IN_WIDTH(IN_WIDTH), .IN_SIGNED(IN_SIGNED), .SUM(0), .OUT_WIDTH(IN_WIDTH),
        .STAGES(TREE)
    ) maximum_tree (.clk, .fire(fire[TREE:1]), .in(beat), .out(beat_maximum));
    weir_delay #(
        .WIDTH(LANES * IN_WIDTH), .STAGES(MAXIMUM)
    ) carry_x (.clk, .fire(fire[MAXIMUM:1]), .in(beat), .out(x));
    if (IN_SIGNED != 0) begin : signed_order
        assign larger = $signed(beat_maximum) > $signed(maximum);
    end else begin : unsigned_order
        assign larger = beat_maximum > maximum;
    end
    always_ff @(posedge clk)
        if (fire[MAXIMUM] && finds[MAXIMUM-1] && (is_first[MAXIMUM-1] || larger))
            maximum <= beat_maximum;

    // Exponentials: address, tables, product.
    localparam int U_BITS       = HI_BITS + LO_BITS;
    localparam int HI_WIDTH     = HI_FRACTION + 1;
    localparam int LO_WIDTH     = LO_FRACTION + 1;
    localparam int PRODUCT_BITS = HI_WIDTH + LO_WIDTH;
    logic [LANES*HI_BITS-1:0]  hi_address;
    logic [LANES*LO_BITS-1:0]  lo_address;
    logic [LANES*HI_WIDTH-1:0] hi;
    logic [LANES*LO_WIDTH-1:0] lo;
    logic [LANES*HI_WIDTH-1:0] exponential;
    for (genvar l = 0; l < LANES; l++) begin : exponential_lane
        // maximum - x is never negative, and has no more bits than x.
        // verilator lint_off UNUSEDSIGNAL
        logic [IN_WIDTH-1:0]     distance, u;
        logic [PRODUCT_BITS-1:0] product;
        // verilator lint_on UNUSEDSIGNAL
        logic [U_BITS-1:0]       limited;
        assign distance = maximum - x[l*IN_WIDTH+:IN_WIDTH];
        assign u = distance >> DROP;
        if (IN_WIDTH > U_BITS) begin : limit
            assign limited = |u[IN_WIDTH-1:U_BITS] ? '1 : u[U_BITS-1:0];
        end else begin : fits
            assign limited = U_BITS'(u);
        end
        always_ff @(posedge clk)
            if (fire[ADDRESS]) begin
                hi_address[l*HI_BITS+:HI_BITS] <= limited[U_BITS-1:LO_BITS];
                lo_address[l*LO_BITS+:LO_BITS] <= limited[LO_BITS-1:0];
            end
        always_ff @(posedge clk)
            if (fire[PRODUCT])
                product <= PRODUCT_BITS'(hi[l*HI_WIDTH+:HI_WIDTH]) *
                    PRODUCT_BITS'(lo[l*LO_WIDTH+:LO_WIDTH]);
        // Both factors are at most 1, so the product has the high factor's bits.
        assign exponential[l*HI_WIDTH+:HI_WIDTH] = product[LO_FRACTION+:HI_WIDTH];
    end
    weir_table #(
        .PORTS(LANES), .WIDTH(HI_WIDTH), .ADDRESS_WIDTH(HI_BITS), .FILE(HI_FILE)
    ) hi_values (.clk, .enable(fire[TABLES]), .address(hi_address), .data(hi));
    weir_table #(
        .PORTS(LANES), .WIDTH(LO_WIDTH), .ADDRESS_WIDTH(LO_BITS), .FILE(LO_FILE)
    ) lo_values (.clk, .enable(fire[TABLES]), .address(lo_address), .data(lo));

    // Sum of the beat, of the position.
    localparam int TOTAL_WIDTH = HI_FRACTION + EXPONENTS + 1;
    logic [TOTAL_WIDTH-1:0] beat_total, total;
    weir_reduce #(
        .COUNT(LANES), .IN_WIDTH(HI_WIDTH), .IN_SIGNED(0), .SUM(1), .OUT_WIDTH(TOTAL_WIDTH),
        .STAGES(TREE)
    ) total_tree (.clk, .fire(fire[TOTAL-1:PRODUCT+1]), .in(exponential), .out(beat_total));
    always_ff @(posedge clk)
        if (fire[TOTAL] && forms[TOTAL-1])
            total <= beat_total + (is_first[TOTAL-1] ? '0 : total);

    // Normalise: total = (1 + fraction) * 2^(exponent + HI_FRACTION).
    localparam int EXPONENT_WIDTH = EXPONENTS > 0 ? $clog2(EXPONENTS + 1) : 1;
    // verilator lint_off UNUSEDSIGNAL
    logic [TOTAL_WIDTH-1:0]    normal;
    // verilator lint_on UNUSEDSIGNAL
    logic [EXPONENT_WIDTH-1:0] places, shift;
    logic [INVERSE_BITS-1:0]   inverse_address;
    always_comb begin
        places = EXPONENT_WIDTH'(EXPONENTS);
        for (int e = 1; e <= EXPONENTS; e++)
            if (total[HI_FRACTION+e]) places = EXPONENT_WIDTH'(EXPONENTS - e);
    end
    assign normal = total << places;
    always_ff @(posedge clk)
        if (fire[TOTAL+1]) inverse_address <= normal[TOTAL_WIDTH-2-:INVERSE_BITS];
    weir_delay #(
        .WIDTH(EXPONENT_WIDTH), .STAGES(3)
    ) carry_places (.clk, .fire(fire[DIVIDE:TOTAL+1]), .in(places), .out(shift));

    // Reciprocal; meanwhile pass 1 stores its exponentials and pass 2 fetches them.
    localparam int INV_WIDTH = INV_FRACTION + 1;
    logic [INV_WIDTH-1:0]      inverse;
    logic [LANES*HI_WIDTH-1:0] carried, dividend;
    weir_table #(
        .PORTS(1), .WIDTH(INV_WIDTH), .ADDRESS_WIDTH(INVERSE_BITS), .FILE(INVERSE_FILE)
    ) inverse_values (
        .clk, .enable(fire[INVERSE]), .address(inverse_address), .data(inverse)
    );
    weir_delay #(
        .WIDTH(LANES * HI_WIDTH), .STAGES(TREE + 2)
    ) carry_exponential (
        .clk, .fire(fire[TOTAL+1:PRODUCT+1]), .in(exponential), .out(carried)
    );
    if (FOLDS > 1) begin : store
        logic [LANES*HI_WIDTH-1:0] cells[0:FOLDS-1];
        logic [FOLD_WIDTH-1:0]     at;
        weir_delay #(
            .WIDTH(FOLD_WIDTH), .STAGES(INVERSE)
        ) carry_fold (.clk, .fire(fire[INVERSE-1:0]), .in(fold), .out(at));
        always_ff @(posedge clk)
            if (fire[INVERSE]) begin
                if (forms[INVERSE-1]) cells[at] <= carried;
                dividend <= cells[at];
            end
    end else begin : pass_on
        always_ff @(posedge clk) if (fire[INVERSE]) dividend <= carried;
    end

    // Multiply, scale by the power of two, convert.
    localparam int QUOTIENT_WIDTH = HI_WIDTH + INV_WIDTH;
    localparam int RESULT_WIDTH   = QUOTIENT_WIDTH + EXPONENTS + 1;
    for (genvar l = 0; l < LANES; l++) begin : result_lane
        logic        [QUOTIENT_WIDTH-1:0] quotient;
        logic signed [RESULT_WIDTH-1:0]   result;
        logic        [OUT_WIDTH-1:0]      converted;
        always_ff @(posedge clk) begin
            if (fire[DIVIDE])
                quotient <= QUOTIENT_WIDTH'(dividend[l*HI_WIDTH+:HI_WIDTH]) *
                    QUOTIENT_WIDTH'(inverse);
            if (fire[SCALE]) result <= $signed(RESULT_WIDTH'(quotient) << shift);
        end
        weir_requant #(
            .IN_WIDTH(RESULT_WIDTH), .IN_FRACTION(HI_FRACTION + INV_FRACTION + EXPONENTS),
            .OUT_WIDTH(OUT_WIDTH), .OUT_FRACTION(OUT_FRACTION), .OUT_SIGNED(OUT_SIGNED),
            .ROUNDING(OUT_ROUNDING), .OVERFLOW(OUT_OVERFLOW)
        ) requant (.value(result), .result(converted));
        always_ff @(posedge clk) if (fire[CONVERT]) out[l*OUT_WIDTH+:OUT_WIDTH] <= converted;
    end
endmodule
