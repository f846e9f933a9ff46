// Element-wise activation by a table, LANES elements a beat. The table's entry is x >> SHIFT, limited
// to the ADDRESS_WIDTH bits that it has (two's complement).
//
// HALF 0: every x by the table. HALF 1: x < 0 by the table, x >= 0 by the line x * POSITIVE with
// SLOPE_FRACTION fraction bits more than x, converted as in weir_lines.
// Stages: address, read. fire[s] loads the register behind stage s.
module weir_activation #(
    parameter int LANES          = 1,
    parameter int IN_WIDTH       = 16,
    parameter int IN_FRACTION    = 10,
    parameter int IN_SIGNED      = 1,
    parameter int HALF           = 0,
    parameter int POSITIVE       = 1,
    parameter int SLOPE_FRACTION = 0,
    parameter int SLOPE_WIDTH    = 2,
    parameter int SHIFT          = 0,
    parameter int ADDRESS_WIDTH  = 10,
    parameter     FILE           = "",
    parameter int OUT_WIDTH      = 16,
    parameter int OUT_FRACTION   = 10,
    parameter int OUT_SIGNED     = 1,
    parameter int OUT_ROUNDING   = 0,
    parameter int OUT_OVERFLOW   = 0
) (
    input  logic                       clk,
    input  logic [1:0]                 fire,
    input  logic [LANES*IN_WIDTH-1:0]  in,
    output logic [LANES*OUT_WIDTH-1:0] out
);
    localparam int LOW =
        HALF != 0 ? -(1 << ADDRESS_WIDTH) : IN_SIGNED != 0 ? -(1 << (ADDRESS_WIDTH - 1)) : 0;
    localparam int HIGH = LOW + (1 << ADDRESS_WIDTH) - 1;
    // Room for x as a signed number and for the limits.
    localparam int WIDTH = IN_WIDTH + 1 > ADDRESS_WIDTH + 2 ? IN_WIDTH + 1 : ADDRESS_WIDTH + 2;

    logic [LANES*ADDRESS_WIDTH-1:0] address;
    logic [LANES*OUT_WIDTH-1:0]     entry;
    for (genvar l = 0; l < LANES; l++) begin : lane
        logic signed [WIDTH-1:0] x, index;
        assign x = $signed({
            {(WIDTH - IN_WIDTH) {IN_SIGNED != 0 & in[(l+1)*IN_WIDTH-1]}}, in[l*IN_WIDTH+:IN_WIDTH]
        });
        assign index = x >>> SHIFT;
        always_ff @(posedge clk)
            if (fire[0]) begin
                if (index > WIDTH'(HIGH))
                    address[l*ADDRESS_WIDTH+:ADDRESS_WIDTH] <= ADDRESS_WIDTH'(HIGH);
                else if (index < WIDTH'(LOW))
                    address[l*ADDRESS_WIDTH+:ADDRESS_WIDTH] <= ADDRESS_WIDTH'(LOW);
                else address[l*ADDRESS_WIDTH+:ADDRESS_WIDTH] <= index[ADDRESS_WIDTH-1:0];
            end
    end
    weir_table #(
        .PORTS(LANES), .WIDTH(OUT_WIDTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .FILE(FILE)
    ) values (.clk, .enable(fire[1]), .address, .data(entry));

    if (HALF != 0) begin : half
        logic [LANES*OUT_WIDTH-1:0] line;
        logic [LANES-1:0]           negative, below;
        weir_lines #(
            .LANES(LANES), .IN_WIDTH(IN_WIDTH), .IN_FRACTION(IN_FRACTION), .IN_SIGNED(IN_SIGNED),
            .MULTIPLY(1), .POSITIVE(POSITIVE), .NEGATIVE(0), .SLOPE_FRACTION(SLOPE_FRACTION),
            .SLOPE_WIDTH(SLOPE_WIDTH), .OUT_WIDTH(OUT_WIDTH), .OUT_FRACTION(OUT_FRACTION),
            .OUT_SIGNED(OUT_SIGNED), .OUT_ROUNDING(OUT_ROUNDING), .OUT_OVERFLOW(OUT_OVERFLOW)
        ) above (.clk, .fire, .in, .out(line));
        for (genvar l = 0; l < LANES; l++) begin : choose
            assign negative[l] = in[(l+1)*IN_WIDTH-1];
            assign out[l*OUT_WIDTH+:OUT_WIDTH] =
                below[l] ? entry[l*OUT_WIDTH+:OUT_WIDTH] : line[l*OUT_WIDTH+:OUT_WIDTH];
        end
        weir_delay #(.WIDTH(LANES), .STAGES(2)) signs (.clk, .fire, .in(negative), .out(below));
    end else begin : whole
        assign out = entry;
    end
endmodule
