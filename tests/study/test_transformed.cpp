// Transformed designs of the repository's own network on every engine: co-simulation, replay and the
// stitched top give the same frame times and port events, and no beat is wrong.
extern "C" {
#include "study/evaluate.h"
}
#include "study/designs.hpp"

namespace {

using designs::messages;
using designs::Owned;

struct Idea {
    const char *name;
    std::vector<const char *> lines;
    int faster; /* the interval: 1 falls, -1 rises, 0 stays */
};

void PrintTo(const Idea &idea, std::ostream *out) {
    *out << idea.name;
}

class Transformed : public testing::TestWithParam<Idea> {};

TEST_P(Transformed, AllEnginesAgree) {
    Owned<weir_diag> diag(weir_diag_new());
    Owned<weir_design> base(
        weir_design_load(WEIR_SOURCE_DIR "/configs/designs/digits.cfg", nullptr, diag.get()));
    ASSERT_TRUE(base) << messages(diag.get());
    std::string folder = testing::TempDir() + "weir-transformed-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    weir_evaluation evaluation = {};
    evaluation.base = base.get();
    evaluation.frames = 16;
    evaluation.source = WEIR_COST_ESTIMATE;
    evaluation.scratch = folder.c_str();
    evaluation.stitched = true;
    std::vector<weir_change> changes;
    for (const char *line : GetParam().lines)
        changes.push_back({line, {"study.cfg", 1}});
    const weir_point points[] = {{"baseline", 0, nullptr},
                                 {GetParam().name, (uint32_t)changes.size(), changes.data()}};
    weir_finding findings[2];
    ASSERT_TRUE(weir_evaluate(&evaluation, points, 2, findings, diag.get()))
        << messages(diag.get());
    EXPECT_TRUE(findings[1].applied) << (findings[1].why ? findings[1].why : "");
    double before = findings[0].value[WEIR_FIGURE_INTERVAL];
    double after = findings[1].value[WEIR_FIGURE_INTERVAL];
    EXPECT_EQ(after < before   ? 1
              : after > before ? -1
                               : 0,
              GetParam().faster)
        << before << " ps, then " << after;
    weir_confirmation confirmation;
    ASSERT_TRUE(weir_confirm(&evaluation, &points[1], 4, &confirmation, diag.get()))
        << messages(diag.get());
    EXPECT_TRUE(confirmation.agrees) << confirmation.text;
    EXPECT_EQ(confirmation.mismatches, 0u);
    EXPECT_EQ((double)confirmation.latency_ps, findings[1].value[WEIR_FIGURE_LATENCY]);
    free(confirmation.text);
    weir_finding_clear(&findings[0]);
    weir_finding_clear(&findings[1]);
    std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Ideas, Transformed,
    testing::Values(Idea{"split_outputs", {"split conv2 2 outputs", "reuse conv2 18"}, 1},
                    Idea{"split_stages", {"split conv2 2 stages"}, 0},
                    Idea{"replicate_beats", {"replicate conv2 2 beats"}, 1},
                    Idea{"replicate_frames", {"replicate conv2 3 frames"}, 1},
                    Idea{"fold", {"fold dense1 dense2"}, 0},
                    Idea{"clock_domain", {"clock image 200"}, -1},
                    Idea{"clock_layer", {"clock conv2 400"}, 1},
                    Idea{"reuse", {"reuse conv2 4"}, 1},
                    Idea{"prune", {"prune * 0.5 magnitude"}, 0},
                    Idea{"prune_shrink", {"prune conv1 0.25 filter shrink"}, 0},
                    Idea{"weights_packed", {"weights conv2 packed"}, 0},
                    Idea{"composed",
                         {"clock conv2 333", "replicate conv2 2 beats", "prune dense1 0.3 random 7",
                          "depth conv1_out 3", "arrival 2000000"},
                         1}),
    [](const testing::TestParamInfo<Idea> &info) { return std::string(info.param.name); });

} // namespace
