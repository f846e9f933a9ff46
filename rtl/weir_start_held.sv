// The testbench of an imported design, start policy "held": ap_start is 1 from the first edge on for
// ever. Its level is a channel of tokens that never runs empty; each ap_ready takes one. Tokens of
// ap_done are taken and forgotten.
module weir_start_held (
    input  logic clk,
    input  logic rst,
    input  logic in0_valid,
    output logic in0_ready,
    input  logic [0:0] in0_data,
    output logic out0_valid,
    input  logic out0_ready,
    output logic [0:0] out0_data
);
    assign in0_ready = 1'b1;
    assign out0_valid = 1'b1;
    assign out0_data = 1'b1;
    logic unused;
    assign unused = &{1'b0, clk, rst, in0_valid, in0_data, out0_ready};
endmodule
