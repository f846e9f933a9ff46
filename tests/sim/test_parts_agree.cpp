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
    Agreement(design.path()).agree(pauses);
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

} // namespace
