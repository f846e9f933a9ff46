// Processes for the tests of sim/: 16-bit elements, elastic pipelines. A step that reads a beat waits
// for it at stage 0, one that writes waits for space at the last stage.

// out = in + 1
module sim_pass (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [2:0] fire;
    logic [1:0] valid;
    logic [15:0] first;
    weir_pipe #(.STAGES(3)) pipe (
        .clk, .rst, .start(in0_valid), .finish(out0_ready), .advance(in0_ready), .fire, .valid);
    assign out0_valid = valid[1];
    always_ff @(posedge clk) begin
        if (fire[0]) first <= in0_data;
        if (fire[1]) out0_data <= first + 16'd1;
    end
endmodule

// out = 3 * in, initiation interval 8: the first step of eight reads, the last writes.
module sim_slow (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic advance;
    logic [1:0] fire;
    logic valid, writes;
    logic [2:0] step;
    logic [15:0] first;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(step != 0 | in0_valid), .finish(~writes | out0_ready), .advance, .fire,
        .valid);
    assign in0_ready = advance & step == 0;
    assign out0_valid = valid & writes;
    always_ff @(posedge clk) begin
        if (fire[0]) begin
            out0_data <= step == 0 ? in0_data : step < 3 ? out0_data + first : out0_data;
            writes <= step == 7;
        end
        if (fire[0] & step == 0) first <= in0_data;
        if (rst) step <= 0;
        else if (fire[0]) step <= step + 1'b1;
    end
endmodule

// out0 = in, out1 = in + 7; both in the same step
module sim_fork (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data,
    output logic        out1_valid,
    input  logic        out1_ready,
    output logic [15:0] out1_data
);
    logic [1:0] fire;
    logic valid;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid), .finish(out0_ready & out1_ready), .advance(in0_ready), .fire,
        .valid);
    assign out0_valid = valid & out1_ready;
    assign out1_valid = valid & out0_ready;
    assign out1_data = out0_data + 16'd7;
    always_ff @(posedge clk) if (fire[0]) out0_data <= in0_data;
endmodule

// out = in0 + in1; both read in the same step
module sim_join (
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
    logic advance;
    logic [1:0] fire;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid & in1_valid), .finish(out0_ready), .advance, .fire,
        .valid(out0_valid));
    assign in0_ready = advance & (in1_valid | ~in0_valid); // it waits for the port that has no beat
    assign in1_ready = advance & (in0_valid | ~in1_valid);
    always_ff @(posedge clk) if (fire[0]) out0_data <= in0_data + in1_data;
endmodule

// Four beats out for one in: in, in + 1, in + 2, in + 3
module sim_up (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic advance;
    logic [1:0] fire, step;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(step != 0 | in0_valid), .finish(out0_ready), .advance, .fire,
        .valid(out0_valid));
    assign in0_ready = advance & step == 0;
    always_ff @(posedge clk) begin
        if (fire[0]) out0_data <= step == 0 ? in0_data : out0_data + 16'd1;
        if (rst) step <= 0;
        else if (fire[0]) step <= step + 1'b1;
    end
endmodule

// One beat out for four in: their sum
module sim_down (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [1:0] fire, step;
    logic valid, writes;
    logic [15:0] sum;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid), .finish(~writes | out0_ready), .advance(in0_ready), .fire,
        .valid);
    assign out0_valid = valid & writes;
    assign out0_data = sum;
    always_ff @(posedge clk) begin
        if (fire[0]) begin
            sum <= step == 0 ? in0_data : sum + in0_data;
            writes <= step == 3;
        end
        if (rst) step <= 0;
        else if (fire[0]) step <= step + 1'b1;
    end
endmodule

// The first 32 of 64 beats; the other 32 are read and forgotten.
module sim_crop (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [1:0] fire;
    logic valid, writes;
    logic [5:0] step;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid), .finish(~writes | out0_ready), .advance(in0_ready), .fire,
        .valid);
    assign out0_valid = valid & writes;
    always_ff @(posedge clk) begin
        if (fire[0]) begin
            out0_data <= in0_data;
            writes <= ~step[5];
        end
        if (rst) step <= 0;
        else if (fire[0]) step <= step + 1'b1;
    end
endmodule

// Five elements a beat: in, in + 100, in + 200, ...
module sim_wide (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [79:0] out0_data
);
    logic [1:0] fire;
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid), .finish(out0_ready), .advance(in0_ready), .fire,
        .valid(out0_valid));
    for (genvar i = 0; i < 5; i++) begin : lane
        always_ff @(posedge clk)
            if (fire[0]) out0_data[16*i+:16] <= in0_data + 16'(100 * i);
    end
endmodule

// The last of five elements, plus the entry of a ROM of 16 words for its low bits
module sim_lookup (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [79:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    parameter ROM_FILE0 = "";
    logic [1:0] fire;
    logic [15:0] mem [16];
    logic [63:0] unused;
    initial if (ROM_FILE0 != "") $readmemh(ROM_FILE0, mem);
    weir_pipe #(.STAGES(2)) pipe (
        .clk, .rst, .start(in0_valid), .finish(out0_ready), .advance(in0_ready), .fire,
        .valid(out0_valid));
    assign unused = in0_data[63:0];
    always_ff @(posedge clk) if (fire[0]) out0_data <= in0_data[79:64] + mem[in0_data[67:64]];
endmodule

// Never still: passes one beat in every four when it can, and counts for ever; on both edges of the
// clock, so that no short cut of the simulator fits.
module sim_restless (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic [15:0] count, half;
    logic full;
    assign in0_ready = ~full & count[1:0] == 0;
    assign out0_valid = full;
    always_ff @(negedge clk) half <= count;
    always_ff @(posedge clk)
        if (rst) begin
            count <= 0;
            full <= 0;
        end else begin
            count <= half + 16'd1;
            if (in0_valid & in0_ready) begin
                full <= 1;
                out0_data <= in0_data ^ 16'h5555;
            end else if (out0_ready) full <= 0;
        end
endmodule

// out = in, 1,100,000 cycles later
module sim_age (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    logic full;
    logic [20:0] left;
    assign in0_ready = ~full;
    assign out0_valid = full & left == 0;
    always_ff @(posedge clk)
        if (rst) full <= 0;
        else if (~full) begin
            full <= in0_valid;
            left <= 21'd1_100_000;
            out0_data <= in0_data;
        end else if (left != 0) left <= left - 1'b1;
        else if (out0_ready) full <= 0;
endmodule

// Swallows everything.
module sim_mute (
    input  logic        clk,
    input  logic        rst,
    input  logic        in0_valid,
    output logic        in0_ready,
    input  logic [15:0] in0_data,
    output logic        out0_valid,
    input  logic        out0_ready,
    output logic [15:0] out0_data
);
    assign in0_ready = 1'b1;
    assign out0_valid = 1'b0;
    always_ff @(posedge clk)
        if (rst) out0_data <= '0;
        else if (in0_valid & out0_ready) out0_data <= in0_data;
endmodule
