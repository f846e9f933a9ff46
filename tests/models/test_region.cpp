// Regions: whole columns, the share of the scarcest kind, frames, and the time of a load.
#include "base/scratch.h"
extern "C" {
#include "models/region.h"
}
#include <gtest/gtest.h>
#include <memory>

using scratch::Lines;

namespace {

struct Freed {
    void operator()(weir_device *device) const { weir_device_free(device); }
};
using Device = std::unique_ptr<weir_device, Freed>;

Device Load(const char *name) {
    scratch::Diag diag;
    Device device(weir_device_load(name, WEIR_NOWHERE, diag));
    EXPECT_NE(device, nullptr) << name;
    return device;
}

// Of a device that can be configured.
weir_region Region(const weir_device *device, uint64_t lut, uint64_t ff, uint64_t dsp,
                   uint64_t bram18, uint64_t uram = 0) {
    uint64_t need[WEIR_RESOURCES] = {};
    need[WEIR_LUT] = lut;
    need[WEIR_FF] = ff;
    need[WEIR_DSP] = dsp;
    need[WEIR_BRAM18] = bram18;
    need[WEIR_URAM] = uram;
    weir_region region;
    scratch::Diag diag;
    EXPECT_TRUE(weir_region_of(device, need, WEIR_NOWHERE, &region, diag));
    return region;
}

TEST(Region, LoadTimeIsBitsOverPortRate) {
    Device device = Load("xc7z020");
    weir_region region = Region(device.get(), 4401, 3000, 57, 3);
    // 57 of 220 DSP in columns of 20: 3 columns, 60 of 220; of 53,200 LUT 12 columns of 400.
    EXPECT_EQ(region.total[WEIR_DSP], 60u);
    EXPECT_EQ(region.total[WEIR_LUT], 4800u);
    EXPECT_EQ(region.total[WEIR_FF], 9600u);
    EXPECT_EQ(region.total[WEIR_BRAM18], 20u);
    EXPECT_EQ(region.scarcest, WEIR_DSP);
    // 32,364,512 bits x 60 / 220 = 8,826,685.09 bits; frames of 101 x 32 = 3,232 bits: 2,731.03,
    // so 2,732 of them: 8,829,824 bits, 275,932 words of 32 bits, at 100 MHz 2.75932 ms.
    EXPECT_EQ(region.frames, 2732u);
    EXPECT_EQ(region.bits, 8829824u);
    EXPECT_EQ(region.load_cycles, 275932u);
    EXPECT_EQ(region.load_ps, 2759320000u);
    EXPECT_DOUBLE_EQ((double)region.load_ps * 1e-12, 8829824 / (32 * 100e6));
}

TEST(Region, OneMoreThanAColumnTakesAnother) {
    Device device = Load("xczu9eg");
    const weir_column *column = weir_column_of(device->family);
    EXPECT_EQ(Region(device.get(), column->lut, 0, 0, 0).clb_columns, 1u);
    EXPECT_EQ(Region(device.get(), column->lut + 1, 0, 0, 0).clb_columns, 2u);
    EXPECT_EQ(Region(device.get(), 1, column->ff + 1, 0, 0).clb_columns, 2u) << "by flip-flops";
    EXPECT_EQ(Region(device.get(), 1, 0, column->dsp, 0).dsp_columns, 1u);
    EXPECT_EQ(Region(device.get(), 1, 0, column->dsp + 1, 0).dsp_columns, 2u);
    EXPECT_EQ(Region(device.get(), 1, 0, 0, column->bram18 + 1).bram_columns, 2u);
}

TEST(Region, DevicesAreWholeColumns) {
    for (const char *name :
         {"xc7a100t", "xc7z020", "xcku115", "xcvu9p", "xczu3eg", "xczu7ev", "xczu9eg"}) {
        Device device = Load(name);
        const weir_column *column = weir_column_of(device->family);
        EXPECT_EQ(device->dsp.count % column->dsp, 0u) << name;
        if (column->uram > 0) {
            EXPECT_EQ(device->uram288 % column->uram, 0u) << name;
        }
        // The whole device: all of its bitstream, but for the rest of a frame.
        weir_region region =
            Region(device.get(), device->lut, 0, device->dsp.count, 0, device->uram288);
        EXPECT_GE(region.bits, device->configuration.bits) << name;
        EXPECT_LT(region.bits, device->configuration.bits * 101 / 100) << name;
    }
}

TEST(Region, WhatIsNotKnownIsRefused) {
    Device device = Load("xck26");
    const uint64_t need[WEIR_RESOURCES] = {1};
    weir_region region;
    scratch::Diag diag;
    EXPECT_FALSE(weir_region_of(device.get(), need, WEIR_NOWHERE, &region, diag));
    weir_device bare = {};
    bare.name = "bare";
    EXPECT_FALSE(weir_region_of(&bare, need, WEIR_NOWHERE, &region, diag));
    ASSERT_EQ(diag.Lines().size(), 2u);
    EXPECT_NE(diag.Lines()[0].find("device xck26: the length of its bitstream is not known"),
              std::string::npos);
    EXPECT_NE(diag.Lines()[1].find("device bare: its configuration port is not known"),
              std::string::npos);
}

} // namespace
