// Distributor: the beats of a stream in shares of BEATS to OUTPUTS streams in turn.
//
// ELASTIC, 2 stages. A step takes a beat and sends it to the output whose turn it is.
//   SHARES  shares of a frame where they do not divide by OUTPUTS: each frame begins with output 0;
//           0: the turns go round for ever
module weir_distribute #(
    parameter int WIDTH   = 8,
    parameter int OUTPUTS = 2,
    parameter int BEATS   = 1,
    parameter int SHARES  = 0
) (
    input  logic               clk,
    input  logic               rst,
    input  logic               in_valid,
    output logic               in_ready,
    input  logic [WIDTH-1:0]   in_data,
    output logic [OUTPUTS-1:0] out_valid,
    input  logic [OUTPUTS-1:0] out_ready,
    output logic [WIDTH-1:0]   out_data
);
    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    // The turn of the step at stage 0, and of the beat that is held.
    logic [OUTPUTS-1:0] turn, held;
    weir_turn #(.PORTS(OUTPUTS), .BEATS(BEATS), .SHARES(SHARES)) turns (
        .clk,
        .rst,
        .step(fire[0]),
        .turn
    );
    always_ff @(posedge clk)
        if (fire[0]) begin
            out_data <= in_data;
            held <= turn;
        end

    assign in_ready = advance;
    assign start = in_valid;
    assign out_valid = held & {OUTPUTS{valid[0]}};
    assign finish = (held & out_ready) != '0;

    // The last stage acts by `finish`.
    logic unused;
    assign unused = &{1'b0, fire[1]};
endmodule
