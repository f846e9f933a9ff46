// Power: the coefficients against the reports they come from, and each rule against hand calculation.
#include "models/power.h"
#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> Cells(const std::string &line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');)
        cells.push_back(cell);
    return cells;
}

std::vector<Row> Reports() {
    std::ifstream file(WEIR_SOURCE_DIR "/bench/power/reports.csv");
    std::vector<std::string> titles;
    std::vector<Row> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::vector<std::string> cells = Cells(line);
        if (titles.empty()) {
            titles = cells;
            continue;
        }
        cells.resize(titles.size());
        Row &row = rows.emplace_back();
        for (size_t i = 0; i < titles.size(); i++)
            row[titles[i]] = cells[i];
    }
    return rows;
}

// nW per MHz of one, in every report of the class that has power and count.
std::vector<double> Seen(const weir_power_model *model, const std::string &power,
                         const std::string &count, double each = 1) {
    std::vector<double> seen;
    std::vector<Row> rows = Reports();
    for (Row &row : rows) {
        if (row["class"] != model->name || row[power].empty() || row[count].empty()) continue;
        double volts = model->vccint_mv / std::stod(row["vccint_mv"]);
        seen.push_back(std::stod(row[power]) * 1e6 / (std::stod(row[count]) * each) /
                       std::stod(row["mhz"]) * volts * volts);
    }
    return seen;
}

void ExpectFrom(const weir_power_model *model, weir_power_part part,
                const std::vector<double> &seen) {
    ASSERT_FALSE(seen.empty());
    double logs = 0;
    for (double value : seen)
        logs += std::log(value);
    const weir_coefficient &is = model->part[part];
    const char *what = weir_power_part_key(part);
    EXPECT_NEAR(is.typical / std::exp(logs / seen.size()), 1, 0.002) << model->name << " " << what;
    EXPECT_NEAR(is.low / *std::min_element(seen.begin(), seen.end()), 1, 0.002) << what;
    EXPECT_NEAR(is.high / *std::max_element(seen.begin(), seen.end()), 1, 0.002) << what;
}

TEST(Power, CoefficientsAreThoseOfTheReports) {
    for (weir_static_class of : {WEIR_STATIC_28NM_HPL, WEIR_STATIC_16NM_FINFET}) {
        const weir_power_model *model = weir_power_model_of(of);
        ExpectFrom(model, WEIR_POWER_CLOCK, Seen(model, "clock_mw", "ff"));
        ExpectFrom(model, WEIR_POWER_LUT, Seen(model, "lut_mw", "lut"));
        ExpectFrom(model, WEIR_POWER_FF, Seen(model, "ff_mw", "ff"));
        ExpectFrom(model, WEIR_POWER_BRAM18, Seen(model, "bram_mw", "bram36", 2));
    }
    const weir_power_model *fine = weir_power_model_of(WEIR_STATIC_16NM_FINFET);
    ExpectFrom(fine, WEIR_POWER_LUT_MEMORY, Seen(fine, "lut_memory_mw", "lut_memory"));
    ExpectFrom(fine, WEIR_POWER_DSP, Seen(fine, "dsp_mw", "dsp"));
}

