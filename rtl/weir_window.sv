// Sliding window over a stream of ROWS x COLUMNS x FOLDS beats of WIDTH bits.
//
// ELASTIC, 3 stages. A step is one position of the padded input, in the order (row, column, fold):
// it reads a beat where the position lies inside the input (elsewhere it is PAD), and writes a
// window where one ends there. The window's beats are those of the same fold, in the order (kernel
// row, kernel column), the first in the lowest bits.
//   stage 0  takes the beat, and reads the column above it from the line memory
//   stage 1  writes the column back, the beat in front, and shifts the window along
//   stage 2  sends the window
// The line memory has a word a position of a padded row; a word holds all the rows above that the
// window spans, dilation included. What it holds at the start of a frame is never sent.
module weir_window #(
    parameter int ROWS             = 4,
    parameter int COLUMNS          = 4,
    parameter int FOLDS            = 1,
    parameter int KERNEL_ROWS      = 3,
    parameter int KERNEL_COLUMNS   = 3,
    parameter int STRIDE_ROWS      = 1,
    parameter int STRIDE_COLUMNS   = 1,
    parameter int DILATION_ROWS    = 1,
    parameter int DILATION_COLUMNS = 1,
    parameter int PAD_TOP          = 0,
    parameter int PAD_LEFT         = 0,
    parameter int PAD_BOTTOM       = 0,
    parameter int PAD_RIGHT        = 0,
    parameter int WIDTH            = 8,
    parameter logic [WIDTH-1:0] PAD = '0
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [WIDTH-1:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [KERNEL_ROWS*KERNEL_COLUMNS*WIDTH-1:0] out_data
);
    localparam int PADDED_ROWS = PAD_TOP + ROWS + PAD_BOTTOM;
    localparam int PADDED_COLUMNS = PAD_LEFT + COLUMNS + PAD_RIGHT;
    localparam int ABOVE = (KERNEL_ROWS - 1) * DILATION_ROWS;        // rows kept
    localparam int BEFORE = (KERNEL_COLUMNS - 1) * DILATION_COLUMNS; // columns kept
    localparam int DEPTH = PADDED_COLUMNS * FOLDS;

    localparam int ROW_BITS = $clog2(PADDED_ROWS + 1);
    localparam int COLUMN_BITS = $clog2(PADDED_COLUMNS + 1);
    localparam int FOLD_BITS = $clog2(FOLDS + 1);
    localparam int ADDRESS_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;
    // Rows (columns) until the next window ends.
    localparam int DOWN_BITS = $clog2((ABOVE > STRIDE_ROWS ? ABOVE : STRIDE_ROWS) + 1);
    localparam int ALONG_BITS = $clog2((BEFORE > STRIDE_COLUMNS ? BEFORE : STRIDE_COLUMNS) + 1);

    if (PADDED_ROWS <= ABOVE)
        $error("weir_window: %0d padded rows, minimum %0d", PADDED_ROWS, ABOVE + 1);
    if (PADDED_COLUMNS <= BEFORE)
        $error("weir_window: %0d padded columns, minimum %0d", PADDED_COLUMNS, BEFORE + 1);

    logic       start, finish, advance;
    logic [2:0] fire;
    logic [1:0] valid;
    weir_pipe #(.STAGES(3)) pipe (.*);

    // The step at stage 0.
    logic [ROW_BITS-1:0]     row;
    logic [COLUMN_BITS-1:0]  column;
    logic [FOLD_BITS-1:0]    fold;
    logic [ADDRESS_BITS-1:0] address;
    logic [DOWN_BITS-1:0]    down;
    logic [ALONG_BITS-1:0]   along;
    logic covered, last_fold, last_column, last_row;
    // Without padding on a side its comparison is constant.
    // verilator lint_off UNSIGNED
    // verilator lint_off CMPCONST
    assign covered = row >= ROW_BITS'(PAD_TOP) && row < ROW_BITS'(PAD_TOP + ROWS) &&
                    column >= COLUMN_BITS'(PAD_LEFT) && column < COLUMN_BITS'(PAD_LEFT + COLUMNS);
    // verilator lint_on CMPCONST
    // verilator lint_on UNSIGNED
    assign last_fold = fold == FOLD_BITS'(FOLDS - 1);
    assign last_column = column == COLUMN_BITS'(PADDED_COLUMNS - 1);
    assign last_row = row == ROW_BITS'(PADDED_ROWS - 1);
    assign in_ready = advance & covered;
    assign start = in_valid | ~covered;

    always_ff @(posedge clk)
        if (rst) begin
            row <= '0;
            column <= '0;
            fold <= '0;
            address <= '0;
            down <= DOWN_BITS'(ABOVE);
            along <= ALONG_BITS'(BEFORE);
        end else if (fire[0]) begin
            fold <= last_fold ? '0 : fold + 1'b1;
            address <= last_fold && last_column ? '0 : address + 1'b1;
            if (last_fold) begin
                column <= last_column ? '0 : column + 1'b1;
                if (last_column) along <= ALONG_BITS'(BEFORE);
                else along <= along == '0 ? ALONG_BITS'(STRIDE_COLUMNS - 1) : along - 1'b1;
            end
            if (last_fold && last_column) begin
                row <= last_row ? '0 : row + 1'b1;
                if (last_row) down <= DOWN_BITS'(ABOVE);
                else down <= down == '0 ? DOWN_BITS'(STRIDE_ROWS - 1) : down - 1'b1;
            end
        end

    // Behind stage 0: the beat, whether a window ends with it, and (from the memory) its column.
    logic [WIDTH-1:0] beat;
    logic [1:0]       ends;
    always_ff @(posedge clk) begin
        if (fire[0]) beat <= covered ? in_data : PAD;
        if (fire[0]) ends[0] <= down == '0 && along == '0;
        if (fire[1]) ends[1] <= ends[0];
    end

    // The column from the beat upwards: the beat itself lowest.
    logic [(ABOVE+1)*WIDTH-1:0] upwards;
    assign upwards[WIDTH-1:0] = beat;
    if (ABOVE > 0) begin : lines
        logic [ABOVE*WIDTH-1:0] above;
        assign upwards[WIDTH+:ABOVE*WIDTH] = above;
        if (DEPTH == 1) begin : one
            // Steps that follow one another share the word: no time for a memory in between.
            always_ff @(posedge clk) if (fire[1]) above <= upwards[ABOVE*WIDTH-1:0];
        end else begin : many
            logic [ADDRESS_BITS-1:0] back;
            always_ff @(posedge clk) if (fire[0]) back <= address;
            weir_ram #(
                .WIDTH(ABOVE * WIDTH),
                .DEPTH(DEPTH)
            ) memory (
                .clk,
                .write_enable (fire[1]),
                .write_address(back),
                .write_data   (upwards[ABOVE*WIDTH-1:0]),
                .read_enable  (fire[0]),
                .read_address (address),
                .read_data    (above)
            );
        end
    end

    // Behind stage 1: for each kernel row the beats back to the window's first column.
    for (genvar r = 0; r < KERNEL_ROWS; r++) begin : row_of_window
        localparam int UP = (KERNEL_ROWS - 1 - r) * DILATION_ROWS;
        logic [(BEFORE*FOLDS+1)*WIDTH-1:0] past;
        if (BEFORE > 0) begin : shift
            always_ff @(posedge clk)
                if (fire[1]) past <= {past[BEFORE*FOLDS*WIDTH-1:0], upwards[UP*WIDTH+:WIDTH]};
        end else begin : hold
            always_ff @(posedge clk) if (fire[1]) past <= upwards[UP*WIDTH+:WIDTH];
        end
        for (genvar c = 0; c < KERNEL_COLUMNS; c++) begin : tap
            localparam int AGO = (KERNEL_COLUMNS - 1 - c) * DILATION_COLUMNS * FOLDS;
            assign out_data[(r*KERNEL_COLUMNS+c)*WIDTH+:WIDTH] = past[AGO*WIDTH+:WIDTH];
        end
    end

    assign out_valid = valid[1] & ends[1];
    assign finish = out_ready | ~ends[1];

    // Stages 0 and 1 act by fire[0] and fire[1]; the rest of the control is the pipe's own.
    logic unused;
    assign unused = &{1'b0, fire[2], valid[0]};
endmodule
