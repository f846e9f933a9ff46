// Whose turn it is: each of PORTS in order gets BEATS steps, one share.
//
//   SHARES  shares after which port 0 is next whoever had the last one; 0: the turns go round for ever
// turn has one bit for each port and moves on by `step`.
module weir_turn #(
    parameter int PORTS  = 2,
    parameter int BEATS  = 1,
    parameter int SHARES = 0
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             step,
    output logic [PORTS-1:0] turn
);
    if (PORTS < 2) $error("weir_turn: PORTS is %0d, minimum 2", PORTS);
    if (BEATS < 1) $error("weir_turn: BEATS is %0d, minimum 1", BEATS);

    logic ends, restarts;
    if (BEATS > 1) begin : beats
        localparam int BITS = $clog2(BEATS);
        logic [BITS-1:0] beat;
        always_ff @(posedge clk)
            if (rst) beat <= '0;
            else if (step) beat <= ends ? '0 : beat + 1'b1;
        assign ends = beat == BITS'(BEATS - 1);
    end else begin : single
        assign ends = 1'b1;
    end
    if (SHARES > 1) begin : shares
        localparam int BITS = $clog2(SHARES);
        logic [BITS-1:0] share;
        always_ff @(posedge clk)
            if (rst) share <= '0;
            else if (step & ends) share <= restarts ? '0 : share + 1'b1;
        assign restarts = share == BITS'(SHARES - 1);
    end else begin : endless
        assign restarts = 1'b0;
    end
    always_ff @(posedge clk)
        if (rst) turn <= PORTS'(1);
        else if (step & ends) turn <= restarts ? PORTS'(1) : {turn[PORTS-2:0], turn[PORTS-1]};
endmodule