TEST(Power, WhatNoReportHasIsDerivedAsSaid) {
    const weir_power_model *coarse = weir_power_model_of(WEIR_STATIC_28NM_HPL),
                           *middle = weir_power_model_of(WEIR_STATIC_20NM),
                           *fine = weir_power_model_of(WEIR_STATIC_16NM_FINFET);
    const weir_coefficient *b = fine->part;
    EXPECT_EQ(coarse->part[WEIR_POWER_LUT_MEMORY].typical, b[WEIR_POWER_LUT_MEMORY].typical);
    std::vector<double> dsp = Seen(coarse, "dsp_mw", "dsp");
    ASSERT_EQ(dsp.size(), 1u);
    EXPECT_NEAR(coarse->part[WEIR_POWER_DSP].typical, dsp[0], 1);
    EXPECT_NEAR(coarse->part[WEIR_POWER_DSP].high, 2 * dsp[0], 1);
    EXPECT_EQ(coarse->part[WEIR_POWER_DSP].low, b[WEIR_POWER_DSP].low);
    EXPECT_EQ(b[WEIR_POWER_URAM].typical, 4 * b[WEIR_POWER_BRAM18].typical);
    EXPECT_EQ(b[WEIR_POWER_URAM].low, b[WEIR_POWER_BRAM18].low);
    EXPECT_EQ(b[WEIR_POWER_URAM].high, 16 * b[WEIR_POWER_BRAM18].high);
    EXPECT_EQ(coarse->part[WEIR_POWER_URAM].high, 0) << "UltraScale+ alone has it";
    for (int p = 0; p < WEIR_POWER_URAM; p++) {
        const weir_coefficient &a = coarse->part[p], &c = b[p], &is = middle->part[p];
        EXPECT_NEAR(is.typical / std::sqrt(a.typical * c.typical), 1, 0.001) << p;
        EXPECT_EQ(is.low, std::min(a.low, c.low)) << p;
        EXPECT_EQ(is.high, std::max(a.high, c.high)) << p;
    }
    EXPECT_EQ(weir_power_model_of(WEIR_STATIC_UNKNOWN), nullptr);
}

struct Use {
    weir_power_model model = {};
    weir_cost cost = {};
    weir_activity activity = {4000, 0, 0.5, 0.25}; // 250 MHz, half busy, twice the default flips
    Use() {
        model.vccint_mv = 1000;
        for (int p = 0; p < WEIR_POWER_PARTS; p++)
            model.part[p] = {10.0 * (p + 1), 5.0 * (p + 1), 30.0 * (p + 1)};
        cost.source = WEIR_COST_SYNTHESIS;
        cost.total[WEIR_LUT] = 1000;
        cost.total[WEIR_LUT_MEMORY] = 200;
        cost.total[WEIR_FF] = 400;
        cost.total[WEIR_DSP] = 8;
        cost.total[WEIR_BRAM18] = 4;
        cost.total[WEIR_URAM] = 2;
    }
    weir_power power() const { return weir_power_of(&model, &cost, &activity); }
};

// By hand: count * nW * 250 MHz / 10^6, and of the parts that carry data times 0.5 * 0.25 / 0.125 = 1.
TEST(Power, StaticIsTheDevicesOwnOrOfItsClass) {
    double logs = 0, least = 1e9, most = 0;
    int n = 0;
    for (const char *name : {"xcvu9p", "xczu7ev", "xck26", "xczu3eg"}) {
        weir_diag *diag = weir_diag_new();
        weir_device *device = weir_device_load(name, WEIR_NOWHERE, diag);
        ASSERT_NE(device, nullptr) << name;
        double mw = device->supply.static_mw, each = mw / ((double)device->lut / 1000);
        weir_static_power own = weir_power_static(device->static_class, mw, device->lut);
        EXPECT_EQ(own.mw, mw);
        EXPECT_FALSE(own.derived);
        logs += std::log(each);
        least = std::min(least, each);
        most = std::max(most, each);
        n++;
        weir_device_free(device);
        weir_diag_free(diag);
    }
    weir_static_power derived = weir_power_static(WEIR_STATIC_16NM_FINFET, 0, 1000000);
    EXPECT_TRUE(derived.derived);
    EXPECT_NEAR(derived.mw / (1000 * std::exp(logs / n)), 1, 0.002);
    EXPECT_NEAR(derived.low / (1000 * least), 1, 0.002);
    EXPECT_NEAR(derived.high / (1000 * most), 1, 0.002);
    EXPECT_EQ(weir_power_static(WEIR_STATIC_20NM, 0, 1000000).mw, 0);
}

