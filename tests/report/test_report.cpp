#include "base/format.h"
#include "report/fixture.h"
#include "report/report.h"
#include <gtest/gtest.h>
#include <sstream>

namespace {

std::vector<std::string> lines_of(const std::string &text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

std::string count(uint64_t value) {
    char out[WEIR_FORMAT];
    return weir_format_count(out, value);
}

std::string time_text(uint64_t ps) {
    char out[WEIR_FORMAT];
    return weir_format_time(out, ps);
}

TEST(Format, Counts) {
    EXPECT_EQ(count(0), "0");
    EXPECT_EQ(count(999), "999");
    EXPECT_EQ(count(1000), "1,000");
    EXPECT_EQ(count(1234567), "1,234,567");
    EXPECT_EQ(count(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Format, Times) {
    EXPECT_EQ(time_text(0), "0 ps");
    EXPECT_EQ(time_text(999), "999 ps");
    EXPECT_EQ(time_text(1000), "1.000 ns");
    EXPECT_EQ(time_text(1234567), "1.235 us");
    EXPECT_EQ(time_text(72000000000), "72.000 ms");
    EXPECT_EQ(time_text(3000000000000), "3.000 s");
}

TEST(Format, Frequencies) {
    char out[WEIR_FORMAT];
    EXPECT_STREQ(weir_format_mhz(out, 5000), "200 MHz");
    EXPECT_STREQ(weir_format_mhz(out, 7519), "132.996 MHz");
}

TEST(Format, ParagraphsBreakAtTheMargin) {
    std::string words, text;
    for (int i = 0; i < 60; i++)
        words += "word" + std::to_string(i) + " ";
    text = text_of([&](weir_text *out) { weir_format_paragraph(out, 2, words.c_str()); });
    EXPECT_GT(lines_of(text).size(), 3u);
    for (const std::string &line : lines_of(text)) {
        EXPECT_LE(line.size(), 100u);
        EXPECT_EQ(line.substr(0, 2), "  ");
    }
}

TEST(Report, TextSaysWhatTheRunDid) {
    ToyRun run;
    weir_record *record = run.record();
    std::string text = text_of([&](weir_text *out) { weir_report_text(record, out); });
    for (const char *part : {
             "toy: rtl engine, 4 processes, 3 channels\n",
             "clock fast: 1000 MHz, 1000 ps, 800 cycles\n",
             "clock slow: 500 MHz, 2000 ps from 500 ps, 410 cycles\n",
             "frames: 4; steady interval 200.000 ns, 5e+06 frames/s; cycles of clock slow\n",
             "RF 20, 1x4",
             "data: 60 beats checked against the reference, all equal\n",
             "accuracy against float over 4 frames: arg-max equal in 3/4, largest error 0.0125\n",
             "bottleneck: dense (96.4 %)\n",
             "models: 1 built, 1 cached (1.50 s); run 0.25 s; 41.3 % of process cycles frozen\n",
         })
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Report, FitsATerminal) {
    ToyRun run;
    weir_record *record = run.record();
    std::string longest(200, 'x');
    record->processes[1].name = longest.c_str();
    record->channels[1].name = record->channels[1].producer_name = longest.c_str();
    std::string text = text_of([&](weir_text *out) { weir_report_text(record, out); });
    for (const std::string &line : lines_of(text))
        EXPECT_LE(line.size(), 100u) << line;
}

TEST(Report, BarsAddUp) {
    ToyRun run;
    weir_record *record = run.record();
    std::string text = text_of([&](weir_text *out) { weir_report_text(record, out); });
    for (const std::string &line : lines_of(text))
        if (line.compare(0, 6, "  conv") == 0 && line.find("matvec") != std::string::npos) {
            std::string bar = line.substr(line.rfind(' ') + 1);
            EXPECT_EQ(bar, "###>>>>>>>") << line;
        }
}

TEST(Report, WrongDataIsShown) {
    ToyRun run;
    run.result.mismatches = 1;
    run.result.first_mismatch = {0, 1, 2, const_cast<char *>("aa"), const_cast<char *>("bb")};
    weir_record *record = run.record();
    std::string text = text_of([&](weir_text *out) { weir_report_text(record, out); });
    EXPECT_NE(text.find("data: 1 of 60 beats differ from the reference\n"
                        "  first: channel in_out, frame 1, beat 2: aa, expected bb\n"),
              std::string::npos)
        << text;
}

TEST(Report, CsvIsTwoTables) {
    ToyRun run;
    weir_record *record = run.record();
    record->processes[1].name = "a \"b\", c";
    std::string text = text_of([&](weir_text *out) { weir_report_csv(record, out); });
    std::vector<std::string> lines = lines_of(text);
    ASSERT_EQ(lines.size(), 1u + 4 + 1 + 1 + 3);
    auto commas = [](const std::string &s) { return std::count(s.begin(), s.end(), ','); };
    EXPECT_EQ(lines[2].find("\"a \"\"b\"\", c\",process,matvec,fast,"), 0u) << lines[2];
    for (int i : {1, 3, 4})
        EXPECT_EQ(commas(lines[i]), commas(lines[0])) << lines[i];
    EXPECT_NE(lines[1].find(",,,,,,,none"), std::string::npos) << "unmeasured resources are empty";
    EXPECT_EQ(lines[5], "");
    EXPECT_EQ(lines[7], "in_out,in,conv,16,4,4,srl,plain,40,40,,,,,,,,none");
}

TEST(Report, DiffShowsChanges) {
    ToyRun a, b;
    b.frames[2].last_out_ps += 1;
    b.processes[1].busy_cycles = 300;
    std::string text = text_of(
        [&](weir_text *out) { weir_report_diff(a.record(), "one", b.record(), "two", out); });
    for (const char *part : {
             "a: one\nb: two\n",
             "frame times: first difference at frame 2: 400000 to 630000 ps against 400000 to "
             "630001 ps\n",
             "+50.0 %",
         })
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    for (const std::string &line : lines_of(text))
        EXPECT_LE(line.size(), 100u) << line;
}

TEST(Report, DiffOfEqualRuns) {
    ToyRun a, b;
    std::string text = text_of(
        [&](weir_text *out) { weir_report_diff(a.record(), "one", b.record(), "two", out); });
    EXPECT_NE(text.find("frame times: the 4 are equal to the picosecond"), std::string::npos);
}

} // namespace
