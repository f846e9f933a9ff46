// FIFO between two clocks: Gray-coded pointers through FLOPS synchroniser flip-flops, combinational
// flags, memory with asynchronous read (distributed RAM).
//
// Timing: a beat written at time t is readable from consumer edge N_out(t) + FLOPS, a beat read at
// time t frees its slot from producer edge N_in(t) + FLOPS, where N(t) is a clock's first edge
// strictly after t. Each side is held in reset up to its own edge 0 and works from it on; the other
// side's pointers lie at zero in its synchronisers until then, so that the two sides need not leave
// reset together. out_data is the head and holds while out_valid is high and out_ready low.
//   WIDTH  bits of a beat, at least 1        DEPTH  beats held, at least 1, any number
//   FLOPS  flip-flops of each synchroniser, at least 1 (metastability asks for 2 or more)
// Pointers count modulo a power of two above DEPTH, which keeps the Gray code cyclic for any DEPTH;
// full is a difference of DEPTH. Source of the structure: C. E. Cummings, "Simulation and Synthesis
// Techniques for Asynchronous FIFO Design", SNUG 2002.
module weir_fifo_cdc #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 16,
    parameter int FLOPS = 2
) (
    input  logic             in_clk,
    input  logic             in_rst,
    input  logic             in_valid,
    output logic             in_ready,
    input  logic [WIDTH-1:0] in_data,
    input  logic             out_clk,
    input  logic             out_rst,
    output logic             out_valid,
    input  logic             out_ready,
    output logic [WIDTH-1:0] out_data
);
    if (WIDTH < 1) $error("weir_fifo_cdc: WIDTH is %0d, minimum 1", WIDTH);
    if (DEPTH < 1) $error("weir_fifo_cdc: DEPTH is %0d, minimum 1", DEPTH);
    if (FLOPS < 1) $error("weir_fifo_cdc: FLOPS is %0d, minimum 1", FLOPS);

    localparam int POINTER_BITS = DEPTH > 0 ? $clog2(DEPTH + 1) : 1;
    localparam int ADDRESS_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
    localparam int SYNC_BITS = (FLOPS > 0 ? FLOPS : 1) * POINTER_BITS;

    logic [WIDTH-1:0]        memory [0:(1<<ADDRESS_BITS)-1];
    logic [POINTER_BITS-1:0] written, write_gray, read_seen; // producer's clock
    logic [POINTER_BITS-1:0] was_read, read_gray;            // consumer's clock
    (* ASYNC_REG = "TRUE" *) logic [SYNC_BITS-1:0] read_sync;  // newest in the lowest bits
    (* ASYNC_REG = "TRUE" *) logic [SYNC_BITS-1:0] write_sync;
    logic                    write, read;

    // Producer's side.
    for (genvar i = 0; i < POINTER_BITS; i++) begin : g_binary
        assign read_seen[i] = ^read_sync[SYNC_BITS-1 : SYNC_BITS-POINTER_BITS+i];
    end
    logic [POINTER_BITS-1:0] held, written_next;
    assign held         = written - read_seen;
    assign in_ready     = held != POINTER_BITS'(DEPTH);
    assign write        = in_valid & in_ready;
    assign written_next = written + POINTER_BITS'(write);

    always_ff @(posedge in_clk)
        if (in_rst) begin
            written    <= '0;
            write_gray <= '0;
            read_sync  <= '0;
        end else begin
            written    <= written_next;
            write_gray <= written_next ^ (written_next >> 1);
            read_sync  <= SYNC_BITS'({read_sync, read_gray});
        end

    always_ff @(posedge in_clk) if (write) memory[ADDRESS_BITS'(written)] <= in_data;

    // Consumer's side.
    logic [POINTER_BITS-1:0] was_read_next;
    assign out_valid     = read_gray != write_sync[SYNC_BITS-1 -: POINTER_BITS];
    assign read          = out_valid & out_ready;
    assign was_read_next = was_read + POINTER_BITS'(read);
    assign out_data      = memory[ADDRESS_BITS'(was_read)];

    always_ff @(posedge out_clk)
        if (out_rst) begin
            was_read   <= '0;
            read_gray  <= '0;
            write_sync <= '0;
        end else begin
            was_read   <= was_read_next;
            read_gray  <= was_read_next ^ (was_read_next >> 1);
            write_sync <= SYNC_BITS'({write_sync, write_gray});
        end
endmodule
