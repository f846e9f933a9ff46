/* What stands beside an imported solution's Verilog, and what its settings change: reports of vendors'
 * tools in a run's own report, and no model that is built again. */
#include "api/weir_import.h"
#include "api/weir_resources.h"
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

std::string Read(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void Write(const fs::path &path, const std::string &text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

void Replace(const fs::path &path, const std::string &pattern, const std::string &by) {
    std::string before = Read(path), after = std::regex_replace(before, std::regex(pattern), by);
    EXPECT_NE(before, after) << path << ": nothing is like " << pattern;
    Write(path, after);
}

std::string Text(const weir_messages *log) {
    std::string text;
    for (size_t i = 0; i < weir_messages_count(log); i++) {
        weir_message message = weir_messages_at(log, i);
        text += std::string(message.level) + ": " +
                (message.file ? fs::path(message.file).filename().string() + ": " : "") +
                message.text + "\n";
    }
    return text;
}

class ImportReports : public testing::Test {
  protected:
    fs::path scratch = testing::TempDir() + "weir-reports-" + std::to_string(getpid());
    fs::path solution = scratch / "project/solution1";
    std::string design = (scratch / "design").string();

    static fs::path Own(const std::string &name) {
        return fs::path(WEIR_SOURCE_DIR) / "tests/hls/vitis" / name;
    }

    ImportReports() {
        fs::create_directories(solution.parent_path());
        fs::copy(Own("branches"), solution, fs::copy_options::recursive);
    }
    ~ImportReports() override { fs::remove_all(scratch); }

    void Put(const std::string &report, const fs::path &where) {
        Write(where, Read(Own("reports") / report));
    }

    /* Imports; what was said, with the files' names alone. */
    std::string Take() {
        weir_messages *log = weir_messages_new();
        weir_import options = {};
        EXPECT_EQ(weir_import_vitis(solution.c_str(), design.c_str(), &options, log), WEIR_OK)
            << Text(log);
        std::string text = Text(log);
        weir_messages_free(log);
        Replace(fs::path(design) / "design.cfg", "start = \"held\"", "start = \"pulsed\"");
        return text;
    }

    /* The report of a run of two frames, in `format`. */
    std::string Report(const char *format = "text", const char *engine = "rtl", uint32_t depth = 0,
                       weir_status wanted = WEIR_OK) {
        weir_messages *log = weir_messages_new();
        weir_simulation *simulation = weir_simulation_open(design.c_str(), log);
        EXPECT_NE(simulation, nullptr) << Text(log);
        if (simulation == nullptr) return "";
        weir_simulation_set_engine(simulation, engine, log);
        weir_simulation_random_frames(simulation, 2, 1, log);
        if (depth > 0) weir_simulation_set_depth(simulation, "a", depth, log);
        EXPECT_EQ(weir_simulation_compile(simulation, (scratch / "compiled").c_str(), log), WEIR_OK)
            << Text(log);
        weir_outcome *outcome = nullptr;
        EXPECT_EQ(weir_simulation_run(simulation, &outcome, log), wanted) << Text(log);
        std::string report;
        if (outcome != nullptr) {
            char *text = weir_outcome_report(outcome, format);
            report = text;
            free(text);
            cost = weir_outcome_cost(outcome);
        }
        weir_outcome_free(outcome);
        weir_simulation_close(simulation);
        weir_messages_free(log);
        return report;
    }

    static void Has(const std::string &text, const std::string &pattern) {
        EXPECT_TRUE(std::regex_search(text, std::regex(pattern))) << pattern << "\nin\n" << text;
    }

    static void HasNot(const std::string &text, const std::string &pattern) {
        EXPECT_FALSE(std::regex_search(text, std::regex(pattern))) << pattern << "\nin\n" << text;
    }

    weir_cost_info cost = {};
};

TEST_F(ImportReports, DifferencesAreInBothForms) {
    EXPECT_EQ(Take(), "");
    std::string text = Report();
    Has(text, "  branches +csynth +41 +\\d+ +[+-]\\d+ +37 +\\d+ +[+-]\\d+\n");
    Has(text, "  branches +cosim +41 +\\d+ +[+-]\\d+ +36 +\\d+ +[+-]\\d+\n");
    Has(text, "  split +csynth +12 +");
    Has(text, "  design +947 +8 +732 +2 +3 +0 +-\n"
              "  whole top +900 +- +700 +2 +3 +0 +vendor: csynth\n");
    std::string json = Report("json");
    std::smatch m;
    ASSERT_TRUE(std::regex_search(
        json, m,
        std::regex("\"latency_cycles\": 41,\\s*\"ii_cycles\": 36,\\s*"
                   "\"seen_latency_cycles\": (\\d+),\\s*\"seen_ii_cycles\": (\\d+),[^}]*"
                   "\"latency_difference_cycles\": (-?\\d+),\\s*"
                   "\"ii_difference_cycles\": (-?\\d+)")))
        << json;
    EXPECT_EQ(std::stoi(m[1]) - 41, std::stoi(m[3]));
    EXPECT_EQ(std::stoi(m[2]) - 36, std::stoi(m[4]));
}

/* Vivado's of the whole top stands for the design as long as that is what ran; placed before synthesised. */
TEST_F(ImportReports, VivadosFiguresAreOfTheWholeTop) {
    Put("vivado_synth.rpt", scratch / "vivado_synth.rpt"); /* where hls4ml's script leaves it */
    EXPECT_EQ(Take(), "");
    std::string text = Report();
    Has(text, "  sum +947 .*\n  design +650 +- +612 +2 +5 +1 +vendor: vivado synthesis\n");
    EXPECT_EQ(cost.lut, 650u);
    EXPECT_EQ(cost.bram18, 5u);
    EXPECT_STREQ(cost.source, "vendor");

    Put("export_impl.rpt", solution / "impl/report/verilog/export_impl.rpt");
    EXPECT_EQ(Take(), "");
    Has(Report(), "  design +601 +- +599 +2 +3 +0 +vendor: vivado implementation\n");
    Has(Report("json"),
        "\"top\": \\{\\s*\"lut\": 601,[^}]*\"report\": \"vivado implementation\",\\s*"
        "\"as_run\": true,\\s*\"counts\": true");
    text = Report("text", "rtl", 9); /* another depth is another top */
    Has(text,
        "  design +\\d+ .*-\n  whole top +601 .*vendor: vivado implementation, as imported\n");
    EXPECT_NE(cost.lut, 601u);
}

TEST_F(ImportReports, EachOfVivadosReportsIsFound) {
    const struct {
        const char *report, *where, *found;
    } cases[] = {
        {"branches_export.rpt", "impl/report/verilog/branches_export.rpt",
         "640 .*vivado synthesis"},
        {"export_impl.xml", "impl/report/verilog/export_impl.xml", "602 .*vivado implementation"},
        {"vivado_synth.rpt", "impl/report/verilog/branches_utilization_synth.rpt",
         "650 .*vivado synthesis"},
        {"bd_0_wrapper_utilization_placed.rpt",
         "impl/verilog/project.runs/impl_1/bd_0_wrapper_utilization_placed.rpt",
         "588 .*vivado implementation"},
    };
    for (const auto &c : cases) {
        SCOPED_TRACE(c.where);
        Put(c.report, solution / c.where);
        EXPECT_EQ(Take(), "");
        Has(Report(), std::string("  design +") + c.found);
        fs::remove(solution / c.where);
    }
}

/* XML is preferred; text stands in for it, of the module alone or of all. */
TEST_F(ImportReports, TextStandsInForXml) {
    fs::path reports = solution / "syn/report";
    fs::remove(reports / "csynth.xml");
    fs::remove(reports / "br_split_csynth.xml");
    Put("branches_csynth.rpt", reports / "branches_csynth.rpt");
    Put("csynth.rpt", reports / "csynth.rpt");
    fs::remove(solution / "sim/report/branches_cosim.rpt");
    EXPECT_EQ(Take(), "");
    std::string text = Report();
    Has(text, "clock main: 250 MHz, 4000 ps");
    Has(text, "  branches +csynth +39 +\\d+ +\\S+ +36 +");
    Has(text, "  whole top +905 +- +705 +2 +3 +0 +vendor: csynth\n");
    Has(text, "  split +csynth +13 +\\d+ +\\S+ +12 +");
    Has(text, "  split +101 +0 +91 +0 +0 +0 +vendor\n");
}

TEST_F(ImportReports, DamagedOnesAreLeftOut) {
    fs::path reports = solution / "syn/report";
    Write(reports / "csynth.xml", Read(reports / "csynth.xml").substr(0, 400));
    Put("branches_csynth.rpt", reports / "branches_csynth.rpt");
    std::string cosim = Read(solution / "sim/report/branches_cosim.rpt");
    Write(solution / "sim/report/branches_cosim.rpt", cosim.substr(0, cosim.find("|   Verilog")));
    std::string vivado = Read(Own("reports") / "vivado_synth.rpt");
    Write(scratch / "vivado_synth.rpt", vivado.substr(0, vivado.find("3. ARITHMETIC")));
    std::string said = Take();
    Has(said, "warning: csynth.xml: damaged report, [a-z ]+: not used\n");
    Has(said, "warning: branches_cosim.rpt: damaged report, no row of Verilog in it: not used\n");
    Has(said, "warning: vivado_synth.rpt: damaged report, no DSPs in it: not used\n");
    std::string text = Report();
    Has(text, "  branches +csynth +39 ");
    HasNot(text, "cosim|vivado");
}

TEST_F(ImportReports, ThoseOfOthersAreLeftOut) {
    fs::path reports = solution / "syn/report";
    Replace(reports / "br_split_csynth.xml", "br_split", "br_other");
    Write(solution / "sim/report/other_cosim.rpt",
          Read(solution / "sim/report/branches_cosim.rpt"));
    fs::remove(solution / "sim/report/branches_cosim.rpt");
    Put("vivado_synth.rpt", scratch / "vivado_synth.rpt");
    Replace(scratch / "vivado_synth.rpt", ": branches", ": leaves");
    Put("branches_export.rpt", solution / "impl/report/verilog/other_export.rpt");
    std::string said = Take();
    Has(said,
        "br_split_csynth.xml: report of \"br_other\", the module is \"br_split\": not used\n");
    Has(said, "other_cosim.rpt: report of \"other\", the top is \"branches\": not used\n");
    Has(said, "vivado_synth.rpt: report of \"leaves\", the top is \"branches\": not used\n");
    Has(said, "other_export.rpt: report of \"other\", the top is \"branches\": not used\n");
    HasNot(Report(), "cosim|vivado|  split +csynth");
}

/* By what the RTL says of itself, by the dates in the texts, and last by the files' own. */
TEST_F(ImportReports, StaleOnesAreLeftOut) {
    fs::path top = solution / "syn/verilog/branches.v";
    std::string verilog = Read(top);
    Write(top, "(* CORE_GENERATION_INFO=\"branches,hls_ip,{HLS_SYN_FF=700,HLS_SYN_LUT=900}\" *)\n" +
                   verilog);
    EXPECT_EQ(Take(), "");
    Write(top, "(* CORE_GENERATION_INFO=\"branches,hls_ip,{HLS_SYN_FF=700,HLS_SYN_LUT=901}\" *)\n" +
                   verilog);
    Has(Take(), "csynth.xml: stale report, of 700 FF and 900 LUT, and the RTL was written with 700 "
                "and 901: not used\n");
    HasNot(Report(), "csynth|resources");
    Write(top, verilog);

    fs::path cosim = solution / "sim/report/branches_cosim.rpt";
    Put("branches_csynth.rpt", solution / "syn/report/branches_csynth.rpt");
    std::string table = Read(cosim);
    Write(cosim, "Report time       : Tue Mar 04 10:00:00 AM CET 2025.\n" + table);
    EXPECT_EQ(Take(), "");
    Write(cosim, "Report time       : Tue Mar 04 09:59:59 AM CET 2025.\n" + table);
    Put("vivado_synth.rpt", scratch / "vivado_synth.rpt");
    Replace(scratch / "vivado_synth.rpt", "12:00:00 2025", "12:00:00 2024");
    std::string said = Take();
    Has(said, "branches_cosim.rpt: stale report, older than the C synthesis: not used\n");
    Has(said, "vivado_synth.rpt: stale report, older than the C synthesis: not used\n");

    Write(cosim, table);
    fs::last_write_time(cosim, fs::last_write_time(top) - std::chrono::minutes(59));
    HasNot(Take(), "cosim");
    fs::last_write_time(cosim, fs::last_write_time(top) - std::chrono::minutes(61));
    Has(Take(), "branches_cosim.rpt: stale report, older than .*branches.v: not used\n");
}

TEST_F(ImportReports, AFailedCoSimulationIsNoReport) {
    Replace(solution / "sim/report/branches_cosim.rpt", "Pass", "Fail");
    EXPECT_EQ(Take(), "warning: branches_cosim.rpt: co-simulation did not pass: not used\n");
    HasNot(Report(), "cosim");
}

/* A design too large by the parts' estimates fits where Vivado has placed it. */
TEST_F(ImportReports, WhetherItFitsIsVivadosToSay) {
    fs::path small = scratch / "small.cfg";
    Write(small, Read(fs::path(WEIR_SOURCE_DIR) / "configs/devices/xc7a100t.cfg"));
    Replace(small, "name = \"xc7a100t\"", "name = \"small\"");
    Replace(small, "lut = 63400", "lut = 800");
    Replace(small, "lut_memory = 19000", "lut_memory = 400");
    Take();
    auto name_device = [&] {
        Replace(fs::path(design) / "design.cfg", "name = \"branches\";",
                "name = \"branches\"; device = \"" + small.string() + "\";");
    };
    name_device();
    Has(Report("text", "rtl", 0, WEIR_NO_FIT), "does not fit small: LUT 947 of 800");
    Put("export_impl.rpt", solution / "impl/report/verilog/export_impl.rpt");
    Take();
    name_device();
    Has(Report(), "  fits small\n");
}

TEST_F(ImportReports, TheStitchedTopIsNamed) {
    Take();
    const char *vendors = "  ran as the vendor's own top, Verilated whole\n";
    Has(Report("text", "stitched"), vendors);
    Has(Report("json", "stitched"), "\"stitched\": \"vendor\"");
    HasNot(Report(), vendors);
    Replace(fs::path(design) / "design.cfg", "name = \"d\"; depth = 4; storage = \"bram\"",
            "name = \"d\"; depth = 4; storage = \"srl\"");
    std::string text = Report("text", "stitched");
    Has(text, "ran as one Verilated top of the wrapped processes and Weir's FIFOs");
    HasNot(text, vendors);
}

/* Depths and clocks are settings of what runs: whatever they are, no model is built for them. Numbers
 * that no run before this one has had, so that a cache of models cannot stand in. */
TEST_F(ImportReports, SettingsBuildNothing) {
    unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Take();
    Report();
    fs::path settings = fs::path(design) / "design.cfg";
    std::string before = Read(settings), after;
    std::regex fifo("depth = \\d+;");
    auto at = std::sregex_iterator(before.begin(), before.end(), fifo);
    size_t end = 0;
    for (; at != std::sregex_iterator(); at++) {
        after += before.substr(end, (size_t)at->position() - end) +
                 "depth = " + std::to_string(3 + random() % 1000000) + ";";
        end = (size_t)(at->position() + at->length());
    }
    Write(settings, after + before.substr(end));
    Replace(settings, "\\{ name = \"main\";",
            "{ name = \"own\"; period_ps = " + std::to_string(1000 + random() % 8000) +
                "L; }, { name = \"main\";");
    Replace(settings, "name = \"slow\"; domain = \"main\"", "name = \"slow\"; domain = \"own\"");
    std::string json = Report("json");
    Has(json, "\"models\": \\{\\s*\"built\": 0,\\s*\"cached\": [1-9]");
    Has(json, "\"latency_class\": \"cdc\"");
}

} // namespace
