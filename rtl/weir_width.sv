// Width converter: the same bits in beats of another size; one size divides the other.
//
// ELASTIC, 2 stages. A step is one of the narrower beats, the lowest bits of the wide one first.
//   IN_BITS <= OUT_BITS  every step reads, the last of a wide beat writes
//   IN_BITS >  OUT_BITS  the first step of a wide beat reads, every step writes
module weir_width #(
    parameter int IN_BITS  = 8,
    parameter int OUT_BITS = 8
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [IN_BITS-1:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [OUT_BITS-1:0] out_data
);
    localparam int RATIO = IN_BITS > OUT_BITS ? IN_BITS / OUT_BITS : OUT_BITS / IN_BITS;
    localparam int PART_BITS = RATIO > 1 ? $clog2(RATIO) : 1;

    if (IN_BITS % OUT_BITS != 0 && OUT_BITS % IN_BITS != 0)
        $error("weir_width: %0d to %0d bits, one must divide the other", IN_BITS, OUT_BITS);

    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    logic [PART_BITS-1:0] part; // of the wide beat, at stage 0
    logic first, last;
    assign first = part == '0;
    assign last = part == PART_BITS'(RATIO - 1);
    always_ff @(posedge clk)
        if (rst) part <= '0;
        else if (fire[0]) part <= last ? '0 : part + 1'b1;

    if (IN_BITS <= OUT_BITS) begin : gather
        logic whole;
        always_ff @(posedge clk) if (fire[0]) whole <= last;
        if (RATIO > 1) begin : shift
            always_ff @(posedge clk)
                if (fire[0]) out_data <= {in_data, out_data[OUT_BITS-1:IN_BITS]};
        end else begin : hold
            always_ff @(posedge clk) if (fire[0]) out_data <= in_data;
        end
        assign in_ready = advance;
        assign start = in_valid;
        assign out_valid = valid[0] & whole;
        assign finish = out_ready | ~whole;
    end else begin : split
        logic [IN_BITS-1:0] rest;
        always_ff @(posedge clk) if (fire[0]) rest <= first ? in_data : rest >> OUT_BITS;
        assign out_data = rest[OUT_BITS-1:0];
        assign in_ready = advance & first;
        assign start = in_valid | ~first;
        assign out_valid = valid[0];
        assign finish = out_ready;
    end

    logic unused;
    assign unused = &{1'b0, fire[1], first};
endmodule
