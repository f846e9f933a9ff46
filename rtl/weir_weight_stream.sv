// Logical port of a packed memory as a process of its own: the WORDS words of a layer's weights, one
// after another and from the first again, without end.
//
// ELASTIC, two stages: stage 0 addresses the memory, stage 1 sends. Its clock has the period of the
// layer's and the phase of the port's slot in the memory's cycle (rtl/weir_packed_memory.sv, which
// does the same on its four ports); it has a copy of its own of the words, which never change.
// FILE: the words, one hexadecimal number a line; empty: a simulator fills the memory.
module weir_weight_stream #(
    parameter int WIDTH = 8,
    parameter int WORDS = 1,
    parameter     FILE  = ""
) (
    input  logic             clk,
    input  logic             rst,
    output logic             out_valid,
    input  logic             out_ready,
    output logic [WIDTH-1:0] out_data
);
    localparam int BITS = WORDS > 1 ? $clog2(WORDS) : 1;

    logic            start, finish;
    // verilator lint_off UNUSEDSIGNAL
    logic            advance;
    logic [1:0]      fire;
    // verilator lint_on UNUSEDSIGNAL
    logic [0:0]      valid;
    logic [BITS-1:0] address;
    weir_pipe #(.STAGES(2)) pipe (.*);
    assign start = 1'b1;
    assign finish = out_ready;
    assign out_valid = valid[0];

    always_ff @(posedge clk)
        if (rst) address <= '0;
        else if (fire[0]) address <= address == BITS'(WORDS - 1) ? '0 : address + 1'b1;

    weir_rom #(
        .WIDTH(WIDTH),
        .DEPTH(WORDS),
        .FILE (FILE)
    ) weights (
        .clk,
        .enable(fire[0]),
        .address,
        .data  (out_data)
    );
endmodule