TEST(Power, EachPartByHand) {
    weir_power power = Use().power();
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_CLOCK], 400 * 10 * 250 / 1e6);
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_LUT], 800 * 20 * 250 / 1e6) << "memory is not logic";
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_LUT_MEMORY], 200 * 30 * 250 / 1e6);
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_FF], 400 * 40 * 250 / 1e6);
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_DSP], 8 * 50 * 250 / 1e6);
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_BRAM18], 0.5 * 4 * 60 * 250 / 1e6) << "busy alone";
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_URAM], 0.5 * 2 * 70 * 250 / 1e6);
    EXPECT_DOUBLE_EQ(power.total, 1 + 4 + 1.5 + 4 + 0.1 + 0.03 + 0.0175);
    EXPECT_DOUBLE_EQ(power.low, power.total / 2);
    EXPECT_DOUBLE_EQ(power.high, power.total * 3);
}

TEST(Power, WhatIsIdlePaysForItsClock) {
    Use use;
    use.activity.busy = 0;
    weir_power power = use.power();
    EXPECT_DOUBLE_EQ(power.total, 1.0);
    EXPECT_DOUBLE_EQ(power.part[WEIR_POWER_CLOCK], 1.0);
}

TEST(Power, GoesWithClockActivityAndTheSquareOfTheVoltage) {
    Use use;
    double was = use.power().total;
    use.activity.period_ps = 2000;
    EXPECT_DOUBLE_EQ(use.power().total, 2 * was);
    use = Use();
    use.activity.vccint_mv = 500;
    EXPECT_DOUBLE_EQ(use.power().total, was / 4);
    use.activity.vccint_mv = 1000;
    EXPECT_DOUBLE_EQ(use.power().total, was) << "the nominal one";
    double last = 0;
    for (double busy : {0.0, 0.1, 0.5, 1.0}) {
        use = Use();
        use.activity.busy = busy;
        EXPECT_GT(use.power().total, last);
        last = use.power().total;
    }
    last = 0;
    for (double rate : {0.0, 0.1, 0.5, 1.0}) {
        use = Use();
        use.activity.toggle_rate = rate;
        EXPECT_GT(use.power().total, last);
        last = use.power().total;
    }
}

TEST(Power, BandOfTheCostWidensThatOfTheCoefficients) {
    Use use;
    weir_power sharp = use.power();
    use.cost.band = 0.2;
    weir_power wide = use.power();
    EXPECT_DOUBLE_EQ(wide.total, sharp.total);
    EXPECT_DOUBLE_EQ(wide.low, 0.8 * sharp.low);
    EXPECT_DOUBLE_EQ(wide.high, 1.2 * sharp.high);
    use.cost.band = 2.3;
    EXPECT_EQ(use.power().low, 0) << "never less than nothing";
    weir_power sum = sharp;
    weir_power_add(&sum, &wide);
    EXPECT_DOUBLE_EQ(sum.total, sharp.total + wide.total);
    EXPECT_DOUBLE_EQ(sum.high, sharp.high + wide.high);
    EXPECT_DOUBLE_EQ(sum.part[WEIR_POWER_DSP], 2 * sharp.part[WEIR_POWER_DSP]);
}

TEST(Power, TogglesAreCountedBetweenBeats) {
    weir_toggles toggles = {};
    const uint8_t bytes[] = {0x00, 0x0f, 0x0e, 0x0e};
    weir_toggles_count(&toggles, bytes, 4, 5);
    EXPECT_EQ(toggles.flips, 4u + 1 + 0);
    EXPECT_EQ(toggles.bits, 3u * 5);
    weir_toggles_count(&toggles, bytes, 1, 5);
    weir_toggles_count(&toggles, bytes, 0, 5);
    EXPECT_EQ(toggles.bits, 15u) << "nothing to compare";
    // 100 bits are four words of 32: all of one beat's set, none of the next.
    uint8_t wide[32] = {};
    for (int i = 0; i < 100; i++)
        wide[i / 8] |= 1 << i % 8;
    toggles = {};
    weir_toggles_count(&toggles, wide, 2, 100);
    EXPECT_EQ(toggles.flips, 100u);
    EXPECT_EQ(toggles.bits, 100u);
}

} // namespace
