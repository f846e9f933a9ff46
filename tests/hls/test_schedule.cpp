// Schedules of a compiled design: every step of every operator, in few nodes, and the same in the
// folder's file.
extern "C" {
#include "hls/compile.h"
#include "hls/schedule.h"
}
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace fs = std::filesystem;

namespace {

std::string Dump(const weir_schedule *schedule) {
    weir_text *text = weir_text_new();
    weir_schedule_dump(schedule, text);
    std::string dump = weir_text_string(text);
    weir_text_free(text);
    return dump;
}

// A set's operations as step() names them.
unsigned Ports(const weir_schedule *schedule, uint32_t set) {
    unsigned ports = 0;
    for (uint32_t o = 0; o < schedule->sets[set].count; o++) {
        const weir_operation &operation = schedule->operations[schedule->sets[set].first + o];
        EXPECT_TRUE(operation.kind == WEIR_READ || operation.kind == WEIR_WRITE);
        ports |=
            operation.kind == WEIR_READ ? WEIR_READS(operation.port) : WEIR_WRITES(operation.port);
    }
    return ports;
}

void ExpectSteps(const weir_operator &op, const weir_schedule *schedule) {
    EXPECT_STREQ(schedule->process, op.name);
    EXPECT_EQ(schedule->timing, WEIR_ELASTIC);
    EXPECT_EQ(schedule->stages, op.stages);
    EXPECT_EQ(schedule->ii_cycles, 1u);
    EXPECT_EQ(schedule->start, 0u);
    EXPECT_EQ(schedule->n_preamble, 0u);
    ASSERT_EQ(schedule->n_inputs, op.n_inputs);
    ASSERT_EQ(schedule->n_outputs, op.n_outputs);
    for (uint32_t p = 0; p < op.n_inputs; p++) {
        EXPECT_EQ(schedule->read_stage[p], 0u);
        EXPECT_EQ(weir_schedule_count(schedule, WEIR_READ, p, false), weir_stream_beats(&op.in[p]));
    }
    for (uint32_t q = 0; q < op.n_outputs; q++) {
        EXPECT_EQ(schedule->write_stage[q], op.stages - 1);
        EXPECT_EQ(weir_schedule_count(schedule, WEIR_WRITE, q, false),
                  weir_stream_beats(&op.out[q]));
    }
    ASSERT_EQ(weir_schedule_initiations(schedule), op.steps);
    weir_schedule_walk *walk = weir_schedule_walk_new(schedule);
    uint64_t wrong = 0;
    for (uint64_t step = 0; step < op.steps;) {
        uint64_t count;
        unsigned ports = Ports(schedule, weir_schedule_walk_next(walk, &count));
        for (; count > 0; count--)
            wrong += step >= op.steps || op.kind->step(&op, step++) != ports;
    }
    EXPECT_EQ(wrong, 0u);
    weir_schedule_walk_free(walk);
    EXPECT_LE(schedule->n_loops, 32u);
}

class Schedules : public testing::TestWithParam<const char *> {};

TEST_P(Schedules, AreTheStepsOfTheOperators) {
    std::string pattern = (fs::temp_directory_path() / "weir_schedule_XXXXXX").string();
    const std::string folder = mkdtemp(pattern.data());
    weir_diag *diag = weir_diag_new();
    weir_design *design = weir_design_load(
        (std::string(WEIR_SOURCE_DIR "/configs/") + GetParam()).c_str(), nullptr, diag);
    ASSERT_NE(design, nullptr);
    weir_compiled *compiled = weir_compile(design, folder.c_str(), diag);
    ASSERT_NE(compiled, nullptr);
    uint32_t count, next = 0;
    weir_schedule **file = weir_schedules_load((folder + "/schedules.weir").c_str(), &count, diag);
    ASSERT_NE(file, nullptr);
    for (uint32_t p = 0; p < weir_graph_processes(compiled->graph); p++) {
        const weir_process *process = weir_graph_process(compiled->graph, p);
        SCOPED_TRACE(process->name);
        if (process->kind != WEIR_PROCESS) {
            EXPECT_EQ(process->schedule, nullptr);
            continue;
        }
        ASSERT_NE(process->schedule, nullptr);
        ExpectSteps(compiled->operators[p], process->schedule);
        ASSERT_LT(next, count);
        EXPECT_EQ(Dump(file[next++]), Dump(process->schedule));
    }
    EXPECT_EQ(next, count);
    for (uint32_t i = 0; i < count; i++)
        weir_schedule_free(file[i]);
    free(file);
    weir_compiled_free(compiled);
    weir_design_free(design);
    weir_diag_free(diag);
    fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Designs, Schedules,
                         testing::Values("designs/digits.cfg", "designs/chain.cfg",
                                         "networks/skip.onnx", "networks/binary.onnx"),
                         [](const auto &info) { return fs::path(info.param).stem().string(); });

} // namespace
