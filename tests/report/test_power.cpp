// Power and efficiency of a record by hand, and what each report says of them.
#include "base/format.h"
#include "base/scratch.h"
#include "report/fixture.h"
#include "report/power.h"
#include "report/report.h"
#include <gtest/gtest.h>

namespace {

// The toy run with costs on a 16 nm device: conv is busy in 200 of 800 cycles at 1 GHz, dense in 400
// of 410 at 500 MHz. Only the channel between them was seen: half of its bits flip.
struct Powered : ToyRun {
    std::vector<weir_cost> process_costs, channel_costs;
    std::vector<weir_toggles> toggles;
    weir_device device = {};

    Powered() : process_costs(4), channel_costs(3), toggles(3) {
        processes[1] = {200, 200, 10, 570, 20, 500};
        for (int p : {1, 2}) {
            process_costs[p].source = WEIR_COST_SYNTHESIS;
            process_costs[p].total[WEIR_FF] = 1000;
        }
        process_costs[1].total[WEIR_LUT] = 3000;
        process_costs[2].total[WEIR_BRAM18] = 10;
        for (auto &cost : channel_costs) {
            cost.source = WEIR_COST_ESTIMATE;
            cost.total[WEIR_FF] = 100;
        }
        toggles[1] = {80, 160};
        source.processes = process_costs.data();
        source.channels = channel_costs.data();
        source.toggles = toggles.data();
        device.name = "mine";
        device.lut = device.ff = 10000;
        device.bram36 = 10;
        device.static_class = WEIR_STATIC_16NM_FINFET;
        device.supply = {250, 25, 0};
        source.device = &device;
    }
};

double NanoWatts(weir_power_part part) {
    return weir_power_model_of(WEIR_STATIC_16NM_FINFET)->part[part].typical;
}

std::string Text(const weir_record *record) {
    return text_of([&](weir_text *out) { weir_report_text(record, out); });
}

std::string Csv(const weir_record *record) {
    return text_of([&](weir_text *out) { weir_report_csv(record, out); });
}

TEST(Power, ProcessesFifosAndDomainsByHand) {
    Powered run;
    weir_record_power power = weir_power_of_record(run.record());
    ASSERT_TRUE(power.known);
    ASSERT_EQ(power.n_processes, 2u) << "sources and sinks draw nothing";
    const weir_power_use &conv = power.processes[0], &dense = power.processes[1];
    EXPECT_STREQ(conv.name, "conv");
    EXPECT_DOUBLE_EQ(conv.busy, 200.0 / 800);
    EXPECT_DOUBLE_EQ(conv.toggle_rate, 0.5) << "of the one channel that was seen";
    EXPECT_DOUBLE_EQ(conv.power.part[WEIR_POWER_CLOCK], 1000 * NanoWatts(WEIR_POWER_CLOCK) / 1e3);
    EXPECT_DOUBLE_EQ(conv.power.part[WEIR_POWER_LUT],
                     3000 * NanoWatts(WEIR_POWER_LUT) / 1e3 * 0.25 * 0.5 / 0.125);
    EXPECT_DOUBLE_EQ(dense.power.part[WEIR_POWER_BRAM18],
                     10 * NanoWatts(WEIR_POWER_BRAM18) / 2e3 * dense.busy);
    // A FIFO: 40 beats in and out of 800 cycles, 40 and 20 of 410.
    double ff = 100 * NanoWatts(WEIR_POWER_FF) / 1e3, clock = 100 * NanoWatts(WEIR_POWER_CLOCK);
    EXPECT_DOUBLE_EQ(power.fifos.power.part[WEIR_POWER_FF],
                     ff * 40 / 800 + ff / 2 * 40 / 410 * 4 + ff / 2 * 20 / 410);
    EXPECT_DOUBLE_EQ(power.fifos.power.part[WEIR_POWER_CLOCK], clock * (1 + 0.5 + 0.5) / 1e3);
    ASSERT_EQ(power.n_domains, 2u);
    EXPECT_NEAR(power.domains[0].power.total + power.domains[1].power.total, power.dynamic.total,
                1e-9);
    EXPECT_NEAR(conv.power.total + dense.power.total + power.fifos.power.total, power.dynamic.total,
                1e-9);
    EXPECT_DOUBLE_EQ(power.total_mw, 250 + power.dynamic.total);
    EXPECT_EQ(power.toggles, WEIR_TOGGLES_MEASURED);
}

TEST(Power, EfficiencyIsOfTheSteadyInterval) {
    Powered run;
    weir_record *record = run.record();
    weir_record_power power = weir_power_of_record(record);
    const weir_efficiency &of = power.efficiency;
    ASSERT_TRUE(of.known);
    EXPECT_EQ(record->steady_interval_ps, 200000u);
    EXPECT_EQ(record->frame_pixels, 10u) << "a vector of ten elements";
    EXPECT_DOUBLE_EQ(of.frames_per_second, 5e6);
    EXPECT_DOUBLE_EQ(of.pixels_per_second, 5e7);
    // mW * 200 ns
    EXPECT_DOUBLE_EQ(of.frame_uj, power.total_mw * 2e-4);
    EXPECT_DOUBLE_EQ(of.dynamic_uj, power.dynamic.total * 2e-4);
    EXPECT_NEAR(of.pixels_per_watt_second * of.frame_uj * 1e-6, 10, 1e-9)
        << "pixels of a frame by its energy";
    run.frames.resize(1);
    EXPECT_FALSE(weir_power_of_record(run.record()).efficiency.known) << "no interval of one frame";
}

TEST(Power, AnUnknownStaticPowerIsNotZero) {
    Powered run;
    run.device.supply = {0, 0, 0};
    run.device.static_class = WEIR_STATIC_20NM; /* no device of it has a figure */
    weir_record *record = run.record();
    std::string text = Text(record), json = json_of(record), csv = Csv(record);
    EXPECT_NE(text.find("  static: not known of mine, nor is the total\n"), std::string::npos);
    EXPECT_EQ(text.find("  total: "), std::string::npos);
    EXPECT_EQ(text.find("pixels/(W s)"), std::string::npos);
    EXPECT_NE(text.find("  dynamic energy of a frame: "), std::string::npos);
    for (const char *member : {"\"static_mw\": null", "\"total_mw\": null", "\"band\": null",
                               "\"energy_per_frame_uj\": null", "\"pixels_per_watt_second\": null"})
        EXPECT_NE(json.find(member), std::string::npos) << member;
    EXPECT_NE(csv.find("\n,,5e+06,5e+07,,,"), std::string::npos) << csv;
}

TEST(Power, ReportsSayBandAndSource) {
    Powered run;
    weir_record *record = run.record();
    std::string text = Text(record);
    weir_record_power power = weir_power_of_record(record);
    char low[WEIR_FORMAT], high[WEIR_FORMAT];
    weir_format_mw(low, power.low_mw);
    weir_format_mw(high, power.high_mw);
    EXPECT_NE(text.find(" (" + std::string(low) + " to " + high + ")\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("  static: 250 mW of mine at 25.0 C, typical\n"), std::string::npos);
    EXPECT_NE(text.find("Clocks are not gated."), std::string::npos);
    EXPECT_NE(text.find("bench/power/reports.csv"), std::string::npos);
    EXPECT_NE(text.find("Bit flips are those of the last frames. "), std::string::npos) << text;
    run.source.toggles = nullptr;
    record = run.record();
    EXPECT_EQ(weir_power_of_record(record).toggles, WEIR_TOGGLES_DEFAULT);
    EXPECT_NE(Text(record).find("bits flip in 12.5 %"), std::string::npos) << Text(record);
}

TEST(Power, NothingWithoutDeviceClassOrCosts) {
    for (int what = 0; what < 3; what++) {
        Powered run;
        if (what == 0) run.source.device = nullptr;
        if (what == 1) run.device.static_class = WEIR_STATIC_UNKNOWN;
        if (what == 2) run.source.processes = nullptr;
        weir_record *record = run.record();
        EXPECT_FALSE(weir_power_of_record(record).known) << what;
        EXPECT_EQ(text_of([&](weir_text *out) { weir_power_text(record, out); }), "");
        EXPECT_EQ(Csv(record).find("dynamic_mw"), std::string::npos);
        EXPECT_NE(json_of(record).find("\"power\": null"), std::string::npos);
        EXPECT_NE(json_of(record).find("\"efficiency\": null"), std::string::npos);
    }
}

TEST(Power, ComesBackFromTheFile) {
    for (double mw : {250.0, 0.0}) {
        Powered run;
        run.device.supply = {mw, 25, 720};
        weir_record *record = run.record();
        scratch::Folder folder;
        scratch::Diag diag;
        weir_record *loaded =
            weir_record_load(folder.Write("result.json", json_of(record)).c_str(), diag);
        ASSERT_NE(loaded, nullptr) << testing::PrintToString(diag.Lines());
        EXPECT_EQ(json_of(loaded), json_of(record));
        EXPECT_EQ(Text(loaded), Text(record));
        EXPECT_EQ(weir_power_of_record(loaded).vccint_mv, 720u);
        weir_record_free(loaded);
    }
}

TEST(Power, AnUnknownClassInTheFileIsRefused) {
    Powered run;
    scratch::Folder folder;
    scratch::Diag diag;
    std::string json = json_of(run.record()), from = "\"static_class\": \"16nm_finfet\"";
    json.replace(json.find(from), from.size(), "\"static_class\": \"7nm\"");
    EXPECT_EQ(weir_record_load(folder.Write("result.json", json).c_str(), diag), nullptr);
    EXPECT_EQ(diag.Lines(), (std::vector<std::string>{
                                "result.json: error: device.static_class: \"7nm\"; allowed: "
                                "unknown, 28nm_hpl, 20nm, 16nm_finfet"}));
}

TEST(Power, DiffShowsItWhereBothKnow) {
    Powered a, b;
    b.device.supply.static_mw = 500;
    const weir_record *x = a.record(), *y = b.record();
    auto diff = [](const weir_record *p, const weir_record *q) {
        return text_of([&](weir_text *out) { weir_report_diff(p, "a", q, "b", out); });
    };
    std::string text = diff(x, y);
    EXPECT_NE(text.find("power (estimate)"), std::string::npos);
    EXPECT_NE(text.find("  static, mW                           250        500  +100.0 %\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("energy of a frame, uJ"), std::string::npos);
    b.source.device = nullptr;
    EXPECT_EQ(diff(x, b.record()).find("power (estimate)"), std::string::npos);
}

TEST(Power, ThreeDigitsOfMilliwatts) {
    char out[WEIR_FORMAT];
    EXPECT_STREQ(weir_format_mw(out, 0.00044), "0.000");
    EXPECT_STREQ(weir_format_mw(out, 0.9994), "0.999");
    EXPECT_STREQ(weir_format_mw(out, 0.9996), "1.00");
    EXPECT_STREQ(weir_format_mw(out, 9.996), "10.0");
    EXPECT_STREQ(weir_format_mw(out, 99.96), "100");
    EXPECT_STREQ(weir_format_mw(out, 999.6), "1,000");
    EXPECT_STREQ(weir_format_mw(out, 12345.6), "12,346");
}

} // namespace
