// Carries a value along STAGES stages of a pipeline: fire[s] loads the register behind stage s.
module weir_delay #(
    parameter int WIDTH  = 8,
    parameter int STAGES = 1
) (
    input  logic              clk,
    input  logic [STAGES-1:0] fire,
    input  logic [WIDTH-1:0]  in,
    output logic [WIDTH-1:0]  out
);
    logic [STAGES*WIDTH-1:0] held;
    always_ff @(posedge clk) begin
        if (fire[0]) held[WIDTH-1:0] <= in;
        for (int s = 1; s < STAGES; s++)
            if (fire[s]) held[s*WIDTH+:WIDTH] <= held[(s-1)*WIDTH+:WIDTH];
    end
    assign out = held[(STAGES-1)*WIDTH+:WIDTH];
endmodule
