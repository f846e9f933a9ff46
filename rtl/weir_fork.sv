// Fork: every beat to each of OUTPUTS streams.
//
// ELASTIC, 2 stages. A step takes a beat and sends it to all outputs in one cycle: it ends only when
// every output is ready. out_valid[q] waits for the other outputs but never for its own out_ready.
module weir_fork #(
    parameter int WIDTH   = 8,
    parameter int OUTPUTS = 2
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
    if (OUTPUTS < 2) $error("weir_fork: OUTPUTS is %0d, minimum 2", OUTPUTS);

    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    assign in_ready = advance;
    assign start = in_valid;
    assign finish = &out_ready;
    always_ff @(posedge clk) if (fire[0]) out_data <= in_data;

    for (genvar q = 0; q < OUTPUTS; q++) begin : port
        localparam logic [OUTPUTS-1:0] OWN = OUTPUTS'(1) << q;
        assign out_valid[q] = valid[0] & (&(out_ready | OWN));
    end

    // The last stage acts by `finish`.
    logic unused;
    assign unused = &{1'b0, fire[1]};
endmodule
