// Layers split by outputs and by stages: the processes they become, that the numbers stay, and what is
// refused.
#include "hls/design_text.h"

namespace {

const char *const kBase = "{ name = \"conv2\"; pe = 2; simd = 4; }";

TEST(SplitOutputs, PartsShareTheWorkAndKeepTheNumbers) {
    DesignText base(design_of("digits", kBase));
    ASSERT_TRUE(base.compiled) << base.errors();
    for (uint32_t k : {2u, 4u}) {
        std::string split = " split = " + std::to_string(k) + "; }";
        DesignText parts(design_of("digits", "{ name = \"conv2\"; pe = 2; simd = 4;" + split));
        ASSERT_TRUE(parts.compiled) << parts.errors();
        EXPECT_EQ(parts.outputs(3), base.outputs(3));
        const weir_process *whole = base.process("conv2");
        for (uint32_t g = 0; g < k; g++) {
            const weir_process *part = parts.process("conv2_part" + std::to_string(g));
            ASSERT_TRUE(part);
            EXPECT_EQ(part->steps_per_frame, whole->steps_per_frame / k);
            EXPECT_EQ(part->multipliers, whole->multipliers);
        }
        ASSERT_TRUE(parts.process("conv2_split"));
        EXPECT_STREQ(parts.process("conv2")->operator_name, "gather");
        const weir_channel *out = parts.channel("conv2_out"), *before = base.channel("conv2_out");
        ASSERT_TRUE(out && before);
        EXPECT_EQ(weir_stream_elements(&out->stream), weir_stream_elements(&before->stream));
        EXPECT_EQ(out->beat_bits, before->beat_bits);
        /* Elsewhere nothing changes. */
        EXPECT_EQ(parts.channel("pool1_out")->depth, base.channel("pool1_out")->depth);
    }
}

/* The fewest lanes that meet a target need no more than a group after another. */
TEST(SplitOutputs, GroupsFollowOneAnotherWhereATargetAllowsIt) {
    const std::string wide = " precision = \"ap_fixed<32,16>\"; pe = 1; ";
    DesignText narrow(design_of("digits", "{ name = \"dense1\";" + wide + "split = 2; }",
                                "target_interval_cycles = 700;"));
    DesignText plain(
        design_of("digits", "{ name = \"dense1\";" + wide + "}", "target_interval_cycles = 700;"));
    ASSERT_TRUE(narrow.compiled && plain.compiled) << narrow.errors() << plain.errors();
    EXPECT_STREQ(narrow.process("dense1")->operator_name, "concat");
    EXPECT_EQ(narrow.outputs(3), plain.outputs(3));
}

/* Grids whose scales differ from channel to channel go along with the outputs. */
TEST(SplitOutputs, ScalesOfChannelsStayInOrder) {
    DesignText base(design_of("skip", ""));
    DesignText parts(design_of("skip", "{ name = \"conv4\"; split = 2; },"
                                       "{ name = \"conv6\"; split = 8; }"));
    ASSERT_TRUE(base.compiled && parts.compiled) << parts.errors();
    EXPECT_EQ(parts.outputs(2), base.outputs(2));
}

TEST(SplitOutputs, Refusals) {
    EXPECT_EQ(DesignText(design_of("digits", "{ name = \"dense2\"; split = 4; }")).errors(),
              "2: layer \"dense2\": split 4 does not divide its 10 outputs; allowed: 1, 2, 5\n");
    EXPECT_EQ(DesignText(design_of("digits", "{ name = \"relu1\"; split = 2; }")).errors(),
              "2: layer \"relu1\": split is not available for a relu layer\n");
    EXPECT_EQ(DesignText(design_of("trigger", "{ name = \"dense1\"; split = 5; }",
                                   "defaults = { io = \"parallel\"; };"))
                  .errors(),
              "2: layer \"dense1\": split is not available for a dense layer with io "
              "\"parallel\"\n");
    EXPECT_EQ(
        DesignText(design_of("skip", "{ name = \"conv3\"; split = 2; }")).errors(),
        "2: layer \"conv3\": a depthwise convolution has a group for each channel already; pe "
        "says how many are built, split_by \"stages\" is allowed\n");
    EXPECT_EQ(DesignText(design_of("digits", "{ name = \"conv2\"; split = 2; pe = 8; }")).errors(),
              "2: layer \"conv2\": pe 8 does not divide 4 outputs; nearest allowed: 4\n");
}

TEST(SplitStages, SumsAndConversionKeepTheNumbers) {
    const std::string layers =
        "{ name = \"conv1\"; precision = \"ap_fixed<12,5,AP_RND,AP_SAT>\"; %},"
        "{ name = \"dense2\"; pe = 2; %}";
    auto with = [&](const std::string &what) {
        std::string text = layers;
        for (size_t at; (at = text.find('%')) != std::string::npos;)
            text.replace(at, 1, what);
        return design_of("digits", text);
    };
    DesignText base(with("")), split(with("split = 2; split_by = \"stages\";"));
    ASSERT_TRUE(base.compiled && split.compiled) << split.errors();
    EXPECT_EQ(split.outputs(3), base.outputs(3));
    for (const std::string layer : {"conv1", "dense2"}) {
        ASSERT_TRUE(split.process(layer + "_sums"));
        EXPECT_STREQ(split.process(layer)->operator_name, "activation");
        const weir_channel *sums = split.channel(layer + "_sums_out");
        EXPECT_GT(sums->stream.element.width, 16);
        EXPECT_EQ(sums->stream.element.width - sums->stream.element.integer, 20);
        EXPECT_EQ(split.channel(layer + "_out")->beat_bits,
                  base.channel(layer + "_out")->beat_bits);
    }
}

TEST(SplitStages, AnAccumulatorIsWhatIsSent) {
    const std::string layer = "{ name = \"conv2\"; accumulator_precision = \"ap_fixed<22,8>\"; ";
    DesignText base(design_of("digits", layer + "}"));
    DesignText split(design_of("digits", layer + "split = 2; split_by = \"stages\"; }"));
    ASSERT_TRUE(base.compiled && split.compiled) << split.errors();
    EXPECT_EQ(split.channel("conv2_sums_out")->stream.element.width, 22);
    EXPECT_EQ(split.outputs(3), base.outputs(3));
}

TEST(SplitStages, OfADepthwiseConvolution) {
    DesignText base(design_of("skip", ""));
    DesignText split(design_of("skip", "{ name = \"conv1\"; split = 2; split_by = \"stages\"; }"));
    ASSERT_TRUE(base.compiled && split.compiled) << split.errors();
    EXPECT_STREQ(split.process("conv1_sums")->operator_name, "depthwise");
    EXPECT_EQ(split.outputs(2), base.outputs(2));
}

TEST(SplitStages, Refusals) {
    const std::string stages = "split_by = \"stages\"; }";
    EXPECT_EQ(DesignText(design_of("digits", "{ name = \"conv2\"; split = 3;" + stages)).errors(),
              "2: layer \"conv2\": split 3 by stages, allowed is 2: its sums, and what converts "
              "them; an activation is a process of its own\n");
    EXPECT_EQ(DesignText(design_of("digits", "{ name = \"conv2\"; split = 2; "
                                             "weight_precision = \"ap_fixed<32,2>\";" +
                                                 stages))
                  .errors(),
              "2: layer \"conv2\": split by stages, its sums need more than the 32 bits of a "
              "stream's elements; allowed with an accumulator_precision of at most 32\n");
    EXPECT_EQ(DesignText(design_of("skip", "{ name = \"conv4\"; split = 2;" + stages)).errors(),
              "2: layer \"conv4\": split by stages, but its sums are sent as they are: there is no "
              "conversion to split off\n");
}

} // namespace
