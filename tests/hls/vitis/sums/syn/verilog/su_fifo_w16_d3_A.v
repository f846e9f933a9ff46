// A FIFO in memory whose output register is on top of its depth: it holds DEPTH + 1 words.
module su_fifo_w16_d3_A #(parameter DATA_WIDTH = 16, ADDR_WIDTH = 3, DEPTH = 3) (
    input  wire clk, input wire reset,
    output wire if_full_n, input wire if_write_ce, input wire if_write,
    input  wire [DATA_WIDTH-1:0] if_din,
    output wire [ADDR_WIDTH:0] if_num_data_valid, output wire [ADDR_WIDTH:0] if_fifo_cap,
    output wire if_empty_n, input wire if_read_ce, input wire if_read,
    output wire [DATA_WIDTH-1:0] if_dout);
    reg [DATA_WIDTH-1:0] memory [0:DEPTH];
    reg [DATA_WIDTH-1:0] head;
    reg [ADDR_WIDTH-1:0] from = 0, to = 0;
    reg [ADDR_WIDTH:0] words = 0;
    reg full_n = 1'b1, valid = 1'b0;
    wire push = if_write & if_write_ce & full_n;
    wire leave = if_read & if_read_ce & valid;
    wire fetch = words != 0 & (leave | ~valid);
    wire [ADDR_WIDTH:0] words_next = words + push - fetch;
    wire valid_next = fetch | (valid & ~leave);
    wire [ADDR_WIDTH:0] held_next = words_next + valid_next;
    assign if_full_n = full_n;
    assign if_empty_n = valid;
    assign if_dout = head;
    assign if_num_data_valid = words + valid;
    assign if_fifo_cap = DEPTH + 1;
    always @(posedge clk) begin
        if (push) memory[to] <= if_din;
        if (fetch) head <= memory[from];
    end
    always @(posedge clk)
        if (reset) begin
            {from, to, words, valid} <= 0;
            full_n <= 1'b1;
        end else begin
            if (push) to <= to == DEPTH ? 0 : to + 1'b1;
            if (fetch) from <= from == DEPTH ? 0 : from + 1'b1;
            words <= words_next;
            valid <= valid_next;
            full_n <= held_next != DEPTH + 1;
        end
endmodule
