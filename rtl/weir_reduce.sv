// Sum or maximum of COUNT elements: a tree that joins four at a time, with a register behind each
// join, so STAGES = max(1, ceil(log4 COUNT)) pipeline stages.
//
// Element i is in[i*IN_WIDTH +: IN_WIDTH]. A sum is exact where OUT_WIDTH holds it, and signed; a
// maximum keeps the element's type (OUT_WIDTH = IN_WIDTH). fire[s] loads the register behind join s.
module weir_reduce #(
    parameter int COUNT     = 4,
    parameter int IN_WIDTH  = 16,
    parameter int IN_SIGNED = 1,
    parameter int SUM       = 0,
    parameter int OUT_WIDTH = 16,
    parameter int STAGES    = COUNT <= 4 ? 1 : ($clog2(COUNT) + 1) / 2
) (
    input  logic                      clk,
    input  logic [STAGES-1:0]         fire,
    input  logic [COUNT*IN_WIDTH-1:0] in,
    output logic [OUT_WIDTH-1:0]      out
);
    if (4 ** STAGES < COUNT) $error("weir_reduce: %0d stages join at most %0d elements, not %0d",
                                    STAGES, 4 ** STAGES, COUNT);
    if (OUT_WIDTH < IN_WIDTH) $error("weir_reduce: OUT_WIDTH is %0d, at least IN_WIDTH %0d",
                                     OUT_WIDTH, IN_WIDTH);

    logic [COUNT*OUT_WIDTH-1:0] leaves;
    for (genvar i = 0; i < COUNT; i++) begin : extend
        if (OUT_WIDTH == IN_WIDTH) begin : same
            assign leaves[i*OUT_WIDTH+:OUT_WIDTH] = in[i*IN_WIDTH+:IN_WIDTH];
        end else begin : wider
            assign leaves[i*OUT_WIDTH+:OUT_WIDTH] = {
                {(OUT_WIDTH - IN_WIDTH) {IN_SIGNED != 0 & in[(i+1)*IN_WIDTH-1]}},
                in[i*IN_WIDTH+:IN_WIDTH]
            };
        end
    end

    for (genvar s = 0; s < STAGES; s++) begin : join_stage
        localparam int FROM = (COUNT + 4 ** s - 1) / (4 ** s);
        localparam int TO   = (FROM + 3) / 4;
        logic [FROM*OUT_WIDTH-1:0] from;
        logic [TO*OUT_WIDTH-1:0]   joined;
        logic [TO*OUT_WIDTH-1:0]   held;
        if (s == 0) begin : first
            assign from = leaves;
        end else begin : later
            assign from = join_stage[s-1].held;
        end
        for (genvar g = 0; g < TO; g++) begin : group
            logic [OUT_WIDTH-1:0] a, b, c, d, ab, cd;
            // What is missing from the last group: nothing to add, or nothing that is larger.
            assign a = from[4*g*OUT_WIDTH+:OUT_WIDTH];
            if (4 * g + 1 < FROM) assign b = from[(4*g+1)*OUT_WIDTH+:OUT_WIDTH];
            else assign b = SUM != 0 ? '0 : a;
            if (4 * g + 2 < FROM) assign c = from[(4*g+2)*OUT_WIDTH+:OUT_WIDTH];
            else assign c = SUM != 0 ? '0 : a;
            if (4 * g + 3 < FROM) assign d = from[(4*g+3)*OUT_WIDTH+:OUT_WIDTH];
            else assign d = SUM != 0 ? '0 : a;
            if (SUM != 0) begin : add
                assign ab = a + b;
                assign cd = c + d;
                assign joined[g*OUT_WIDTH+:OUT_WIDTH] = ab + cd;
            end else if (IN_SIGNED != 0) begin : signed_maximum
                assign ab = $signed(a) > $signed(b) ? a : b;
                assign cd = $signed(c) > $signed(d) ? c : d;
                assign joined[g*OUT_WIDTH+:OUT_WIDTH] = $signed(ab) > $signed(cd) ? ab : cd;
            end else begin : unsigned_maximum
                assign ab = a > b ? a : b;
                assign cd = c > d ? c : d;
                assign joined[g*OUT_WIDTH+:OUT_WIDTH] = ab > cd ? ab : cd;
            end
        end
        always_ff @(posedge clk) if (fire[s]) held <= joined;
    end
    assign out = join_stage[STAGES-1].held;
endmodule
