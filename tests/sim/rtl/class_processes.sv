// Processes of timing classes that the layer compiler does not make, for the fitting of classes;
// 16-bit elements, out = in + 1 unless said otherwise.

// Lockstep: a pipeline of four stages under one clock enable, as a function of 8 beats a frame. Local
// cycles 0..7 read, 3..10 write; a port that cannot move stops all of them.
module class_stall (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [3:0] cycle;
    logic reads, writes, enable;
    logic [15:0] first, second;
    assign reads = cycle < 8;
    assign writes = cycle >= 3;
    assign enable = (~reads | in0_valid) & (~writes | out0_ready);
    assign in0_ready = reads & (~writes | out0_ready);
    assign out0_valid = writes & (~reads | in0_valid);
    always_ff @(posedge clk) begin
        if (enable) begin
            first <= in0_data;
            second <= first + 16'd1;
            out0_data <= second;
        end
        if (rst) cycle <= 0;
        else if (enable) cycle <= cycle == 10 ? 4'd0 : cycle + 4'd1;
    end
endmodule

// Credit: one initiation every five cycles at most; it begins when its beat and the space for what
// it will send are both there, and sends three cycles later whatever happens.
module class_issue (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [2:0] left; // cycles until the next initiation may begin
    assign in0_ready = left == 0 & out0_ready;
    assign out0_valid = left == 2;
    always_ff @(posedge clk) begin
        if (in0_valid & in0_ready) out0_data <= in0_data + 16'd1;
        if (rst) left <= 0;
        else if (left != 0) left <= left - 3'd1;
        else if (in0_valid & out0_ready) left <= 4;
    end
endmodule

// Free-running pipeline of four stages that never stalls, with a skid FIFO of ROOM beats behind it; an
// initiation begins when there is room in it for all that are under way, II cycles after the last.
module class_skid_core #(
    parameter int II = 1,
    parameter int ROOM = 4
) (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [2:0] valid, held, left;
    logic [15:0] data [3];
    logic [15:0] skid [4];
    logic [1:0] head, tail;
    logic starts, leaves;
    assign in0_ready =
        left == 0 & held + 3'(valid[0]) + 3'(valid[1]) + 3'(valid[2]) < 3'(ROOM);
    assign out0_valid = held != 0 | valid[2];
    assign out0_data = held != 0 ? skid[head] : data[2];
    assign starts = in0_valid & in0_ready;
    assign leaves = out0_valid & out0_ready;
    always_ff @(posedge clk) begin
        data[0] <= in0_data + 16'd1;
        data[1] <= data[0];
        data[2] <= data[1];
        if (valid[2]) skid[tail] <= data[2];
        if (rst) begin
            valid <= 0;
            held <= 0;
            left <= 0;
            head <= 0;
            tail <= 0;
        end else begin
            valid <= {valid[1:0], starts};
            held <= held + 3'(valid[2]) - 3'(leaves);
            left <= starts ? 3'(II - 1) : left != 0 ? left - 3'd1 : 3'd0;
            if (valid[2]) tail <= tail + 2'd1;
            if (leaves) head <= head + 2'd1;
        end
    end
endmodule

module class_skid (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    class_skid_core #(.II(1), .ROOM(4)) core (.*);
endmodule

module class_skid_slow (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    class_skid_core #(.II(2), .ROOM(2)) core (.*);
endmodule

// None of the classes: a pipeline of four stages that flushes but keeps its bubbles; a stage moves
// only if every stage behind it that holds a beat does.
module class_rigid (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [2:0] valid;
    logic [15:0] first, second;
    logic moves;
    assign moves = ~valid[2] | out0_ready;
    assign in0_ready = moves;
    assign out0_valid = valid[2];
    always_ff @(posedge clk) begin
        if (moves) begin
            first <= in0_data + 16'd1;
            second <= first;
            out0_data <= second;
        end
        if (rst) valid <= 0;
        else if (moves) valid <= {valid[1:0], in0_valid};
    end
endmodule

// None of the classes: takes a beat of each input in whatever order they come, then sends their sum.
module class_either (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    input  logic        in1_valid,
    output logic        in1_ready,
    input  logic [15:0] in1_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic has0, has1;
    logic [15:0] beat0, beat1;
    assign in0_ready = ~has0;
    assign in1_ready = ~has1;
    assign out0_valid = has0 & has1;
    assign out0_data = beat0 + beat1;
    always_ff @(posedge clk) begin
        if (in0_valid & in0_ready) beat0 <= in0_data;
        if (in1_valid & in1_ready) beat1 <= in1_data;
        if (rst | (out0_valid & out0_ready)) begin
            has0 <= 0;
            has1 <= 0;
        end else begin
            if (in0_valid & in0_ready) has0 <= 1;
            if (in1_valid & in1_ready) has1 <= 1;
        end
    end
endmodule

// A beat of each of twelve inputs at once; out = in0 + in1.
module class_twelve (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    input  logic        in1_valid,
    output logic        in1_ready,
    input  logic [15:0] in1_data,
    input  logic        in2_valid,
    output logic        in2_ready,
    input  logic [15:0] in2_data,
    input  logic        in3_valid,
    output logic        in3_ready,
    input  logic [15:0] in3_data,
    input  logic        in4_valid,
    output logic        in4_ready,
    input  logic [15:0] in4_data,
    input  logic        in5_valid,
    output logic        in5_ready,
    input  logic [15:0] in5_data,
    input  logic        in6_valid,
    output logic        in6_ready,
    input  logic [15:0] in6_data,
    input  logic        in7_valid,
    output logic        in7_ready,
    input  logic [15:0] in7_data,
    input  logic        in8_valid,
    output logic        in8_ready,
    input  logic [15:0] in8_data,
    input  logic        in9_valid,
    output logic        in9_ready,
    input  logic [15:0] in9_data,
    input  logic        in10_valid,
    output logic        in10_ready,
    input  logic [15:0] in10_data,
    input  logic        in11_valid,
    output logic        in11_ready,
    input  logic [15:0] in11_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic all, unused;
    assign all = &{in0_valid, in1_valid, in2_valid, in3_valid, in4_valid, in5_valid, in6_valid, in7_valid, in8_valid, in9_valid, in10_valid, in11_valid};
    assign {in0_ready, in1_ready, in2_ready, in3_ready, in4_ready, in5_ready, in6_ready, in7_ready, in8_ready, in9_ready, in10_ready, in11_ready} = {12{all & out0_ready}};
    assign out0_valid = all;
    assign out0_data = in0_data + in1_data;
    assign unused = &{1'b0, clk, rst, in2_data, in3_data, in4_data, in5_data, in6_data, in7_data, in8_data, in9_data, in10_data, in11_data};
endmodule
