// Reports of vendors' tools, each kind and both its generations: what is said is found, what is cut off
// is noticed, and what is of another kind is left alone.
extern "C" {
#include "hls/vitis_report.h"
}
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string Read(const std::string &name) {
    std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/hls/vitis/" + name);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

constexpr uint64_t kNone = WEIR_NO_FIGURE;

using Figures =
    std::vector<uint64_t>; // latency and interval, least and most; LUT FF DSP RAMB18 URAM

Figures All(const weir_vendor_report &report) {
    const weir_vendor_figures &f = report.figures;
    return {f.latency_min, f.latency_max, f.ii_min, f.ii_max, f.lut, f.ff, f.dsp, f.bram18, f.uram};
}

// Every beginning of the text that ends with a line is damaged, or says the same as the whole.
template <class Parse> void CutAnywhere(const std::string &text, Parse parse) {
    weir_vendor_report whole, part;
    ASSERT_EQ(parse(text, &whole), WEIR_REPORT_GOOD);
    unsigned damaged = 0;
    for (size_t end = text.find('\n'); end + 1 < text.size(); end = text.find('\n', end + 1)) {
        weir_report_state state = parse(text.substr(0, end + 1), &part);
        damaged += state == WEIR_REPORT_DAMAGED;
        if (state == WEIR_REPORT_DAMAGED) {
            EXPECT_STRNE(part.lacks, "");
        }
        if (state == WEIR_REPORT_GOOD) {
            EXPECT_EQ(All(part), All(whole)) << text.substr(0, end);
        }
    }
    EXPECT_GT(damaged, 2u);
}

TEST(VitisReport, SynthesisAsXml) {
    weir_vendor_report report;
    std::string text = Read("branches/syn/report/csynth.xml");
    EXPECT_EQ(weir_report_csynth_xml(text.data(), text.size(), &report), WEIR_REPORT_GOOD);
    EXPECT_STREQ(report.top, "branches");
    EXPECT_EQ(report.period_ps, 4000u);
    EXPECT_EQ(All(report), (Figures{40, 41, 37, 37, 900, 700, 2, 3, 0}));
    text = Read("pair/syn/report/pr_join_csynth.xml"); // DSP48E, no URAM
    EXPECT_EQ(weir_report_csynth_xml(text.data(), text.size(), &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{15, 15, 15, 15, 80, 60, 4, 2, kNone}));
    EXPECT_EQ(weir_report_csynth_xml(text.data(), text.size() / 2, &report), WEIR_REPORT_DAMAGED);
    EXPECT_GT(report.line, 1);
    EXPECT_EQ(weir_report_csynth_xml("<a/>", 4, &report), WEIR_REPORT_OTHER);
}

TEST(VitisReport, SynthesisAsText) {
    weir_vendor_report report;
    std::string text = Read("reports/branches_csynth.rpt");
    EXPECT_EQ(weir_report_csynth_text(text.c_str(), &report), WEIR_REPORT_GOOD);
    EXPECT_STREQ(report.top, "branches");
    EXPECT_EQ(report.period_ps, 4000u);
    EXPECT_EQ(report.date, weir_report_date("Tue Mar  4 10:00:00 2025"));
    EXPECT_EQ(All(report), (Figures{38, 39, 35, 36, 905, 705, 2, 3, 0}));
    CutAnywhere(text, [](const std::string &part, weir_vendor_report *out) {
        return weir_report_csynth_text(part.c_str(), out);
    });
    text = Read("reports/older_csynth.rpt"); // no times, no unit of the clock, DSP48E, no URAM
    EXPECT_EQ(weir_report_csynth_text(text.c_str(), &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(report.period_ps, 5000u);
    EXPECT_EQ(All(report), (Figures{14, kNone, 12, 13, 310, 210, 3, 1, kNone}));
    EXPECT_EQ(weir_report_csynth_text("nothing of that kind\n", &report), WEIR_REPORT_OTHER);
}

TEST(VitisReport, SummaryHasARowAModule) {
    weir_vendor_report report;
    std::string text = Read("reports/csynth.rpt");
    EXPECT_EQ(weir_report_csynth_summary(text.c_str(), "branches", &report), WEIR_REPORT_GOOD);
    EXPECT_STREQ(report.top, "branches");
    EXPECT_EQ(All(report), (Figures{38, 38, 35, 35, 900, 700, 2, 3, 0}));
    EXPECT_EQ(weir_report_csynth_summary(text.c_str(), "br_split", &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{13, 13, 12, 12, 101, 91, 0, 0, 0}));
    EXPECT_EQ(weir_report_csynth_summary(text.c_str(), "br_merge", &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 110, 95, 0, 0, 0}));
    EXPECT_EQ(weir_report_csynth_summary(text.c_str(), "Loop", &report), WEIR_REPORT_OTHER);
    EXPECT_EQ(weir_report_csynth_summary(text.c_str(), "br_", &report), WEIR_REPORT_OTHER);
    CutAnywhere(text, [](const std::string &part, weir_vendor_report *out) {
        return weir_report_csynth_summary(part.c_str(), "br_merge", out);
    });
}

TEST(VitisReport, CoSimulation) {
    weir_vendor_report report;
    std::string text = Read("branches/sim/report/branches_cosim.rpt");
    EXPECT_EQ(weir_report_cosim(text.c_str(), &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{41, 60, 36, 36, kNone, kNone, kNone, kNone, kNone}));
    EXPECT_FALSE(report.failed);
    // One transaction has no interval; newer ones have a further column; a run may have failed.
    EXPECT_EQ(weir_report_cosim("Report time : Wed Oct 15 11:50:44 PM PDT 2025.\n"
                                "|   Verilog|  Pass|  7|  8|  9|  NA|  NA|  NA|  30|\n",
                                &report),
              WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{7, 9, kNone, kNone, kNone, kNone, kNone, kNone, kNone}));
    EXPECT_EQ(report.date, weir_report_date("Wed Oct 15 23:50:44 2025"));
    EXPECT_EQ(weir_report_cosim("|   Verilog|  Fail|  7|  8|  9|  1|  1|  1|\n", &report),
              WEIR_REPORT_GOOD);
    EXPECT_TRUE(report.failed);
    EXPECT_EQ(report.figures.latency_min, kNone);
    EXPECT_EQ(weir_report_cosim("|   RTL    |  Status  |\n", &report), WEIR_REPORT_DAMAGED);
}

TEST(VitisReport, ExportOfEitherStage) {
    weir_vendor_report report;
    auto parse = [](const std::string &part, weir_vendor_report *out) {
        return weir_report_export_text(part.c_str(), out);
    };
    std::string text = Read("reports/branches_export.rpt");
    EXPECT_EQ(parse(text, &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(report.stage, WEIR_VIVADO_SYNTHESIS);
    EXPECT_EQ(report.date, weir_report_date("4 Mar 2025 11:00:00"));
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 640, 610, 2, 4, 0}));
    CutAnywhere(text, parse);
    text = Read("reports/export_impl.rpt");
    EXPECT_EQ(parse(text, &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(report.stage, WEIR_VIVADO_IMPLEMENTATION);
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 601, 599, 2, 3, 0}));
    text = Read("reports/export_impl.xml");
    EXPECT_EQ(weir_report_export_xml(text.data(), text.size(), &report), WEIR_REPORT_GOOD);
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 602, 599, 2, 3, 0}));
    EXPECT_EQ(parse("Copyright\n", &report), WEIR_REPORT_OTHER);
}

