// Nearest-neighbour enlargement: every element ROW_FACTOR rows down and COLUMN_FACTOR columns along,
// of rows of COLUMNS positions of FOLDS beats of WIDTH bits.
//
// ELASTIC, 2 stages. A step is a beat of the output: it reads where the beat is the first copy of
// one of the input, and takes every later copy from where the first was kept:
//   ROW_FACTOR > 1                  a memory of one row of the input
//   COLUMN_FACTOR > 1 and FOLDS > 1 a memory of one position
//   COLUMN_FACTOR > 1               the output register
module weir_resize #(
    parameter int COLUMNS       = 4,
    parameter int FOLDS         = 1,
    parameter int ROW_FACTOR    = 2,
    parameter int COLUMN_FACTOR = 2,
    parameter int WIDTH         = 8
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
    if (ROW_FACTOR < 1 || COLUMN_FACTOR < 1)
        $error("weir_resize: factors %0d and %0d, minimum 1", ROW_FACTOR, COLUMN_FACTOR);

    // Without copies of rows it does not matter where in its row a position is.
    localparam int KEPT = ROW_FACTOR > 1 ? COLUMNS : 1; // positions
    localparam int DEPTH = KEPT * FOLDS;
    localparam int MEMORY = ROW_FACTOR * COLUMN_FACTOR > 1 && DEPTH > 1 ? 1 : 0;
    localparam int FOLD_BITS = FOLDS > 1 ? $clog2(FOLDS) : 1;
    localparam int ALONG_BITS = COLUMN_FACTOR > 1 ? $clog2(COLUMN_FACTOR) : 1;
    localparam int COLUMN_BITS = KEPT > 1 ? $clog2(KEPT) : 1;
    localparam int DOWN_BITS = ROW_FACTOR > 1 ? $clog2(ROW_FACTOR) : 1;

    logic       start, finish, advance;
    logic [1:0] fire;
    logic [0:0] valid;
    weir_pipe #(.STAGES(2)) pipe (.*);

    // The step at stage 0: the copy (along, down) of beat `fold` of position `column`.
    logic [FOLD_BITS-1:0]   fold;
    logic [ALONG_BITS-1:0]  along;
    logic [COLUMN_BITS-1:0] column;
    logic [DOWN_BITS-1:0]   down;
    logic last_fold, last_along, last_column, last_down, reads;
    assign last_fold = fold == FOLD_BITS'(FOLDS - 1);
    assign last_along = along == ALONG_BITS'(COLUMN_FACTOR - 1);
    assign last_column = column == COLUMN_BITS'(KEPT - 1);
    assign last_down = down == DOWN_BITS'(ROW_FACTOR - 1);
    assign reads = along == '0 && down == '0;

    always_ff @(posedge clk)
        if (rst) begin
            fold <= '0;
            along <= '0;
            column <= '0;
            down <= '0;
        end else if (fire[0]) begin
            fold <= last_fold ? '0 : fold + 1'b1;
            if (last_fold) along <= last_along ? '0 : along + 1'b1;
            if (last_fold && last_along) column <= last_column ? '0 : column + 1'b1;
            if (last_fold && last_along && last_column) down <= last_down ? '0 : down + 1'b1;
        end

    logic [WIDTH-1:0] fresh;
    always_ff @(posedge clk) if (fire[0] && reads) fresh <= in_data;
    if (MEMORY != 0) begin : memory
        localparam int ADDRESS_BITS = $clog2(DEPTH);
        logic [ADDRESS_BITS-1:0] address;
        logic [WIDTH-1:0]        again;
        logic                    copy;
        // Copies of a position follow one another: back to its first beat before each.
        always_ff @(posedge clk)
            if (rst) address <= '0;
            else if (fire[0]) begin
                if (!last_fold) address <= address + 1'b1;
                else if (!last_along) address <= address - ADDRESS_BITS'(FOLDS - 1);
                else address <= last_column ? '0 : address + 1'b1;
            end
        always_ff @(posedge clk) if (fire[0]) copy <= ~reads;
        weir_ram #(
            .WIDTH(WIDTH),
            .DEPTH(DEPTH)
        ) ram (
            .clk,
            .write_enable (fire[0] & reads),
            .write_address(address),
            .write_data   (in_data),
            .read_enable  (fire[0] & ~reads),
            .read_address (address),
            .read_data    (again)
        );
        assign out_data = copy ? again : fresh;
    end else begin : hold
        assign out_data = fresh;
    end

    assign in_ready = advance & reads;
    assign start = in_valid | ~reads;
    assign out_valid = valid[0];
    assign finish = out_ready;

    // The last stage acts by `finish`.
    logic unused;
    assign unused = &{1'b0, fire[1]};
endmodule
