// Layers that take turns in one block: the process they become, that the numbers stay, where the frames
// wait in between, and what is refused.
#include "hls/design_text.h"

namespace {

const char *const kConvs = "{ name = \"conv1\"; share = \"convs\"; pe = 2; simd = 3; },"
                           "{ name = \"conv2\"; share = \"convs\"; }";

TEST(Share, OneProcessInPlaceOfTwo) {
    DesignText base(design_of("digits", "")), shared(design_of("digits", kConvs));
    ASSERT_TRUE(base.compiled && shared.compiled) << shared.errors();
    EXPECT_EQ(shared.outputs(3), base.outputs(3));
    EXPECT_FALSE(shared.process("conv1") || shared.process("conv2"));
    const weir_process *convs = shared.process("convs");
    ASSERT_TRUE(convs);
    EXPECT_EQ(convs->n_inputs, 2u);
    EXPECT_EQ(convs->multipliers, 6u);
    /* 12 x 12 positions of 9 x 4, 4 x 4 of 36 x 8. */
    EXPECT_EQ(convs->steps_per_frame, 144u * 3 * 2 + 16u * 12 * 4);
    /* Channels keep their names. */
    EXPECT_TRUE(shared.channel("conv1_out") && shared.channel("conv2_out"));
    /* 6 x 6 positions wait behind the pool, where a frame is smallest. */
    const weir_channel *wait = shared.channel("pool1_out");
    EXPECT_GT(wait->depth, 10u);
    EXPECT_LE(wait->depth, 36u);
    for (const char *other : {"conv1_out", "relu1_out", "pool1_window_out", "conv2_window_out"})
        EXPECT_EQ(shared.channel(other)->depth, 2u) << other;
}

TEST(Share, NumbersStay) {
    const struct {
        const char *network, *layers;
    } cases[] = {
        {"turns", "{ name = \"conv1\"; share = \"a\"; }, { name = \"conv2\"; share = \"a\"; },"
                  "{ name = \"conv3\"; share = \"a\"; precision = \"ap_fixed<18,8,AP_RND,AP_SAT>\";"
                  "  accumulator_precision = \"ap_fixed<28,10>\"; },"
                  "{ name = \"dense1\"; share = \"b\"; }, { name = \"dense2\"; share = \"b\"; },"
                  "{ name = \"dense3\"; share = \"b\"; }"},
        {"turns", "{ name = \"conv2\"; share = \"a\"; }, { name = \"dense3\"; share = \"a\"; }"},
        {"skip", "{ name = \"conv4\"; share = \"a\"; }, { name = \"conv5\"; share = \"a\"; },"
                 "{ name = \"conv2\"; share = \"b\"; }, { name = \"conv6\"; share = \"b\"; },"
                 "{ name = \"conv7\"; share = \"b\"; }"},
        {"binary", "{ name = \"conv2\"; share = \"a\"; }, { name = \"conv3\"; share = \"a\"; }"},
    };
    for (const auto &c : cases) {
        std::string alone = c.layers;
        for (size_t at; (at = alone.find("share = ")) != std::string::npos;)
            alone.erase(at, std::string("share = \"a\";").size());
        DesignText base(design_of(c.network, alone)), shared(design_of(c.network, c.layers));
        ASSERT_TRUE(base.compiled && shared.compiled) << shared.errors();
        EXPECT_EQ(shared.outputs(2), base.outputs(2)) << c.network << ": " << c.layers;
    }
}

/* Without pe and simd: no more multipliers than the largest member has alone, and the fewest steps. */
TEST(Share, FoldingIsChosen) {
    const std::string layers = "{ name = \"conv1\"; share = \"c\"; reuse_factor = 12; },"
                               "{ name = \"conv2\"; share = \"c\"; reuse_factor = 36; }";
    DesignText shared(design_of("digits", layers));
    ASSERT_TRUE(shared.compiled) << shared.errors();
    /* At most 36 * 8 / 36 = 8; PE divides 4 and 8 outputs, SIMD 9 and 36 inputs. */
    EXPECT_EQ(shared.process("c")->pe, 2u);
    EXPECT_EQ(shared.process("c")->simd, 3u);
    DesignText target(design_of("digits",
                                "{ name = \"conv1\"; share = \"c\"; },"
                                "{ name = \"conv2\"; share = \"c\"; }",
                                "target_interval_cycles = 1000;"));
    ASSERT_TRUE(target.compiled) << target.errors();
    EXPECT_LE(target.process("c")->steps_per_frame, 1020u);
    EXPECT_EQ(target.process("c")->multipliers, 12u);
    /* A layer's own target is the block's. */
    DesignText own(design_of("digits", "{ name = \"conv1\"; share = \"c\"; },"
                                       "{ name = \"conv2\"; share = \"c\";"
                                       "  target_interval_cycles = 1000; }"));
    ASSERT_TRUE(own.compiled) << own.errors();
    EXPECT_EQ(own.process("c")->multipliers, 12u);
}

TEST(Share, Refusals) {
    auto errors = [](const std::string &network, const std::string &layers,
                     const std::string &rest = "") {
        return DesignText(design_of(network, layers, rest)).errors();
    };
    EXPECT_EQ(errors("digits", "{ name = \"conv1\"; share = \"a\"; }"),
              "2: layer \"conv1\": share \"a\": 1 layer, 2 to 8 allowed\n");
    EXPECT_EQ(errors("digits", "{ name = \"conv1\"; share = \"a b\"; }"),
              "2: layer \"conv1\": share \"a b\" is no name; letters, digits and _ are allowed, a "
              "digit not first\n");
    EXPECT_EQ(errors("digits", "{ name = \"relu1\"; share = \"a\"; }"),
              "2: layer \"relu1\": share is not available for a relu layer\n");
    EXPECT_EQ(errors("digits", "{ name = \"conv1\"; share = \"a\"; strategy = \"latency\"; },\n"
                               "{ name = \"conv2\"; share = \"a\"; split = 2; }"),
              "2: layer \"conv1\": share \"a\": strategy \"latency\" builds the layer's own "
              "constants; allowed are \"resource\" and \"auto\"\n"
              "3: layer \"conv2\": split and share, allowed is one of split, share, copies and "
              "packed weights\n");
    EXPECT_EQ(errors("skip", "{ name = \"conv2\"; share = \"a\"; },\n"
                             "{ name = \"conv3\"; share = \"a\"; }"),
              "3: layer \"conv3\": share \"a\": a depthwise convolution has no product to share; "
              "other convolutions and dense layers are allowed\n");
    EXPECT_EQ(
        errors("digits",
               "{ name = \"conv1\"; share = \"a\"; domain = \"x\"; },\n"
               "{ name = \"conv2\"; share = \"a\"; domain = \"y\"; }",
               "domains = ({ name = \"x\"; period_ps = 4000; },"
               "{ name = \"y\"; period_ps = 5000; });"),
        "3: layer \"conv2\": share \"a\": its clock is \"y\", must be \"x\" as of the block's "
        "first member \"conv1\"\n");
    EXPECT_EQ(errors("digits", "{ name = \"conv1\"; share = \"a\"; pe = 2; simd = 9; },\n"
                               "{ name = \"conv2\"; share = \"a\"; pe = 8; }"),
              "3: layer \"conv2\": pe 8 in block \"a\", where an earlier member has 2; members "
              "share it\n");
    EXPECT_EQ(errors("digits",
                     "{ name = \"conv1\"; share = \"a\"; },\n{ name = \"conv2\"; share = \"a\"; }",
                     "target_interval_cycles = 200;"),
              "2: layer \"conv1\": share \"a\": an interval of 200 cycles cannot be met with 4 PE "
              "and 9 SIMD, which divide every member's outputs and inputs; least: 272\n");
}

} // namespace
