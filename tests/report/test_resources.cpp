// Resources of a record: sums, shares, main consumers and what does not fit; the same after result.json.
#include "base/scratch.h"
#include "report/fixture.h"
#include "report/report.h"
#include "report/resources.h"
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

struct Costed : ToyRun {
    std::vector<weir_cost> process_costs, channel_costs;
    weir_device device = {};

    Costed() : process_costs(4), channel_costs(3) {
        for (int p : {1, 2})
            process_costs[p].source = WEIR_COST_SYNTHESIS;
        add(1, WEIR_PART_ADDERS, WEIR_LUT, 100);
        add(1, WEIR_PART_CONTROL, WEIR_LUT, 20);
        add(1, WEIR_PART_MULTIPLIERS, WEIR_DSP, 9);
        add(1, WEIR_PART_REGISTERS, WEIR_FF, 300);
        process_costs[2].source = WEIR_COST_ESTIMATE;
        process_costs[2].band = 0.2;
        add(2, WEIR_PART_WEIGHTS, WEIR_LUT, 90);
        add(2, WEIR_PART_WEIGHTS, WEIR_LUT_MEMORY, 60);
        add(2, WEIR_PART_WEIGHTS, WEIR_BRAM18, 5);
        add(2, WEIR_PART_MULTIPLIERS, WEIR_DSP, 4);
        for (auto &cost : channel_costs) {
            cost.source = WEIR_COST_ESTIMATE;
            cost.band = 0.25;
            weir_cost_add(&cost, WEIR_PART_FIFO, WEIR_LUT, 10);
            weir_cost_add(&cost, WEIR_PART_FIFO, WEIR_FF, 4);
        }
        source.processes = process_costs.data();
        source.channels = channel_costs.data();
        device.name = "mine";
        device.lut = 240;
        device.lut_memory = 60;
        device.ff = 480;
        device.dsp.count = 13;
        device.bram36 = 3;
        source.device = &device;
    }

    void add(int process, weir_part part, weir_resource resource, uint64_t count) {
        weir_cost_add(&process_costs[process], part, resource, count);
    }
};

TEST(Resources, SumsByKindDomainAndDesign) {
    Costed run;
    weir_usage usage = weir_record_usage(run.record());
    ASSERT_TRUE(usage.known);
    EXPECT_EQ(usage.total[WEIR_LUT], 240u);
    EXPECT_EQ(usage.total[WEIR_FF], 312u);
    EXPECT_EQ(usage.total[WEIR_DSP], 13u);
    EXPECT_EQ(usage.fifos[WEIR_LUT], 30u);
    ASSERT_EQ(usage.n_kinds, 2u);
    EXPECT_STREQ(usage.kinds[0].name, "matvec");
    EXPECT_EQ(usage.kinds[0].count, 2u);
    EXPECT_EQ(usage.kinds[0].total[WEIR_LUT], 210u);
    EXPECT_STREQ(usage.kinds[1].name, "fifo");
    EXPECT_EQ(usage.kinds[1].count, 3u);
    ASSERT_EQ(usage.n_domains, 2u);
    EXPECT_EQ(usage.domains[0].total[WEIR_LUT], 130u) << "conv and the FIFO before it";
    EXPECT_EQ(usage.domains[1].total[WEIR_LUT], 110u) << "dense and the two FIFOs into its domain";
    EXPECT_EQ(usage.band, 0.25);
    const weir_consumer &lut = usage.most[WEIR_LUT], &dsp = usage.most[WEIR_DSP];
    EXPECT_STREQ(lut.name, "conv");
    EXPECT_EQ(lut.count, 120u);
    EXPECT_EQ(lut.part, WEIR_PART_ADDERS);
    EXPECT_EQ(lut.part_count, 100u);
    EXPECT_STREQ(dsp.name, "conv");
    EXPECT_STREQ(usage.most[WEIR_BRAM18].name, "dense");
    EXPECT_EQ(usage.most[WEIR_URAM].name, nullptr) << "nobody takes any";
}

