// Costs of FIFOs, against what Yosys 0.23 makes of rtl/weir_fifo*.sv for UltraScale+; sums of parts; what
// a device has.
#include "base/scratch.h"
#include "models/resource.h"
#include <cmath>
#include <gtest/gtest.h>

namespace {

struct Measured {
    bool crossing; /* of clocks */
    weir_storage storage;
    uint32_t depth, bits;
    uint64_t lut, ff, bram18, uram;
};

const Measured kMeasured[] = {
    {false, WEIR_STORAGE_SRL, 1, 16, 2, 19, 0, 0},
    {false, WEIR_STORAGE_SRL, 2, 16, 13, 37, 0, 0},
    {false, WEIR_STORAGE_SRL, 4, 16, 15, 7, 0, 0},
    {false, WEIR_STORAGE_SRL, 8, 33, 33, 9, 0, 0},
    {false, WEIR_STORAGE_SRL, 16, 16, 29, 11, 0, 0},
    {false, WEIR_STORAGE_SRL, 20, 40, 64, 12, 0, 0},
    {false, WEIR_STORAGE_SRL, 32, 16, 41, 13, 0, 0},
    {false, WEIR_STORAGE_SRL, 33, 16, 50, 14, 0, 0},
    {false, WEIR_STORAGE_SRL, 64, 24, 77, 15, 0, 0},
    {false, WEIR_STORAGE_BRAM, 128, 16, 63, 31, 1, 0},
    {false, WEIR_STORAGE_BRAM, 1024, 16, 95, 43, 1, 0},
    {false, WEIR_STORAGE_BRAM, 1025, 18, 95, 43, 1, 0},
    {false, WEIR_STORAGE_BRAM, 600, 132, 87, 41, 8, 0},
    {false, WEIR_STORAGE_LUTRAM, 64, 40, 107, 67, 0, 0},
    {false, WEIR_STORAGE_LUTRAM, 200, 16, 182, 49, 0, 0},
    {false, WEIR_STORAGE_URAM, 4000, 72, 96, 49, 0, 1},
    {true, WEIR_STORAGE_LUTRAM, 4, 16, 28, 22, 0, 0},
    {true, WEIR_STORAGE_LUTRAM, 16, 16, 38, 38, 0, 0},
    {true, WEIR_STORAGE_LUTRAM, 40, 24, 59, 46, 0, 0},
};

weir_cost CostOf(const Measured &m) {
    weir_channel channel = {};
    channel.storage = m.storage;
    channel.depth = m.depth;
    channel.beat_bits = m.bits;
    channel.flops = 2;
    channel.latency = m.crossing                      ? WEIR_LATENCY_CDC
                      : m.storage == WEIR_STORAGE_SRL ? WEIR_LATENCY_PLAIN
                                                      : WEIR_LATENCY_MEMORY;
    weir_cost cost;
    weir_channel_cost(&channel, &cost);
    return cost;
}

TEST(Resource, FifosAreAsSynthesised) {
    for (const Measured &m : kMeasured) {
        weir_cost cost = CostOf(m);
        std::string what = std::to_string(m.depth) + " x " + std::to_string(m.bits) + " " +
                           weir_storage_names[m.storage];
        EXPECT_EQ(cost.source, WEIR_COST_ESTIMATE);
        EXPECT_EQ(cost.band, WEIR_FIFO_BAND);
        EXPECT_EQ(cost.total[WEIR_FF], m.ff) << what;
        EXPECT_EQ(cost.total[WEIR_BRAM18], m.bram18) << what;
        EXPECT_EQ(cost.total[WEIR_URAM], m.uram) << what;
        double slack = std::max(4.0, WEIR_FIFO_BAND * (double)cost.total[WEIR_LUT]);
        EXPECT_NEAR((double)cost.total[WEIR_LUT], (double)m.lut, slack) << what;
        EXPECT_EQ(cost.total[WEIR_LUT], cost.part[WEIR_PART_FIFO][WEIR_LUT]) << what;
    }
}

TEST(Resource, DepthsStepAsTheirMemoriesDo) {
    // 16 bits: the 1025th beat waits in the output register, the 1026th needs a second block.
    EXPECT_EQ(CostOf({false, WEIR_STORAGE_BRAM, 1025, 18, 0, 0, 0, 0}).total[WEIR_BRAM18], 1u);
    EXPECT_EQ(CostOf({false, WEIR_STORAGE_BRAM, 1026, 18, 0, 0, 0, 0}).total[WEIR_BRAM18], 2u);
    // Two shift registers of 16 share a LUT, of 17 they do not.
    EXPECT_EQ(CostOf({false, WEIR_STORAGE_SRL, 16, 10, 0, 0, 0, 0}).total[WEIR_LUT_MEMORY], 5u);
    EXPECT_EQ(CostOf({false, WEIR_STORAGE_SRL, 17, 10, 0, 0, 0, 0}).total[WEIR_LUT_MEMORY], 10u);
}

TEST(Resource, NamesAndWhatADeviceHas) {
    weir_cost cost = {};
    weir_cost_add(&cost, WEIR_PART_ADDERS, WEIR_LUT, 3);
    weir_cost_add(&cost, WEIR_PART_BUFFER, WEIR_LUT, 4);
    EXPECT_EQ(cost.total[WEIR_LUT], 7u);
    EXPECT_EQ(cost.part[WEIR_PART_BUFFER][WEIR_LUT], 4u);
    EXPECT_STREQ(weir_resource_key(WEIR_BRAM18), "bram18");
    EXPECT_STREQ(weir_resource_title(WEIR_LUT_MEMORY), "LUT memory");
    EXPECT_STREQ(weir_part_name(WEIR_PART_FIFO), "fifo");
    EXPECT_STREQ(weir_cost_source_name(WEIR_COST_VENDOR), "vendor");
    weir_device device = {};
    device.lut = 10;
    device.bram36 = 3;
    device.dsp.count = 5;
    EXPECT_EQ(weir_device_has(&device, WEIR_LUT), 10u);
    EXPECT_EQ(weir_device_has(&device, WEIR_BRAM18), 6u);
    EXPECT_EQ(weir_device_has(&device, WEIR_DSP), 5u);
    EXPECT_EQ(weir_device_has(&device, WEIR_CARRY), 0u);
}

} // namespace
