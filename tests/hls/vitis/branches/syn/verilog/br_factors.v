// Constants from a file beside the Verilog.
module br_factors (input wire [1:0] address, output wire [15:0] q);
    reg [15:0] table_0 [0:3];
    initial begin
        $readmemh("./br_factors.dat", table_0);
    end
    assign q = table_0[address];
endmodule