TEST(Resources, FitsUpToTheLastOne) {
    Costed run;
    EXPECT_TRUE(weir_record_usage(run.record()).fits) << "exactly as many LUT and DSP as it has";
    run.device.dsp.count = 12;
    run.device.lut_memory = 59;
    const weir_record *record = run.record();
    weir_usage usage = weir_record_usage(record);
    EXPECT_FALSE(usage.fits);
    EXPECT_EQ(usage.over[WEIR_DSP], 1u);
    EXPECT_EQ(usage.over[WEIR_LUT_MEMORY], 1u);
    EXPECT_EQ(usage.over[WEIR_LUT], 0u);
    char text[128];
    weir_usage_overshoot(record, &usage, WEIR_DSP, text);
    EXPECT_STREQ(text, "DSP 13 of 12 (108.3 %): 1 too many");
    run.device.lut_memory = 0;
    EXPECT_EQ(weir_record_usage(run.record()).over[WEIR_LUT_MEMORY], 0u) << "not known of it";
    run.source.device = nullptr;
    EXPECT_TRUE(weir_record_usage(run.record()).fits) << "no device, no limit";
}

TEST(Resources, NothingIsSaidOfHalf) {
    Costed run;
    run.process_costs[2].source = WEIR_COST_NONE;
    weir_record *record = run.record();
    EXPECT_FALSE(weir_record_usage(record).known);
    EXPECT_EQ(text_of([&](weir_text *out) { weir_usage_text(record, out); }), "");
}

TEST(Resources, TextShowsSourcesAndConsumers) {
    Costed run;
    run.device.dsp.count = 12;
    weir_record *record = run.record();
    std::string text = text_of([&](weir_text *out) { weir_usage_text(record, out); });
    for (const char *part :
         {"  conv        120           0   300      9       0     0  synthesis\n",
          "  dense        90          60     0      4       5     0  estimate +-20 %\n",
          "  3 FIFOs      30           0    12      0       0     0  shapes +-25 %\n",
          "  design      240          60   312     13       5     0  -\n",
          "  per cent  100.0       100.0  65.0  108.3    83.3     -  -\n",
          "most LUT: conv, 120 (50.0 %), of which 100 are adders\n",
          "most BRAM18: dense, 5 (100.0 %), of which 5 are weights\n",
          "  does not fit mine: DSP 13 of 12 (108.3 %): 1 too many\n"})
        EXPECT_NE(text.find(part), std::string::npos) << part << text;
}

TEST(Resources, ComeBackFromTheFile) {
    Costed run;
    weir_record *record = run.record();
    scratch::Folder folder;
    scratch::Diag diag;
    std::string path = folder.Write("result.json", json_of(record));
    weir_record *loaded = weir_record_load(path.c_str(), diag);
    ASSERT_NE(loaded, nullptr) << testing::PrintToString(diag.Lines());
    EXPECT_EQ(json_of(loaded), json_of(record));
    EXPECT_EQ(text_of([&](weir_text *out) { weir_report_text(loaded, out); }),
              text_of([&](weir_text *out) { weir_report_text(record, out); }));
    EXPECT_EQ(text_of([&](weir_text *out) { weir_report_csv(loaded, out); }),
              text_of([&](weir_text *out) { weir_report_csv(record, out); }));
    EXPECT_EQ(loaded->processes[1].cost.part[WEIR_PART_ADDERS][WEIR_LUT], 100u);
    EXPECT_STREQ(loaded->device.name, "mine");
    weir_record_free(loaded);
}

// What is diagnosed of the file with `from` replaced by `to`.
Lines Changed(const std::string &from, const std::string &to) {
    Costed run;
    scratch::Folder folder;
    scratch::Diag diag;
    std::string json = json_of(run.record());
    size_t at = json.find(from);
    EXPECT_NE(at, std::string::npos) << from << "\n" << json;
    json.replace(at, from.size(), to);
    weir_record_free(weir_record_load(folder.Write("result.json", json).c_str(), diag));
    return diag.Lines();
}

TEST(Resources, WrongFilesAreRefused) {
    EXPECT_EQ(Changed("\"source\": \"synthesis\"", "\"source\": \"guess\""),
              (Lines{"result.json: error: processes[1].resources.source: \"guess\"; allowed: none, "
                     "synthesis, vendor, estimate"}));
    EXPECT_EQ(Changed("\"adders\": {", "\"edders\": {"),
              (Lines{"result.json: error: processes[1].resources.parts: unknown part"}));
    EXPECT_EQ(Changed("\"lut\": 100", "\"lut\": -1"),
              (Lines{"result.json: error: processes[1].resources.parts.adders.lut: not a count"}));
    EXPECT_EQ(Changed("\"name\": \"mine\"", "\"name\": 3"),
              (Lines{"result.json: error: device.name: an integer, a string expected"}));
}

} // namespace
