// Devices: the ten files that come with Weir, and every way for one to be wrong.
#include "base/scratch.h"
#include "models/device.h"
#include <cstring>
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

const char *const kDevices[] = {"xc7a100t", "xc7z020", "xck26",   "xcku115", "xcu250",
                                "xcvu13p",  "xcvu9p",  "xczu3eg", "xczu7ev", "xczu9eg"};

TEST(Device, EveryFileIsSound) {
    for (const char *name : kDevices) {
        scratch::Diag diag;
        weir_device *device = weir_device_load(name, WEIR_NOWHERE, diag);
        ASSERT_NE(device, nullptr) << name;
        EXPECT_EQ(diag.Lines(), Lines{});
        EXPECT_STREQ(device->name, name);
        // Two flip-flops beside each LUT in all three families (UG474, UG574).
        EXPECT_EQ(device->ff, 2 * device->lut) << name;
        EXPECT_GT(device->lut_memory, device->lut / 5) << name;
        EXPECT_LT(device->lut_memory, device->lut) << name;
        EXPECT_EQ(device->dsp.a_bits, device->family == WEIR_XC7 ? 25u : 27u) << name;
        EXPECT_EQ(device->dsp.b_bits, 18u);
        EXPECT_EQ(device->dsp.sum_bits, 48u);
        EXPECT_NE(device->static_class, WEIR_STATIC_UNKNOWN);
        EXPECT_GE(device->slr, 1u);
        // UltraRAM is of UltraScale+ only.
        EXPECT_TRUE(device->uram288 == 0 || device->family == WEIR_XCUP) << name;
        EXPECT_STREQ(device->configuration.name, "icap");
        EXPECT_EQ(device->configuration.width_bits, 32u);
        // Frames of a family are all as long (UG470, UG570).
        const uint32_t words[] = {101, 123, 93};
        if (device->configuration.bits > 0) {
            EXPECT_EQ(device->configuration.frame_words, words[device->family]) << name;
        }
        for (uint32_t g = 0; g < device->n_grades; g++) {
            EXPECT_GT(device->grades[g].bram_mhz, 0) << name;
            EXPECT_EQ(device->grades[g].uram_mhz > 0, device->uram288 > 0) << name;
            EXPECT_GT(device->grades[g].dsp_mhz, 0) << name;
        }
        weir_device_free(device);
    }
}

TEST(Device, NumbersOfOne) {
    scratch::Diag diag;
    weir_device *device = weir_device_load("XCZU7EV", WEIR_NOWHERE, diag);
    ASSERT_NE(device, nullptr) << "names are found in any case";
    EXPECT_EQ(device->family, WEIR_XCUP);
    EXPECT_STREQ(weir_family_name(device->family), "xcup");
    EXPECT_EQ(device->lut, 230400u);
    EXPECT_EQ(device->lut_memory, 101760u);
    EXPECT_EQ(device->ff, 460800u);
    EXPECT_EQ(device->bram36, 312u);
    EXPECT_EQ(device->uram288, 96u);
    EXPECT_EQ(device->dsp.count, 1728u);
    ASSERT_EQ(device->n_grades, 5u);
    EXPECT_STREQ(device->grades[1].name, "-2");
    EXPECT_EQ(device->grades[1].uram_mhz, 600);
    EXPECT_EQ(device->configuration.mhz, 200);
    EXPECT_EQ(device->supply.static_mw, 623);
    EXPECT_EQ(device->supply.junction_c, 29.6);
    EXPECT_EQ(device->supply.vccint_mv, 850u);
    EXPECT_STREQ(weir_static_class_name(device->static_class), "16nm_finfet");
    weir_device_free(device);
}

// What is diagnosed of a file with this text; "" is a file without errors.
Lines Diagnose(const std::string &text) {
    scratch::Folder folder;
    scratch::Diag diag;
    weir_device *device =
        weir_device_load(folder.Write("mine.cfg", text).c_str(), WEIR_NOWHERE, diag);
    EXPECT_EQ(device != nullptr, diag.Lines().empty());
    weir_device_free(device);
    return diag.Lines();
}

