// FIFO between two processes of one clock: a memory with synchronous read (block RAM, UltraRAM)
// followed by an output register.
//
// Timing: a beat written at edge n is readable from edge n + 2 (memory, then output register), a
// beat read at edge n frees its slot from edge n + 1 (Lf = 2, Lb = 1). DEPTH counts the beats of
// memory and output register together. A write is never accepted while full, even with a read in
// the same cycle. out_data is the head and holds while out_valid is high and out_ready low.
//   WIDTH  bits of a beat, at least 1        DEPTH  beats held, at least 2
//   STYLE  kind of memory for synthesis: "auto", "block", "ultra" or "distributed" (ram_style)
// The head always waits in the output register once it has been there for a cycle, so that the
// memory needs DEPTH - 1 words; it has two at least, so that an edge never reads and writes the
// same word and the memory's collision behaviour cannot matter.
module weir_fifo_memory #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 128,
    /* verilator lint_off UNUSEDPARAM */ // only an attribute reads it
    parameter     STYLE = "auto"
    /* verilator lint_on UNUSEDPARAM */
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             in_valid,
    output logic             in_ready,
    input  logic [WIDTH-1:0] in_data,
    output logic             out_valid,
    input  logic             out_ready,
    output logic [WIDTH-1:0] out_data
);
    if (WIDTH < 1) $error("weir_fifo_memory: WIDTH is %0d, minimum 1", WIDTH);
    if (DEPTH < 2) $error("weir_fifo_memory: DEPTH is %0d, minimum 2", DEPTH);

    localparam int WORDS = DEPTH > 2 ? DEPTH - 1 : 2;
    localparam int ADDRESS_BITS = $clog2(WORDS);
    localparam int COUNT_BITS = DEPTH > 0 ? $clog2(DEPTH + 1) : 1;

    (* ram_style = STYLE *)
    logic [WIDTH-1:0]        memory [0:WORDS-1];
    logic [WIDTH-1:0]        head;
    logic [ADDRESS_BITS-1:0] write_address, read_address;
    logic [COUNT_BITS-1:0]   total;  // beats held
    logic [COUNT_BITS-1:0]   stored; // of these, in the memory
    logic                    write, read, fetch;

    assign in_ready = total != COUNT_BITS'(DEPTH);
    assign write    = in_valid & in_ready;
    assign read     = out_valid & out_ready;
    assign fetch    = stored != '0 && (!out_valid || out_ready);
    assign out_data = head;

    always_ff @(posedge clk)
        if (rst) begin
            total         <= '0;
            stored        <= '0;
            out_valid     <= 1'b0;
            write_address <= '0;
            read_address  <= '0;
        end else begin
            total     <= total + COUNT_BITS'(write) - COUNT_BITS'(read);
            stored    <= stored + COUNT_BITS'(write) - COUNT_BITS'(fetch);
            out_valid <= fetch | (out_valid & ~out_ready);
            if (write)
                write_address <= write_address == ADDRESS_BITS'(WORDS - 1) ? '0
                                                                           : write_address + 1'b1;
            if (fetch)
                read_address <= read_address == ADDRESS_BITS'(WORDS - 1) ? '0
                                                                         : read_address + 1'b1;
        end

    // One write port, one synchronous read port, no reset: what block RAM is inferred from.
    always_ff @(posedge clk) if (write) memory[write_address] <= in_data;
    always_ff @(posedge clk) if (fetch) head <= memory[read_address];
endmodule
