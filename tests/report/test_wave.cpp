#include "base/text.h"
#include "report/wave.h"
#include <cstdio>
#include <cstdlib>
#include <fstapi.h>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

typedef std::vector<std::tuple<uint64_t, uint32_t, uint64_t>> Changes; /* time, signal, value */

struct Collected {
    uint64_t now = 0;
    Changes changes;
};

Changes play(const weir_trace *trace) {
    Collected collected;
    weir_wave_writer writer = {
        &collected, [](void *context, uint64_t time) { ((Collected *)context)->now = time; },
        [](void *context, uint32_t signal, uint64_t value) {
            auto *c = (Collected *)context;
            c->changes.push_back({c->now, signal, value});
        }};
    weir_wave_play(trace, &writer);
    return collected.changes;
}

weir_trace *new_trace(uint32_t channels) {
    weir_trace *trace = weir_trace_new("toy", channels);
    for (uint32_t c = 0; c < channels; c++) {
        std::string name = "channel" + std::to_string(c);
        weir_trace_reserve(trace, c, name.c_str(), 64);
        trace->channels[c].write_period_ps = 1000;
        trace->channels[c].read_period_ps = 1500;
        trace->channels[c].read_phase_ps = 300;
    }
    return trace;
}

void add_events(weir_trace_channel *channel, std::vector<uint64_t> writes,
                std::vector<uint64_t> reads) {
    std::copy(writes.begin(), writes.end(), channel->writes);
    std::copy(reads.begin(), reads.end(), channel->reads);
    channel->n_writes = writes.size();
    channel->n_reads = reads.size();
}

struct Path {
    std::string path;
    explicit Path(const char *suffix)
        : path(testing::TempDir() + "wave-" + std::to_string(getpid()) + suffix) {}
    ~Path() { std::remove(path.c_str()); }
};

TEST(Wave, StrobesLastACycleAndJoin) {
    weir_trace *trace = new_trace(1);
    add_events(&trace->channels[0], {2, 3, 6}, {2});
    Changes expected = {
        {2000, 0, 1}, {2000, 2, 1}, {3000, 2, 2}, {3300, 1, 1}, {3300, 2, 1},
        {4000, 0, 0}, {4800, 1, 0}, {6000, 0, 1}, {6000, 2, 2}, {7000, 0, 0},
    };
    EXPECT_EQ(play(trace), expected);
    weir_trace_free(trace);
}

/* Against a plain evaluation of every signal at every time. */
TEST(Wave, AgreesWithTheDefinitionOnRandomTraces) {
    const unsigned seed = 20;
    std::mt19937 random(seed);
    for (int round = 0; round < 50; round++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        weir_trace *trace = new_trace(3);
        for (uint32_t c = 0; c < 3; c++) {
            std::vector<uint64_t> writes, reads;
            for (uint64_t e = 0; e < 20; e++)
                if (random() % 2) writes.push_back(e);
            for (uint64_t e = 20; e < 40 && reads.size() < writes.size(); e++)
                if (random() % 2) reads.push_back(e);
            add_events(&trace->channels[c], writes, reads);
        }
        std::map<uint32_t, uint64_t> now;
        uint64_t last = 0;
        Changes changes = play(trace);
        size_t at = 0;
        for (uint64_t t = 0; t < 70000; t += 100) {
            for (; at < changes.size() && std::get<0>(changes[at]) <= t; at++) {
                ASSERT_GE(std::get<0>(changes[at]), last);
                last = std::get<0>(changes[at]);
                ASSERT_NE(now[std::get<1>(changes[at])], std::get<2>(changes[at])) << "no change";
                now[std::get<1>(changes[at])] = std::get<2>(changes[at]);
            }
            for (uint32_t c = 0; c < 3; c++) {
                const weir_trace_channel &channel = trace->channels[c];
                uint64_t written = 0, read = 0, write_high = 0, read_high = 0;
                for (uint64_t i = 0; i < channel.n_writes; i++) {
                    uint64_t from = channel.writes[i] * 1000;
                    written += from <= t;
                    write_high |= from <= t && t < from + 1000;
                }
                for (uint64_t i = 0; i < channel.n_reads; i++) {
                    uint64_t from = 300 + channel.reads[i] * 1500;
                    read += from <= t;
                    read_high |= from <= t && t < from + 1500;
                }
                ASSERT_EQ(now[3 * c], write_high) << t;
                ASSERT_EQ(now[3 * c + 1], read_high) << t;
                ASSERT_EQ(now[3 * c + 2], written - read) << t;
            }
        }
        EXPECT_EQ(at, changes.size());
        weir_trace_free(trace);
    }
}

