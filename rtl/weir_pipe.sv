// Control of an elastic pipeline: STAGES stages with a register between each two, bubbles collapse.
//
// Stage s executes a step in the cycle in which fire[s] is high. Stage 0 fires when the module says
// that a step may start (`start`: every beat it reads is there); the last stage fires when its step
// may end (`finish`: every beat it writes is taken). `advance` is fire[0] without `start`: stage 0
// would take a step now. valid[s] tells that the register behind stage s holds a step.
// Timing: E(i,s) = max(E(i,s-1)+1, E(i-1,s)+1, E(i-1,s+1) if s < STAGES-1, gates at s).
module weir_pipe #(
    parameter int STAGES = 2
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                start,
    input  logic                finish,
    output logic                advance,
    output logic [STAGES-1:0]   fire,
    output logic [STAGES-2:0]   valid
);
    if (STAGES < 2) $error("weir_pipe: STAGES is %0d, minimum 2", STAGES);

    logic [STAGES-1:0] go;
    always_comb begin
        go = '0;
        go[STAGES-1] = valid[STAGES-2] & finish;
        for (int s = STAGES - 2; s > 0; s--) go[s] = valid[s-1] & (~valid[s] | go[s+1]);
        go[0] = ~valid[0] | go[1];
    end
    assign advance = go[0];
    assign fire = {go[STAGES-1:1], go[0] & start};

    always_ff @(posedge clk)
        if (rst) valid <= '0;
        else for (int s = 0; s < STAGES - 1; s++) valid[s] <= fire[s] | (valid[s] & ~fire[s+1]);
endmodule
