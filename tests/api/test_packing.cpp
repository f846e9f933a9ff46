/* Memory packing through the public headers alone. */
#include "api/weir_packing.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

class Pack : public testing::Test {
  protected:
    weir_messages *log = weir_messages_new();
    weir_simulation *simulation =
        weir_simulation_open(WEIR_SOURCE_DIR "/configs/designs/digits.cfg", log);
    weir_answer *answer = nullptr;
    weir_pack_request request = {};
    std::string folder = testing::TempDir() + "weir-pack-" + std::to_string(getpid());

    void compile() { ASSERT_EQ(weir_simulation_compile(simulation, folder.c_str(), log), WEIR_OK); }
    weir_status pack() {
        weir_answer_free(answer);
        return weir_simulation_pack(simulation, &request, &answer, log);
    }
    bool says(const char *part, const char *name = "text") {
        const char *text = answer != nullptr ? weir_answer_form(answer, name) : nullptr;
        return text != nullptr && std::string(text).find(part) != std::string::npos;
    }
    std::string first_message() {
        return weir_messages_count(log) > 0 ? weir_messages_at(log, 0).text : "";
    }
    ~Pack() override {
        weir_answer_free(answer);
        weir_simulation_close(simulation);
        weir_messages_free(log);
        std::filesystem::remove_all(folder);
    }
};

TEST_F(Pack, AsksForACompiledDesign) {
    EXPECT_EQ(pack(), WEIR_USAGE);
    EXPECT_EQ(answer, nullptr);
    EXPECT_EQ(first_message(), "design \"digits\" is not compiled");
}

TEST_F(Pack, RefusesOtherClocksAndBandwidths) {
    compile();
    request.memory_clock = 3;
    EXPECT_EQ(pack(), WEIR_BAD_INPUT);
    EXPECT_EQ(answer, nullptr);
    EXPECT_EQ(first_message(), "memory clock 3, allowed are 1 and 2");
    request = {};
    request.bandwidth = -1;
    EXPECT_EQ(pack(), WEIR_BAD_INPUT);
}

TEST_F(Pack, AnswersAsTextAndJson) {
    compile();
    request.limit_lut = true; // none
    request.memory_clock = 2;
    ASSERT_EQ(pack(), WEIR_OK) << first_message();
    EXPECT_TRUE(says("dense1.weights"));
    EXPECT_TRUE(says("this one is the least"));
    EXPECT_TRUE(says("\"optimal\": true", "json"));
    EXPECT_TRUE(says("\"on_chip_budget\": null", "json"));
    EXPECT_EQ(weir_answer_form(answer, "cfg"), nullptr);
}

TEST_F(Pack, BudgetBelowWhatMustStay) {
    compile();
    request.on_chip_bits = 27057; // one bit too few
    EXPECT_EQ(pack(), WEIR_NO_FIT);
    EXPECT_TRUE(says("27,058 must stay"));
    EXPECT_NE(first_message().find("27058 bits must stay, 27057 allowed"), std::string::npos)
        << first_message();
    request.on_chip_bits = 27058;
    EXPECT_EQ(pack(), WEIR_OK);
    request.on_chip_bits = 27058 + 15360; // all of it
    EXPECT_EQ(pack(), WEIR_OK);
    EXPECT_TRUE(says("to and from outside: 0 bytes a frame, the least"));
}

TEST_F(Pack, StopsWhenToldTo) {
    compile();
    const volatile int stop = 1;
    weir_simulation_set_stop(simulation, &stop);
    EXPECT_EQ(pack(), WEIR_BAD_INPUT);
    EXPECT_EQ(first_message(), "packing: stopped before it was finished");
}

} // namespace
