// Traces: what is saved is loaded, damage is refused, and the first difference is named.
#include "base/scratch.h"
#include "traces/trace.h"
#include <gtest/gtest.h>
#include <memory>
#include <random>

using scratch::Lines;

namespace {

using Trace = std::unique_ptr<weir_trace, decltype(&weir_trace_free)>;

Trace Make() {
    std::mt19937_64 random(5);
    Trace trace(weir_trace_new("digits", 3), weir_trace_free);
    const char *const names[] = {"in", "conv1_out", "empty"};
    for (uint32_t i = 0; i < 3; i++) {
        weir_trace_reserve(trace.get(), i, names[i], 1000);
        weir_trace_channel &channel = trace->channels[i];
        channel.write_period_ps = 1000;
        channel.write_phase_ps = 300;
        channel.read_period_ps = 3759;
        channel.n_writes = i == 2 ? 0 : 1000;
        channel.n_reads = i == 2 ? 0 : 990;
        uint64_t edge = 0;
        for (uint64_t k = 0; k < channel.n_writes; k++)
            channel.writes[k] = edge += 1 + (random() % 9 == 0 ? random() % 100000 : 0);
        edge = UINT64_C(1) << 40;
        for (uint64_t k = 0; k < channel.n_reads; k++)
            channel.reads[k] = edge += 1 + random() % 3;
    }
    return trace;
}

std::string Difference(const Trace &a, const Trace &b) {
    char *text = weir_trace_difference(a.get(), b.get());
    std::string difference = text ? text : "equal";
    free(text);
    return difference;
}

TEST(Trace, IsLoadedAsItWasSaved) {
    scratch::Folder folder;
    scratch::Diag diag;
    Trace trace = Make();
    std::string path = folder.Path("run.trace");
    ASSERT_TRUE(weir_trace_save(trace.get(), path.c_str(), diag));
    Trace loaded(weir_trace_load(path.c_str(), diag), weir_trace_free);
    ASSERT_NE(loaded, nullptr);
    EXPECT_EQ(diag.Lines(), Lines{});
    EXPECT_STREQ(loaded->design, "digits");
    ASSERT_EQ(loaded->n_channels, 3u);
    for (uint32_t i = 0; i < 3; i++) {
        const weir_trace_channel &a = trace->channels[i], &b = loaded->channels[i];
        EXPECT_STREQ(a.name, b.name);
        EXPECT_EQ(a.write_period_ps, b.write_period_ps);
        EXPECT_EQ(a.write_phase_ps, b.write_phase_ps);
        EXPECT_EQ(a.read_period_ps, b.read_period_ps);
        EXPECT_EQ(a.read_phase_ps, b.read_phase_ps);
        ASSERT_EQ(a.n_writes, b.n_writes);
        ASSERT_EQ(a.n_reads, b.n_reads);
        EXPECT_TRUE(std::equal(a.writes, a.writes + a.n_writes, b.writes));
        EXPECT_TRUE(std::equal(a.reads, a.reads + a.n_reads, b.reads));
    }
    EXPECT_EQ(Difference(trace, loaded), "equal");
    EXPECT_FALSE(weir_trace_save(trace.get(), folder.Path("none/x").c_str(), diag));
}

TEST(Trace, RefusesTruncatedDamagedAndForeignFiles) {
    scratch::Folder folder;
    scratch::Diag good;
    ASSERT_TRUE(weir_trace_save(Make().get(), folder.Path("run").c_str(), good));
    const std::string whole = folder.Read("run");
    auto load = [&](const std::string &bytes) {
        scratch::Diag diag;
        weir_trace *trace = weir_trace_load(folder.Write("x", bytes).c_str(), diag);
        EXPECT_EQ(trace, nullptr);
        weir_trace_free(trace);
        EXPECT_EQ(diag.Lines().size(), 1u);
        return diag.Lines().empty() ? "" : diag.Lines()[0];
    };
    for (size_t length = 8; length < whole.size(); length += 7)
        ASSERT_EQ(load(whole.substr(0, length)),
                  "x: error: offset " + std::to_string(length) + ": the trace is truncated");
    // A few bits of a deflate stream mean nothing; then the same trace must come of it.
    Trace original = Make();
    size_t refused = 0, flips = 0;
    for (size_t at = 8; at < whole.size(); at += 5, flips++) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        scratch::Diag diag;
        Trace trace(weir_trace_load(folder.Write("x", damaged).c_str(), diag), weir_trace_free);
        if (trace != nullptr) {
            EXPECT_EQ(Difference(original, trace), "equal") << at;
            continue;
        }
        ASSERT_EQ(diag.Lines().size(), 1u) << at;
        EXPECT_NE(diag.Lines()[0].find("x: error: offset "), std::string::npos) << at;
        refused++;
    }
    EXPECT_GT(refused, flips * 95 / 100);
    EXPECT_EQ(load("RIFF, something else"),
              "x: error: offset 0: not a trace, must begin with \"WEIRTRC1\"");
    EXPECT_EQ(load(""), "x: error: offset 0: not a trace, must begin with \"WEIRTRC1\"");
    EXPECT_EQ(load(whole + "ab"), "x: error: offset " + std::to_string(whole.size()) +
                                      ": 2 bytes follow the trace, allowed: none");
}

TEST(Trace, NamesTheEarliestDifference) {
    Trace a = Make(), b = Make();
    EXPECT_EQ(Difference(a, b), "equal");
    a->channels[1].writes[0] = b->channels[1].writes[0] = 9;
    b->channels[0].writes[500] += 1; // later than the next one
    b->channels[1].writes[0] = 10;
    EXPECT_EQ(Difference(a, b), "channel \"conv1_out\": write 0: 9300 ps against 10300 ps");
    b = Make();
    a = Make();
    b->channels[0].n_reads--;
    uint64_t last = a->channels[0].reads[989] * 3759;
    EXPECT_EQ(Difference(a, b),
              "channel \"in\": read 989: " + std::to_string(last) + " ps against none");
    EXPECT_EQ(Difference(b, a),
              "channel \"in\": read 989: none against " + std::to_string(last) + " ps");
    weir_trace_reserve(b.get(), 2, "full", 1);
    EXPECT_EQ(Difference(a, b), "channel 2: \"empty\" against \"full\"");
    EXPECT_EQ(Difference(a, Trace(weir_trace_new("digits", 1), weir_trace_free)),
              "3 channels against 1");
    EXPECT_EQ(Difference(a, Trace(weir_trace_new("mnist", 3), weir_trace_free)),
              "design \"digits\" against \"mnist\"");
}

} // namespace