const std::string kSmall = "name = \"mine\"; family = \"xc7\"; lut = 100; ff = 200; bram36 = 1;\n"
                           "dsp = { count = 2; a_bits = 25; b_bits = 18; sum_bits = 48; };\n";

TEST(Device, WhatIsLeftOutIsUnknown) {
    scratch::Folder folder;
    scratch::Diag diag;
    weir_device *device =
        weir_device_load(folder.Write("mine.cfg", kSmall).c_str(), WEIR_NOWHERE, diag);
    ASSERT_NE(device, nullptr);
    EXPECT_EQ(device->lut_memory, 0u);
    EXPECT_EQ(device->slr, 0u);
    EXPECT_EQ(device->n_grades, 0u);
    EXPECT_EQ(device->configuration.name, nullptr);
    EXPECT_EQ(device->static_class, WEIR_STATIC_UNKNOWN);
    EXPECT_EQ(device->supply.static_mw, 0) << "not nothing: not known";
    weir_device_free(device);
}

TEST(Device, ReportsAllErrorsAtTheirLines) {
    EXPECT_EQ(Diagnose(kSmall + "lut_memory = 100;\n"), Lines{});
    EXPECT_EQ(Diagnose(kSmall + "lut_memory = 101;\n"),
              (Lines{"mine.cfg:3: error: device: lut_memory 101, maximum 100 (lut)"}));
    EXPECT_EQ(Diagnose("name = \"mine\";\nfamily = \"xc8\";\nlut = -1;\nff = 1;\nbram36 = 1;\n"
                       "dsp = { count = 2; a_bits = 25; b_bits = 65; };\ngrades = ( { } );\n"
                       "configuration = { port = \"icap\"; width_bits = 0; mhz = 1.0; };\n"),
              (Lines{"mine.cfg:2: error: device: family \"xc8\"; allowed: xc7, xcu, xcup",
                     "mine.cfg:3: error: device: lut -1, minimum 0",
                     "mine.cfg:6: error: dsp: b_bits 65, maximum 64",
                     "mine.cfg:6: error: dsp: missing required key \"sum_bits\"",
                     "mine.cfg:7: error: grade: missing required key \"name\"",
                     "mine.cfg:8: error: configuration: width_bits 0, minimum 1"}));
    EXPECT_EQ(Diagnose(kSmall + "power = { static_mw = -1.0; vccint_mv = 850; };\n"),
              (Lines{"mine.cfg:3: error: power: static_mw -1, minimum 0",
                     "mine.cfg:3: error: power: missing required key \"junction_c\""}));
    EXPECT_EQ(
        Diagnose(kSmall + "configuration = { port = \"icap\"; width_bits = 32; mhz = 100.0;\n"
                          "bits = 1000; };\n"),
        (Lines{"mine.cfg:3: error: configuration: bits 1000 and frame_words 0, allowed are both "
               "or neither"}));
    Lines lines = Diagnose(kSmall + "lutt = 5;\n");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].find("mine.cfg:3: error: device: unknown key \"lutt\"; allowed: name, "),
              0u);
}

TEST(Device, AnUnknownOneListsThoseThereAre) {
    scratch::Diag diag;
    EXPECT_EQ(weir_device_load("xczu9", (weir_loc){"design.cfg", 4}, diag), nullptr);
    EXPECT_EQ(diag.Lines(), (Lines{"design.cfg:4: error: device \"xczu9\" is unknown; there are: "
                                   "xc7a100t, xc7z020, xck26, xcku115, xcu250, xcvu13p, xcvu9p, "
                                   "xczu3eg, xczu7ev, xczu9eg; or the path of a .cfg"}));
}

TEST(Device, AnAbsentPathIsNamed) {
    scratch::Diag diag;
    EXPECT_EQ(weir_device_load("./absent.cfg", WEIR_NOWHERE, diag), nullptr);
    EXPECT_EQ(diag.Lines(), (Lines{"absent.cfg: error: cannot open: No such file or directory"}));
}

} // namespace
