/* Certification and sizing through the public headers alone. */
#include "api/weir_study.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

class Study : public testing::Test {
  protected:
    weir_messages *log = weir_messages_new();
    weir_simulation *simulation =
        weir_simulation_open(WEIR_SOURCE_DIR "/configs/designs/digits.cfg", log);
    weir_answer *answer = nullptr;
    std::string folder = testing::TempDir() + "weir-study-" + std::to_string(getpid());

    void compile() { ASSERT_EQ(weir_simulation_compile(simulation, folder.c_str(), log), WEIR_OK); }
    std::string form(const char *name) {
        const char *text = answer != nullptr ? weir_answer_form(answer, name) : nullptr;
        return text != nullptr ? text : "";
    }
    std::string first_message() {
        return weir_messages_count(log) > 0 ? weir_messages_at(log, 0).text : "";
    }
    ~Study() override {
        weir_answer_free(answer);
        weir_simulation_close(simulation);
        weir_messages_free(log);
        std::filesystem::remove_all(folder);
    }
};

bool has(const std::string &text, const char *part) {
    return text.find(part) != std::string::npos;
}

TEST_F(Study, AsksForACompiledDesign) {
    weir_certify_request certify = {};
    EXPECT_EQ(weir_simulation_certify(simulation, &certify, &answer, log), WEIR_USAGE);
    EXPECT_EQ(answer, nullptr);
    EXPECT_EQ(first_message(), "design \"digits\" is not compiled");
    weir_size_request size = {};
    EXPECT_EQ(weir_simulation_size(simulation, &size, &answer, log), WEIR_USAGE);
    EXPECT_EQ(answer, nullptr);
}

TEST_F(Study, CertifiesEveryProcessAndTheWhole) {
    compile();
    weir_certify_request request = {};
    request.seed = 5;
    request.frames = 2;
    request.cases = 1;
    request.whole_cases = 2;
    ASSERT_EQ(weir_simulation_certify(simulation, &request, &answer, log), WEIR_OK);
    EXPECT_TRUE(has(form("text"), "14 of 14 processes exact, whole design exact: 16 cases"))
        << form("text");
    EXPECT_TRUE(has(form("json"), "\"verdict\": \"exact\""));
    EXPECT_FALSE(has(form("json"), "\"verdict\": \"different\""));
    EXPECT_EQ(weir_answer_form(answer, "cfg"), nullptr);
}

TEST_F(Study, SizesToAFragmentOfADesign) {
    compile();
    weir_size_request request = {};
    ASSERT_EQ(weir_simulation_size(simulation, &request, &answer, log), WEIR_OK);
    EXPECT_TRUE(has(form("text"), "reached: interval 2.304 us")) << form("text");
    EXPECT_TRUE(has(form("json"), "\"reached\": true"));
    EXPECT_FALSE(has(form("json"), "\"minimal\": false"));
    EXPECT_TRUE(has(form("cfg"), "name = \"conv2_out\""));
    std::string path = folder + "/depths.cfg";
    EXPECT_EQ(weir_answer_save(answer, "cfg", path.c_str(), log), WEIR_OK);
    EXPECT_TRUE(std::filesystem::exists(path));
    EXPECT_EQ(weir_answer_save(answer, "csv", path.c_str(), log), WEIR_BAD_INPUT);
}

TEST_F(Study, SaysWhatCannotBeReached) {
    compile();
    weir_size_request request = {};
    request.interval_ps = 1000;
    EXPECT_EQ(weir_simulation_size(simulation, &request, &answer, log), WEIR_BAD_INPUT);
    ASSERT_NE(answer, nullptr);
    EXPECT_TRUE(has(form("text"), "not to be reached"));
    EXPECT_EQ(weir_answer_form(answer, "cfg"), nullptr);
    weir_answer_free(answer);
    request.latency_ps = 1000;
    EXPECT_EQ(weir_simulation_size(simulation, &request, &answer, log), WEIR_BAD_INPUT);
    EXPECT_EQ(answer, nullptr);
    EXPECT_EQ(first_message(), "sizing: 2 limits, allowed is one of interval, latency and memory");
}

TEST_F(Study, ReplayNeedsNoFrames) {
    compile();
    weir_outcome *outcome = nullptr;
    ASSERT_EQ(weir_simulation_random_frames(simulation, 1u << 20, 1, log), WEIR_OK);
    ASSERT_EQ(weir_simulation_set_engine(simulation, "replay", log), WEIR_OK);
    weir_simulation_set_trace(simulation, false);
    ASSERT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_OK) << first_message();
    EXPECT_EQ(weir_outcome_summary(outcome).frames, 1u << 20);
    EXPECT_EQ(weir_outcome_summary(outcome).beats_checked, 0u);
    EXPECT_STREQ(weir_outcome_summary(outcome).bottleneck, "conv2");
    weir_outcome_free(outcome);
}

} // namespace
