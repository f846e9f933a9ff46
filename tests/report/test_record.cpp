#include "report/fixture.h"
#include "report/report.h"
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <jansson.h>
#include <unistd.h>

namespace {

/* A file of its own, gone at the end. */
struct File {
    std::string path = testing::TempDir() + "record-" + std::to_string(getpid()) + ".json";
    explicit File(const std::string &contents) { std::ofstream(path) << contents; }
    ~File() { std::remove(path.c_str()); }
};

weir_record *load(const std::string &json, ToyRun &run) {
    File file(json);
    weir_record *record = weir_record_load(file.path.c_str(), run.diag);
    if (record != nullptr) run.records.push_back(record);
    return record;
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string first_error(const std::string &json) {
    ToyRun run;
    EXPECT_EQ(load(json, run), nullptr);
    return weir_diag_count(run.diag) > 0 ? weir_diag_at(run.diag, 0)->text : "";
}

std::string valid_json() {
    ToyRun run;
    return json_of(run.record());
}

TEST(Record, JsonHasTheDocumentedMembers) {
    ToyRun run;
    weir_record *record = run.record();
    ASSERT_FALSE(weir_diag_has_errors(run.diag));
    json_t *root = json_loads(json_of(record).c_str(), 0, nullptr);
    ASSERT_NE(root, nullptr);
    EXPECT_STREQ(json_string_value(json_object_get(root, "design")), "toy");
    EXPECT_STREQ(json_string_value(json_object_get(root, "engine")), "rtl");
    json_t *frame = json_array_get(json_object_get(root, "frames"), 3);
    EXPECT_EQ(json_integer_value(json_object_get(frame, "first_in_ps")), 600000);
    EXPECT_EQ(json_integer_value(json_object_get(frame, "last_out_ps")), 830000);
    json_t *data = json_object_get(root, "data");
    EXPECT_TRUE(json_is_true(json_object_get(data, "checked")));
    EXPECT_EQ(json_integer_value(json_object_get(data, "beats")), 60);
    EXPECT_EQ(json_integer_value(json_object_get(data, "mismatches")), 0);
    EXPECT_TRUE(json_is_null(json_object_get(root, "deadlock")));
    json_t *dense = json_array_get(json_object_get(root, "processes"), 2);
    EXPECT_STREQ(json_string_value(json_object_get(dense, "domain")), "slow");
    EXPECT_EQ(json_integer_value(json_object_get(dense, "busy_cycles")), 400);
    json_t *resources = json_object_get(dense, "resources");
    EXPECT_TRUE(json_is_null(json_object_get(resources, "lut")));
    EXPECT_STREQ(json_string_value(json_object_get(resources, "source")), "none");
    json_t *channel = json_array_get(json_object_get(root, "channels"), 1);
    EXPECT_STREQ(json_string_value(json_object_get(channel, "producer")), "conv");
    EXPECT_STREQ(json_string_value(json_object_get(channel, "latency_class")), "cdc");
    EXPECT_EQ(json_integer_value(json_object_get(channel, "max_occupancy")), 4);
    json_t *bottleneck = json_object_get(root, "bottleneck");
    EXPECT_STREQ(json_string_value(json_object_get(bottleneck, "process")), "dense");
    json_decref(root);
}

TEST(Record, ReadsBackToTheSameDocumentAndReport) {
    ToyRun run;
    run.result.mismatches = 2;
    run.result.first_mismatch = {1, 2, 7, strdup("0bad"), strdup("f00d")};
    std::vector<uint32_t> processes = {1, 2}, channels = {1, 2};
    bool full[] = {true, false};
    run.result.deadlock = {true,
                           123456,
                           2,
                           processes.data(),
                           channels.data(),
                           full,
                           const_cast<char *>("conv waits\nenlarge channel \"conv_out\"\n")};
    weir_record *record = run.record();
    std::string json = json_of(record);
    weir_record *again = load(json, run);
    ASSERT_NE(again, nullptr) << weir_diag_at(run.diag, 0)->text;
    EXPECT_EQ(json_of(again), json);
    auto report = [](const weir_record *r) {
        return text_of([&](weir_text *text) { weir_report_text(r, text); });
    };
    EXPECT_EQ(report(again), report(record));
    EXPECT_NE(report(again).find("conv waits: channel conv_out is full"), std::string::npos);
    EXPECT_NE(report(again).find("\n  enlarge channel \"conv_out\"\n"), std::string::npos);
    EXPECT_NE(report(again).find("first: channel conv_out, frame 2, beat 7: 0bad, expected f00d"),
              std::string::npos);
    free(run.result.first_mismatch.found);
    free(run.result.first_mismatch.expected);
}

TEST(Record, FrameStatistics) {
    ToyRun run;
    run.frames = {{0, 0, 500}, {1, 100, 900}, {2, 200, 1000}, {3, 300, 1100}, {4, 400, 1200}};
    weir_record *record = run.record();
    EXPECT_EQ(record->latency.first_ps, 500u);
    EXPECT_EQ(record->latency.min_ps, 500u);
    EXPECT_EQ(record->latency.median_ps, 800u);
    EXPECT_EQ(record->latency.max_ps, 800u);
    EXPECT_EQ(record->interval.count, 4u);
    EXPECT_EQ(record->interval.max_ps, 400u);
    EXPECT_EQ(record->steady_interval_ps, 100u); /* the filling of the first frames is left out */
}

TEST(Record, NoFramesAtAll) {
    ToyRun run;
    run.frames.clear();
    weir_record *record = run.record();
    EXPECT_EQ(record->bottleneck.process, nullptr);
    weir_record *again = load(json_of(record), run);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->n_frames, 0u);
    EXPECT_EQ(again->latency.count, 0u);
}

TEST(RecordErrors, NameThePlace) {
    std::string json = valid_json();
    EXPECT_EQ(first_error(replaced(json, "\"busy_cycles\": 200", "\"busy_cycles\": \"x\"")),
              "processes[1].busy_cycles: a string, an integer expected");
    EXPECT_EQ(first_error(replaced(json, "\"busy_cycles\": 200", "\"busy_cycles\": -1")),
              "processes[1].busy_cycles: negative, an unsigned integer expected");
    EXPECT_EQ(first_error(replaced(json, "\"busy_cycles\": 200", "\"bosy_cycles\": 200")),
              "processes[1].busy_cycles: missing, a value expected");
    EXPECT_EQ(first_error(replaced(json, "\"depth\": 4", "\"depth\": 4294967296")),
              "channels[0].depth: too large, an unsigned integer expected");
    EXPECT_EQ(first_error(replaced(json, "\"consumer\": \"dense\"", "\"consumer\": \"none\"")),
              "channels[1].consumer: \"none\" is not in this file");
    EXPECT_EQ(first_error(replaced(json, "\"domain\": \"slow\"", "\"domain\": \"slaw\"")),
              "processes[2].domain: \"slaw\" is not in this file");
    EXPECT_EQ(first_error(replaced(json, "\"period_ps\": 1000", "\"period_ps\": 0")),
              "domains[0].period_ps: 0, minimum 1");
    EXPECT_EQ(first_error(replaced(json, "\"first_in_ps\": 600000", "\"first_in_ps\": 900000")),
              "frames[3]: last_out_ps is before first_in_ps");
    EXPECT_EQ(first_error("[1]"), "not a result: an object expected");
}

TEST(RecordErrors, EveryTruncationIsRefused) {
    std::string json = valid_json();
    for (size_t length = 0; length + 2 < json.size(); length += 97) {
        ToyRun run;
        EXPECT_EQ(load(json.substr(0, length), run), nullptr) << length;
        EXPECT_GE(weir_diag_count(run.diag), 1u) << length;
    }
}

TEST(RecordErrors, AllAtOnce) {
    ToyRun run;
    EXPECT_EQ(load("{}", run), nullptr);
    EXPECT_GE(weir_diag_count(run.diag), 10u);
}

} // namespace
