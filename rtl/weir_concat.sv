// Concatenation: at each position the beats of one port after another, FOLDS of each, as one stream.
//
// ELASTIC, 2 stages. A step reads a beat from the port whose turn it is and writes it.
//   PORTS  streams, port p's beat is in_data[p*WIDTH +: WIDTH]
//   FOLDS  beats of a position, 32 bits for each port, port 0 lowest; MOST is the largest of them
module weir_concat #(
    parameter int PORTS = 2,
    parameter int WIDTH = 8,
    parameter int MOST  = 1,
    parameter logic [PORTS*32-1:0] FOLDS = {PORTS{32'd1}}
) (
    input  logic                   clk,
    input  logic                   rst,
    input  logic [PORTS-1:0]       in_valid,
    output logic [PORTS-1:0]       in_ready,
    input  logic [PORTS*WIDTH-1:0] in_data,
    output logic                   out_valid,
    input  logic                   out_ready,
    output logic [WIDTH-1:0]       out_data
);
    localparam int FOLD_BITS = MOST > 1 ? $clog2(MOST) : 1;

    if (PORTS < 2) $error("weir_concat: PORTS is %0d, minimum 2", PORTS);

    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    // The step at stage 0: its port, one bit each, and the fold of that port.
    logic [PORTS-1:0]     turn, ends;
    logic [FOLD_BITS-1:0] fold;
    logic [WIDTH-1:0]     beat;
    for (genvar p = 0; p < PORTS; p++) begin : port
        localparam logic [31:0] LAST = FOLDS[p*32+:32] - 32'd1;
        if (LAST >= 32'(MOST))
            $error("weir_concat: port %0d has %0d folds, at most MOST = %0d", p, LAST + 1, MOST);
        assign ends[p] = turn[p] & (fold == FOLD_BITS'(LAST));
    end
    always_ff @(posedge clk)
        if (rst) begin
            turn <= PORTS'(1);
            fold <= '0;
        end else if (fire[0]) begin
            if (ends != '0) turn <= {turn[PORTS-2:0], turn[PORTS-1]};
            fold <= ends != '0 ? '0 : fold + 1'b1;
        end

    always_comb begin
        beat = '0;
        for (int p = 0; p < PORTS; p++) if (turn[p]) beat = in_data[p*WIDTH+:WIDTH];
    end
    always_ff @(posedge clk) if (fire[0]) out_data <= beat;

    assign in_ready = turn & {PORTS{advance}};
    assign start = (turn & in_valid) != '0;
    assign out_valid = valid[0];
    assign finish = out_ready;

    // The last stage acts by `finish`.
    logic unused;
    assign unused = &{1'b0, fire[1]};
endmodule
