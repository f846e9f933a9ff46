// Left over from an earlier synthesis: names a module that is gone.
module br_stale (input wire ap_clk);
    br_gone gone_U (.ap_clk(ap_clk));
endmodule
