// Before a FIFO that takes no two beats in a row: a write comes no earlier than GAP cycles after the
// write before it, as in vendors' memory FIFOs of two beats.
//
// Only the handshake passes through here, the data go to the FIFO as they are. in_ready is low, and
// out_valid with it, in the GAP - 1 cycles after a write; else both are the FIFO's and the writer's.
//   GAP  least cycles from one write to the next, at least 2
module weir_fifo_gap #(
    parameter int GAP = 2
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    output logic out_valid,
    input  logic out_ready
);
    if (GAP < 2) $error("weir_fifo_gap: GAP is %0d, minimum 2", GAP);

    localparam int BITS = GAP > 1 ? $clog2(GAP) : 1;

    logic [BITS-1:0] left; // cycles until the next write may come
    logic            open;

    assign open      = left == '0;
    assign in_ready  = out_ready & open;
    assign out_valid = in_valid & open;

    always_ff @(posedge clk)
        if (rst) left <= '0;
        else if (out_valid & out_ready) left <= BITS'(GAP - 1);
        else if (!open) left <= left - 1'b1;
endmodule
