// The testbench of an imported design, start policy "pulsed": one token of ap_start, which ap_ready
// takes, and the next one when a token of ap_done has come.
module weir_start_pulsed (
    input  logic clk,
    input  logic rst,
    input  logic in0_valid,
    output logic in0_ready,
    input  logic [0:0] in0_data,
    output logic out0_valid,
    input  logic out0_ready,
    output logic [0:0] out0_data
);
    logic due; // a start that could not be handed on yet
    assign in0_ready = 1'b1;
    assign out0_valid = due | in0_valid;
    assign out0_data = 1'b1;
    always_ff @(posedge clk) due <= rst | ((due | in0_valid) & ~out0_ready);
    logic unused;
    assign unused = &{1'b0, in0_data};
endmodule
