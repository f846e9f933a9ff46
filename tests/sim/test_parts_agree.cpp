// Designs whose layers are split, share a block or are shrunk: the same time on every engine for every
// frame and every port event, and no wrong beat.
#include "agreement.hpp"
#include <fstream>

namespace {

const char *const kClocks = "domains = ({ name = \"image\"; period_ps = 4000; },"
                            "{ name = \"classes\"; period_ps = 7500; phase_ps = 1000; });\n";

/* A design of one of the repository's networks. */
class Written {
  public:
    Written(const std::string &network, const std::string &layers, const std::string &rest = "") {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_parts_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        std::ofstream(path()) << "network = \"" WEIR_SOURCE_DIR "/configs/networks/" << network
                              << ".onnx\";\nlayers = (" << layers << ");\n"
                              << rest;
    }
    ~Written() { std::filesystem::remove_all(folder_); }
    std::string path() const { return folder_ + "/design.cfg"; }

  private:
    std::string folder_;
};

Setting with_depth(uint32_t depth) {
    Setting setting;
    setting.depth = depth;
    setting.frames = 10;
    return setting;
}

/* Convolutions and dense layers of digits split in both ways, across two clocks. */
TEST(Split, DigitsAgree) {
    Written design(
        "digits",
        "{ name = \"conv1\"; strategy = \"latency\"; split = 2; split_by = \"stages\"; },"
        "{ name = \"conv2\"; pe = 2; simd = 4; split = 2; },"
        "{ name = \"dense1\"; domain = \"classes\"; pe = 1; simd = 8; split = 4; },"
        "{ name = \"dense2\"; domain = \"classes\"; pe = 2; simd = 4; split = 2;"
        "  split_by = \"stages\"; },"
        "{ name = \"softmax\"; domain = \"classes\"; precision = \"ap_ufixed<16,1>\"; }",
        kClocks);
    for (uint32_t depth : {1u, 0u})
        ASSERT_NO_FATAL_FAILURE(Agreement(design.path()).agree(with_depth(depth))) << depth;
    Setting pauses = with_depth(0);
    pauses.pause = "1101000";
    pauses.arrival_period = 1234567;
    Agreement agreement(design.path());
    ASSERT_NO_FATAL_FAILURE(agreement.agree(pauses));
    agreement.certify(4, 6);
}

/* Beside branches: a split at either end of a skip connection, one by stages in between. */
TEST(Split, SkipAgrees) {
    Written design("skip", "{ name = \"conv2\"; split = 4; strategy = \"resource\"; },"
                           "{ name = \"conv1\"; split = 2; split_by = \"stages\"; },"
                           "{ name = \"conv6\"; split = 2; }");
    for (uint32_t depth : {1u, 0u})
        ASSERT_NO_FATAL_FAILURE(Agreement(design.path()).agree(with_depth(depth))) << depth;
}

TEST(Split, TriggerAgreesAsStream) {
    Written design("trigger", "{ name = \"conv1\"; split = 2; },"
                              "{ name = \"conv2\"; split = 4; strategy = \"resource\"; },"
                              "{ name = \"dense1\"; split = 5; }");
    Agreement(design.path()).agree(with_depth(0));
}

// ---------------------------------------------------------------- layers that take turns

const char *const kShared = "{ name = \"conv1\"; share = \"convs\"; pe = 2; simd = 3; },"
                            "{ name = \"conv2\"; share = \"convs\"; },"
                            "{ name = \"dense1\"; domain = \"classes\"; share = \"denses\"; },"
                            "{ name = \"dense2\"; domain = \"classes\"; share = \"denses\"; },"
                            "{ name = \"softmax\"; domain = \"classes\";"
                            "  precision = \"ap_ufixed<16,1>\"; }";

/* Two convolutions in one block, two dense layers in another with a clock of its own. The least depths
 * are enough with one beat on every other channel. */
TEST(Share, DigitsAgree) {
    Written design("digits", kShared, kClocks);
    for (uint32_t depth : {1u, 0u})
        ASSERT_NO_FATAL_FAILURE(Agreement(design.path()).agree(with_depth(depth))) << depth;
    Setting pauses = with_depth(1);
    pauses.pause = "1101000";
    pauses.source_pause = "011";
    pauses.arrival_period = 9000000;
    Agreement agreement(design.path());
    ASSERT_NO_FATAL_FAILURE(agreement.agree(pauses));
    agreement.certify(4, 6);
}

/* A frame is the sum of the turns, without a cycle between them. */
TEST(Share, AFrameIsTheSumOfTheTurns) {
    Written design("digits", "{ name = \"conv1\"; share = \"convs\"; pe = 2; simd = 3; },"
                             "{ name = \"conv2\"; share = \"convs\"; }");
    Setting setting = with_depth(0);
    Agreement agreement(design.path());
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto rtl = agreement.run(WEIR_ENGINE_RTL, setting);
    ASSERT_TRUE(rtl);
    EXPECT_EQ(rtl->mismatches, 0u);
    for (uint64_t f = 2; f < rtl->n_frames; f++)
        EXPECT_EQ(rtl->frames[f].last_out_ps - rtl->frames[f - 1].last_out_ps,
                  (144u * 3 * 2 + 16u * 12 * 4) * 5000);
}

TEST(Share, DeadlockIsTheSameWithoutAFrameBuffer) {
    Written design("digits", kShared, kClocks);
    Setting setting = with_depth(0);
    Agreement(design.path()).deadlock(setting, [](const weir_channel *) { return 2u; });
}

/* Three convolutions in one block; three dense layers in another, of which one feeds the next. */
TEST(Share, TurnsAgree) {
    Written design("turns",
                   "{ name = \"conv1\"; share = \"a\"; pe = 4; simd = 6; },"
                   "{ name = \"conv2\"; share = \"a\"; }, { name = \"conv3\"; share = \"a\"; },"
                   "{ name = \"dense1\"; share = \"b\"; }, { name = \"dense2\"; share = \"b\"; },"
                   "{ name = \"dense3\"; share = \"b\"; }");
    for (uint32_t depth : {1u, 0u})
        ASSERT_NO_FATAL_FAILURE(Agreement(design.path()).agree(with_depth(depth))) << depth;
}

/* Blocks around forks and joins, members of one between those of the other. */
TEST(Share, SkipAgrees) {
    Written design("skip",
                   "{ name = \"conv2\"; share = \"b\"; }, { name = \"conv6\"; share = \"b\"; },"
                   "{ name = \"conv4\"; share = \"c\"; }, { name = \"conv5\"; share = \"c\"; },"
                   "{ name = \"conv7\"; share = \"b\"; }");
    for (uint32_t depth : {1u, 0u})
        ASSERT_NO_FATAL_FAILURE(Agreement(design.path()).agree(with_depth(depth))) << depth;
}

// ---------------------------------------------------------------- pruned and shrunk

TEST(Shrink, DigitsAgree) {
    const std::string shrink = "prune_shrink = true; }";
    Written design(
        "digits", "{ name = \"conv1\"; prune = 0.5; prune_by = \"filter\";" + shrink +
                      ",{ name = \"conv2\"; prune = 0.4; prune_by = \"filter\"; pe = 1; simd = 6;" +
                      shrink + ",{ name = \"dense2\"; prune = 0.25; prune_by = \"channel\";" +
                      shrink);
    Agreement(design.path()).agree(with_depth(0));
}

// ---------------------------------------------------------------- all of it

/* A pruned and shrunk layer, a block, a split layer and copies in one design. */
TEST(Parts, TogetherAgree) {
    Written design("turns", "{ name = \"conv1\"; share = \"a\"; pe = 2; simd = 6; },"
                            "{ name = \"conv2\"; share = \"a\"; prune = 0.5; prune_by = \"filter\";"
                            "  prune_shrink = true; },"
                            "{ name = \"conv3\"; split = 2; strategy = \"resource\"; },"
                            "{ name = \"relu2\"; copies = 2; copy_by = \"rows\"; },"
                            "{ name = \"dense1\"; split = 2; split_by = \"stages\"; },"
                            "{ name = \"dense3\"; copies = 3; copy_by = \"frames\"; }");
    Agreement(design.path()).agree(with_depth(0));
}

} // namespace