TEST(Wave, VcdIsWhatTheStandardSays) {
    weir_trace *trace = new_trace(2);
    free(trace->design);
    trace->design = strdup("my toy"); /* a network's file may have a blank in its name */
    add_events(&trace->channels[0], {0, 1, 2}, {});
    add_events(&trace->channels[1], {1}, {1});
    Path file(".vcd");
    weir_diag *diag = weir_diag_new();
    ASSERT_TRUE(weir_wave_vcd(trace, file.path.c_str(), diag));
    char *text = weir_file_read(file.path.c_str(), nullptr, diag);
    std::string vcd = text;
    free(text);
    EXPECT_NE(vcd.find("$timescale 1 ps $end\n$scope module my_toy $end\n"
                       "$scope module channel0 $end\n"
                       "$var wire 1 ! write $end\n"
                       "$var wire 1 \" read $end\n"
                       "$var wire 32 # occupancy $end\n"
                       "$upscope $end\n"),
              std::string::npos)
        << vcd;
    EXPECT_NE(vcd.find("#0\n$dumpvars\n0!\n0\"\nb0 #\n0$\n0%\nb0 &\n$end\n1!\nb1 #\n#1000\nb10 #\n"
                       "1$\nb1 &\n#1800\n1%\nb0 &\n#2000\nb11 #\n0$\n#3000\n0!\n#3300\n0%\n"),
              std::string::npos)
        << vcd;
    weir_diag_free(diag);
    weir_trace_free(trace);
}

TEST(Wave, FstHoldsTheSameChanges) {
    weir_trace *trace = new_trace(2);
    add_events(&trace->channels[0], {1, 2, 5}, {4, 6});
    add_events(&trace->channels[1], {1}, {1});
    Path file(".fst");
    weir_diag *diag = weir_diag_new();
    ASSERT_TRUE(weir_wave_fst(trace, file.path.c_str(), diag));
    void *reader = fstReaderOpen(file.path.c_str());
    ASSERT_NE(reader, nullptr);
    EXPECT_EQ(fstReaderGetTimescale(reader), -12);
    EXPECT_EQ(fstReaderGetVarCount(reader), 6u);
    Changes changes;
    fstReaderSetFacProcessMaskAll(reader);
    fstReaderIterBlocks(
        reader,
        [](void *context, uint64_t time, fstHandle signal, const unsigned char *value) {
            uint64_t number = strtoull((const char *)value, nullptr, 2);
            if (time > 0) ((Changes *)context)->push_back({time, signal - 1, number});
        },
        &changes, nullptr);
    fstReaderClose(reader);
    Changes expected = play(trace);
    std::sort(changes.begin(), changes.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(changes, expected);
    weir_diag_free(diag);
    weir_trace_free(trace);
}

TEST(Wave, AnUnwritablePathIsAnError) {
    weir_trace *trace = new_trace(1);
    weir_diag *diag = weir_diag_new();
    EXPECT_FALSE(weir_wave_vcd(trace, "/dev/null/x.vcd", diag));
    EXPECT_FALSE(weir_wave_fst(trace, "/dev/null/x.fst", diag));
    ASSERT_EQ(weir_diag_count(diag), 2u);
    EXPECT_STREQ(weir_diag_at(diag, 0)->file, "/dev/null/x.vcd");
    weir_diag_free(diag);
    weir_trace_free(trace);
}

} // namespace
