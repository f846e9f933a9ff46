// FIFO between two processes of one clock, kept in shift registers (SRL; plain registers at DEPTH 1
// and 2).
//
// Timing: a beat written at edge n is readable from edge n + 1, a beat read at edge n frees its
// slot from edge n + 1 (Lf = Lb = 1). Both flags come from registers only: a write is never
// accepted while full, even with a read in the same cycle, so DEPTH 1 passes a beat every second
// cycle.
// out_data is the head and holds while out_valid is high and out_ready low.
//   WIDTH  bits of a beat, at least 1        DEPTH  beats held, at least 1
// Synthesis (SYNTHESIS defined, as Yosys and Vivado do) gets one shift register a bit, read at the
// oldest beat, without reset, as an SRL has none. Simulation gets the same beats in a ring, as
// moving all of them at every write would slow a design down. Both are tested.
module weir_fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2
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
    if (WIDTH < 1) $error("weir_fifo: WIDTH is %0d, minimum 1", WIDTH);
    if (DEPTH < 1) $error("weir_fifo: DEPTH is %0d, minimum 1", DEPTH);

    localparam int COUNT_BITS = DEPTH > 0 ? $clog2(DEPTH + 1) : 1;
    localparam int INDEX_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;

    logic [COUNT_BITS-1:0] count;
    logic                  write, read;

    assign write = in_valid & in_ready;
    assign read  = out_valid & out_ready;

    always_ff @(posedge clk)
        if (rst) begin
            count     <= '0;
            in_ready  <= 1'b1;
            out_valid <= 1'b0;
        end else if (write != read) begin
            count     <= write ? count + 1'b1 : count - 1'b1;
            in_ready  <= !(write && count == COUNT_BITS'(DEPTH - 1));
            out_valid <= !(read && count == COUNT_BITS'(1));
        end

`ifdef SYNTHESIS
    logic [INDEX_BITS-1:0] head; // of the oldest beat: count - 1, 0 when empty
    always_ff @(posedge clk)
        if (rst) head <= '0;
        else if (write != read)
            if (write) head <= out_valid ? head + 1'b1 : '0;
            else head <= head == '0 ? '0 : head - 1'b1;

    for (genvar i = 0; i < WIDTH; i++) begin : g_bit
        logic [DEPTH-1:0] line; // line[0] is of the newest beat
        always_ff @(posedge clk) if (write) line <= DEPTH'({line, in_data[i]});
        assign out_data[i] = line[head];
    end
`else
    logic [WIDTH-1:0]      beats [0:DEPTH-1];
    logic [INDEX_BITS-1:0] tail, head; // next beat to write, oldest beat
    always_ff @(posedge clk)
        if (rst) begin
            tail <= '0;
            head <= '0;
        end else begin
            if (write) tail <= tail == INDEX_BITS'(DEPTH - 1) ? '0 : tail + 1'b1;
            if (read) head <= head == INDEX_BITS'(DEPTH - 1) ? '0 : head + 1'b1;
        end
    always_ff @(posedge clk) if (write) beats[tail] <= in_data;
    assign out_data = beats[head];
`endif
endmodule
