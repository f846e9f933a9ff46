// Packed memory: the weights of up to four layers in one block RAM with two physical ports, read at
// twice the layers' clock.
//
// `clk` is the memory's clock. Its cycles are slot 0 and slot 1 in turn, slot 0 first after reset; in
// each, a physical port serves one of its two logical ports. Logical port l belongs to physical port
// l / 2 and to slot l % 2, so that it can read a word in every cycle of the layers' clock. It sends its
// words, WORDS[l] of them from address BASE[l] on, one after another and from the first again:
// out_valid and out_ready of port l meet at the edges of its slot, which are those of a clock of the
// layers' period, half a period later for slot 1. At these edges each port does what
// rtl/weir_weight_stream.sv does. A word is there from the memory's next edge on, in a register of the
// port: the block's own is overwritten by the other slot.
//   WIDTH, DEPTH    of the block: of layers one after the other, the widest word and all words together
//   BASES, COUNTS   of the four ports, 32 bits each, port 0 lowest; a count of 0: the port is not used
// Layers may lie side by side: their addresses then overlap, and of its port's word each takes its bits.
// FILE: the block's words, one hexadecimal number a line; empty: a simulator fills the memory.
module weir_packed_memory #(
    parameter int WIDTH = 18,
    parameter int DEPTH = 4,
    parameter logic [127:0] BASES  = {32'd3, 32'd2, 32'd1, 32'd0},
    parameter logic [127:0] COUNTS = {32'd1, 32'd1, 32'd1, 32'd1},
    parameter FILE = ""
) (
    input  logic               clk,
    input  logic               rst,
    output logic [3:0]         out_valid,
    input  logic [3:0]         out_ready,
    output logic [4*WIDTH-1:0] out_data
);
    localparam int BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;

    logic [WIDTH-1:0] mem [0:DEPTH-1]  /*verilator public_flat_rw*/;
    if (FILE != "") begin : load
        initial $readmemh(FILE, mem);
    end

    logic slot; // of the next edge
    always_ff @(posedge clk)
        if (rst) slot <= 1'b0;
        else slot <= ~slot;

    logic [3:0]        enable; // the port reads at the next edge
    logic [4*BITS-1:0] address;
    for (genvar l = 0; l < 4; l++) begin : logical
        localparam logic [31:0] COUNT = COUNTS[32*l+:32];
        if (COUNT != 0) begin : used
            localparam logic [BITS-1:0] FIRST = BITS'(BASES[32*l+:32]);
            localparam logic [BITS-1:0] LAST = BITS'(BASES[32*l+:32] + COUNTS[32*l+:32] - 1);
            logic at_edge;
            assign at_edge = slot == (l % 2 != 0);
            assign enable[l] = at_edge & (~out_valid[l] | out_ready[l]);
            always_ff @(posedge clk)
                if (rst) begin
                    address[BITS*l+:BITS] <= FIRST;
                    out_valid[l] <= 1'b0;
                end else if (enable[l]) begin
                    address[BITS*l+:BITS] <=
                        address[BITS*l+:BITS] == LAST ? FIRST : address[BITS*l+:BITS] + 1'b1;
                    out_valid[l] <= 1'b1;
                end
        end else begin : unused
            logic never;
            assign never = &{1'b0, out_ready[l]};
            assign enable[l] = never;
            assign out_valid[l] = 1'b0;
            assign address[BITS*l+:BITS] = '0;
        end
    end

    for (genvar p = 0; p < 2; p++) begin : physical
        logic [WIDTH-1:0] word;
        logic [1:0]       fresh; // `word` was read for this slot at the latest edge
        logic             other;
        assign other = enable[2*p+1];
        always_ff @(posedge clk)
            if (enable[2*p] | other)
                word <= mem[other ? address[BITS*(2*p+1)+:BITS] : address[BITS*2*p+:BITS]];
        always_ff @(posedge clk) fresh <= enable[2*p+:2];
        for (genvar s = 0; s < 2; s++) begin : hold
            always_ff @(posedge clk)
                if (fresh[s]) out_data[WIDTH*(2*p+s)+:WIDTH] <= word;
        end
    end
endmodule
