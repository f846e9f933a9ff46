// Collector: shares of BEATS beats from INPUTS streams in turn, as one stream.
//
// ELASTIC, 2 stages. A step takes a beat of the input whose turn it is and sends it.
//   INPUTS  streams, input p's beat is in_data[p*WIDTH +: WIDTH]
//   SHARES  shares of a frame where they do not divide by INPUTS: each frame begins with input 0;
//           0: the turns go round for ever
module weir_collect #(
    parameter int WIDTH  = 8,
    parameter int INPUTS = 2,
    parameter int BEATS  = 1,
    parameter int SHARES = 0
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic [INPUTS-1:0]       in_valid,
    output logic [INPUTS-1:0]       in_ready,
    input  logic [INPUTS*WIDTH-1:0] in_data,
    output logic                    out_valid,
    input  logic                    out_ready,
    output logic [WIDTH-1:0]        out_data
);
    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    logic [INPUTS-1:0] turn;
    logic [WIDTH-1:0]  beat;
    weir_turn #(.PORTS(INPUTS), .BEATS(BEATS), .SHARES(SHARES)) turns (
        .clk,
        .rst,
        .step(fire[0]),
        .turn
    );
    always_comb begin
        beat = '0;
        for (int p = 0; p < INPUTS; p++) if (turn[p]) beat = in_data[p*WIDTH+:WIDTH];
    end
    always_ff @(posedge clk) if (fire[0]) out_data <= beat;

    assign in_ready = turn & {INPUTS{advance}};
    assign start = (turn & in_valid) != '0;
    assign out_valid = valid[0];
    assign finish = out_ready;

    // The last stage acts by `finish`.
    logic unused;
    assign unused = &{1'b0, fire[1]};
endmodule