TEST(VitisReport, UtilisationOfBothFamilies) {
    weir_vendor_report report;
    auto parse = [](const std::string &part, weir_vendor_report *out) {
        return weir_report_utilisation(part.c_str(), out);
    };
    std::string text = Read("reports/vivado_synth.rpt");
    EXPECT_EQ(parse(text, &report), WEIR_REPORT_GOOD);
    EXPECT_STREQ(report.top, "branches");
    EXPECT_EQ(report.stage, WEIR_VIVADO_SYNTHESIS);
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 650, 612, 2, 5, 1}));
    text = Read("reports/bd_0_wrapper_utilization_placed.rpt"); // no URAM in such devices
    EXPECT_EQ(parse(text, &report), WEIR_REPORT_GOOD);
    EXPECT_STREQ(report.top, "bd_0_wrapper");
    EXPECT_EQ(report.stage, WEIR_VIVADO_IMPLEMENTATION);
    EXPECT_EQ(All(report), (Figures{kNone, kNone, kNone, kNone, 588, 597, 2, 3, 0}));
    CutAnywhere(text, parse);
    EXPECT_EQ(parse("| Command : report_clock_utilization\n", &report), WEIR_REPORT_OTHER);
    EXPECT_EQ(parse("Utilization Design Information\n1. Utilization by Hierarchy\n", &report),
              WEIR_REPORT_OTHER);
}

TEST(VitisReport, DatesOfAllForms) {
    int64_t noon = weir_report_date("Tue Mar  4 12:00:00 2025");
    EXPECT_EQ(weir_report_date(": Tue 04 Mar 2025 12:00:00 PM CDT"), noon);
    EXPECT_EQ(weir_report_date("Tue Mar 04 12:00:00 CET 2025."), noon);
    EXPECT_EQ(weir_report_date("Tue Mar  4 12:00:00 AM 2025"), noon - 12 * 3600);
    EXPECT_EQ(weir_report_date("Tue Mar  4 11:59:59 2025"), noon - 1);
    EXPECT_EQ(weir_report_date("Fri Feb 28 12:00:00 2025"), noon - 4 * 86400);
    EXPECT_EQ(weir_report_date("Thu Feb 29 12:00:00 2024"), noon - 369 * 86400);
    EXPECT_EQ(weir_report_date("Mon Mar  4 12:00:00 2024"), noon - 365 * 86400);
    EXPECT_EQ(weir_report_date("not a date"), 0);
    EXPECT_EQ(weir_report_date("Mar 2025"), 0);
}

TEST(VitisReport, TheRtlSaysWhatItWasReportedWith) {
    const char *verilog = "// x\n(* CORE_GENERATION_INFO=\"t,hls_ip_2023_2,{HLS_INPUT_TYPE=cxx,"
                          "HLS_SYN_LAT=none,HLS_SYN_FF=700,HLS_SYN_LUT=900,HLS_VERSION=1}\" *)\n"
                          "module t; // HLS_SYN_DSP=3,\nendmodule\n";
    EXPECT_EQ(weir_report_stamp(verilog, "HLS_SYN_FF"), 700u);
    EXPECT_EQ(weir_report_stamp(verilog, "HLS_SYN_LUT"), 900u);
    EXPECT_EQ(weir_report_stamp(verilog, "HLS_SYN_LAT"), kNone);
    EXPECT_EQ(weir_report_stamp(verilog, "HLS_SYN_DSP"), kNone);
    EXPECT_EQ(weir_report_stamp("module t; endmodule", "HLS_SYN_FF"), kNone);
}

} // namespace
