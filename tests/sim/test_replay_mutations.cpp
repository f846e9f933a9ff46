// Each recurrence of replay, off by one in its own source text, is caught by the random nets.
//
// A mutant is the engine with one piece of text of one file replaced: the file is compiled again,
// linked before the library that holds the original, and run over a batch of nets
// (oracle_driver.cpp). A text that is no longer in its file fails the test: the table below follows
// the sources.
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

namespace {

constexpr const char *seed = "21", *nets = "60000";

struct Mutation {
    const char *what;
    const char *file; // in sim/, with its suffix
    const char *from, *to;
};

const Mutation mutations[] = {
    // Lockstep T(a-1) + 1, elastic and credit I + II, in each way that steps are taken.
    {"step that reads", "replay_step.c",
     "t = weir_later_of(t + s->interval, gate(&in, k));\n        if (deep) t = weir_later_of(t, "
     "s->echo[(s->count + k)",
     "t = weir_later_of(t + s->interval + 1, gate(&in, k));\n        if (deep) t = "
     "weir_later_of(t, s->echo[(s->count + k)"},
    {"step that writes", "replay_step.c", "t += s->interval;", "t += s->interval + 1;"},
    {"step that does both", "replay_step.c",
     "t = weir_later_of(t + s->interval, gate(&in, k));\n        if (deep) {",
     "t = weir_later_of(t + s->interval + 1, gate(&in, k));\n        if (deep) {"},
    {"step of many operations", "replay_step.c", "int64_t asked = s->time + s->interval;",
     "int64_t asked = s->time + s->interval + 1;"},
    {"step without operations", "replay_step.c",
     "s->time += (int64_t)(end - s->count) * s->interval;",
     "s->time += (int64_t)(end - s->count) * s->interval + 1;"},
    {"start", "replay.c", "(int64_t)node->start - actor->interval;",
     "(int64_t)node->start - actor->interval + 1;"},
    // Plain elastic: X(i-1) + 1, I + L - 1, the echo X(i - L + 1).
    {"end after the end before", "replay_step.c", "last_end + 1);\n    uint64_t echo",
     "last_end);\n    uint64_t echo"},
    {"end after issue", "replay_step.c", "int64_t exit = issue + s->length;",
     "int64_t exit = issue + s->length + 1;"},
    {"echo a step later", "replay_step.c", "uint64_t echo = s->count + (uint64_t)s->length;",
     "uint64_t echo = s->count + (uint64_t)s->length + 1;"},
    {"echo a step earlier", "replay_step.c", "uint64_t echo = s->count + (uint64_t)s->length;",
     "uint64_t echo = s->count + (uint64_t)s->length - 1;"},
    {"echo of steps without operations", "replay_step.c", "s->count <= s->echo_until",
     "s->count < s->echo_until"},
    // Elastic, stage by stage.
    {"stage after its step before", "replay_stages.c", "(g == 0 ? actor->interval : 1)",
     "(g == 0 ? actor->interval : 2)"},
    {"interval at the first stage", "replay_stages.c", "(g == 0 ? actor->interval : 1)",
     "(g == 0 ? actor->interval + 1 : 1)"},
    {"stage after the stage before", "replay_stages.c", "+ (int64_t)at->distance);",
     "+ (int64_t)at->distance + 1);"},
    {"room in the stage after", "replay_stages.c",
     "after->recent[(i - after->distance) & after->mask]);",
     "after->recent[(i - after->distance) & after->mask] + 1);"},
    // Credit.
    {"credit interval", "replay_stages.c", "actor->interval * (int64_t)n;",
     "actor->interval * (int64_t)n + 1;"},
    {"credit read stage", "replay_stages.c", "t + set->reads[i].stage",
     "t + 1 + set->reads[i].stage"},
    {"credit write stage", "replay_stages.c", "t + set->writes[i].stage",
     "t + 1 + set->writes[i].stage"},
    // Free-running pipelines.
    {"frp interval", "replay_frp.c", "actor->time + actor->interval);",
     "actor->time + actor->interval + 1);"},
    {"frp beat after the beat before", "replay_frp.c",
     "weir_later_of(weir_later_of(exit, skid->last + 1), weir_write_gate(c))",
     "weir_later_of(weir_later_of(exit, skid->last), weir_write_gate(c))"},
    {"frp end", "replay_frp.c", ".exit = t + actor->length,", ".exit = t + actor->length + 1,"},
    {"frp release without a beat", "replay_frp.c", "release(actor, skid, t + actor->length);",
     "release(actor, skid, t + actor->length + 1);"},
    {"frp release with a beat", "replay_frp.c", "release(actor, skid, t);",
     "release(actor, skid, t - 1);"},
    {"frp issue after release", "replay_frp.c", "known + 1)", "known)"},
    {"frp skid deeper", "replay.c", "(node->stages + node->ii_cycles - 1) / node->ii_cycles;",
     "(node->stages + node->ii_cycles - 1) / node->ii_cycles + 1;"},
    {"frp skid rounded down", "replay.c", "(node->stages + node->ii_cycles - 1) / node->ii_cycles;",
     "(node->stages + node->ii_cycles - 2) / node->ii_cycles + (node->stages < 2);"},
    // Gates.
    {"gates of runs", "replay_step.c", ": t) + s->delay;", ": t) + s->delay + 1;"},
    {"slot that a run frees", "replay_step.c", ".ahead = c->depth,", ".ahead = c->depth + 1,"},
    {"read gate", "replay.c", "timing->forward - c->crosses;", "timing->forward;"},
    {"write gate", "replay.c", "timing->backward - c->crosses;", "timing->backward;"},
    {"first read gate", "replay.c", "c->forward = (int64_t)timing->forward",
     "c->forward = 1 + (int64_t)timing->forward"},
    {"first write gate", "replay.c", "c->backward = (int64_t)timing->backward",
     "c->backward = 1 + (int64_t)timing->backward"},
    {"least gap of writes", "replay.c", "timing->write_gap : 0;", "timing->write_gap + 1 : 0;"},
    {"offset between clocks", "replay.c", "(int64_t)(own->phase_ps - other->phase_ps)",
     "(int64_t)(own->phase_ps - other->phase_ps) - 1"},
    {"initial beats", "replay.c", "c->initial = c->written = channel->initial;",
     "c->initial = c->written = channel->initial + (timing->depth > channel->initial);"},
    // Ends.
    {"source", "replay_step.c", "int64_t offered = actor->time + 1, gate",
     "int64_t offered = actor->time + 2, gate"},
    {"sink", "replay_step.c", "weir_later_of(actor->time + 1, gate));",
     "weir_later_of(actor->time + 2, gate));"},
    {"arrival", "replay_step.c", "offered = weir_later_of(offered, actor->arrival);",
     "offered = weir_later_of(offered, actor->arrival + 1);"},
    {"arrival lost", "replay_step.c", "source->arrival <= source->time",
     "source->arrival < source->time"},
    {"pause", "replay_step.c", "(actor->pause[(uint64_t)edge % actor->pause_length] == '0')",
     "(actor->pause[(uint64_t)(edge + 1) % actor->pause_length] == '0')"},
    // Slices, halves, frames at ports.
    {"beat out of a slice", "replay_slice.c", "c->read_at[c->used % WEIR_MOST_SLICE] + 1;",
     "c->read_at[c->used % WEIR_MOST_SLICE];"},
    {"place in a slice at an output", "replay_slice.c",
     "c->sent_at[(c->put - c->slice_out) % WEIR_MOST_SLICE] + 1;",
     "c->sent_at[(c->put - c->slice_out) % WEIR_MOST_SLICE];"},
    {"place in a slice at an input", "replay_slice.c", "*slot(c->used_at, k - c->slice_in) + 1);",
     "*slot(c->used_at, k - c->slice_in));"},
    {"a slice reads once a cycle", "replay_slice.c", "c->last_read + 1);", "c->last_read);"},
    {"a slice sends what came before", "replay_slice.c",
     "weir_later_of(*slot(c->put_at, k), c->last_write) + 1;",
     "weir_later_of(*slot(c->put_at, k) + 1, c->last_write);"},
    {"beats that a slice holds", "replay_slice.c", "c->taken - c->used >= c->slice_in",
     "c->taken - c->used > c->slice_in"},
    {"places of a slice", "replay_slice.c", "c->initial + c->slice_out - c->put",
     "c->initial + c->slice_out + 1 - c->put"},
    {"a half after the initiation before", "replay_step.c",
     "follows ? actor->half_time : s->time + 1", "follows ? actor->half_time : s->time"},
    {"a half that follows", "replay_step.c",
     "follows ? actor->half_time :", "follows ? actor->half_time + 1 :"},
    {"an initiation ends with its later half", "replay_step.c",
     "int64_t end = weir_later_of(t, actor->half_time);", "int64_t end = t;"},
    {"halves wait for one another", "replay_net.c", "apart |= o->kind == WEIR_POST ||",
     "apart |= o->kind == WEIR_RESERVE ||"},
    {"a lead leads", "replay_net.c", "has(schedule, from, WEIR_LEAD);",
     "has(schedule, from, WEIR_POST);"},
    {"frame that begins at a reader", "replay_slice.c", "c->taken % c->frame_beats != 0",
     "(c->taken + 1) % c->frame_beats != 0"},
    {"frame that ends at a writer", "replay_slice.c", "written % c->frame_beats != 0",
     "(written + 1) % c->frame_beats != 0"},
    // Lanes.
    {"lanes: step", "replay_lanes.c", "t = plus(t, interval);", "t = plus(t, interval + 1);"},
    {"lanes: step of many operations", "replay_lanes.c",
     "vec t = plus(load(&a->time), a->interval);",
     "vec t = plus(load(&a->time), a->interval + 1);"},
    {"lanes: step without operations", "replay_lanes.c", "t = plus(t, (int64_t)n * a->interval);",
     "t = plus(t, (int64_t)n * a->interval + 1);"},
    {"lanes: issue and end", "replay_lanes.c", "t = later(plus(t, a->interval), echo(a, i));",
     "t = later(plus(t, a->interval + 1), echo(a, i));"},
    {"lanes: end after the end before", "replay_lanes.c",
     "x = later(plus(x, 1), plus(t, a->length));", "x = later(plus(x, 2), plus(t, a->length));"},
    {"lanes: end after issue", "replay_lanes.c", "x = later(plus(x, 1), plus(t, a->length));",
     "x = later(plus(x, 1), plus(t, a->length + 1));"},
    {"lanes: echo", "replay_lanes.c", "(step - (uint64_t)a->length) & a->mask",
     "(step - (uint64_t)a->length - 1) & a->mask"},
    {"lanes: steps skipped", "replay_lanes.c", "(int64_t)(n - keep) * a->interval",
     "(int64_t)(n - keep) * a->interval + 1"},
    {"lanes: issue ahead", "replay_lanes.c", "a->issued - a->ended >= (uint64_t)a->length",
     "a->issued - a->ended > (uint64_t)a->length"},
    {"lanes: stage after its step before", "replay_lanes.c", "s == 0 ? a->interval : 1",
     "s == 0 ? a->interval : 2"},
    {"lanes: stage after the stage before", "replay_lanes.c",
     "t = later(t, plus(load(&a->ends[s - 1]), 1));",
     "t = later(t, plus(load(&a->ends[s - 1]), 2));"},
    {"lanes: room in the stage after", "replay_lanes.c", "t = later(t, load(&a->ends[s + 1]));",
     "t = later(t, plus(load(&a->ends[s + 1]), 1));"},
    {"lanes: clock crossing", "replay_lanes.c", "below - above + 1;", "below - above;"},
    {"lanes: slot freed, uneven", "replay_lanes.c", "(number + depths[l]) & mask",
     "(number + depths[l] + 1) & mask"},
    {"lanes: end of the net", "replay_lanes.c", "vec t = plus(load(&a->time), 1);",
     "vec t = plus(load(&a->time), 2);"},
    {"lanes: read gate", "replay_batch.c", "timing->forward - c->crosses;", "timing->forward;"},
    {"lanes: write gate", "replay_batch.c", "timing->backward - c->crosses;", "timing->backward;"},
    {"lanes: start", "replay_batch.c", "fill(&a->time, 1, (int64_t)node->start",
     "fill(&a->time, 1, 1 + (int64_t)node->start"},
};

std::string read_file(const std::filesystem::path &path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

int run(const std::string &command) {
    int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Empty: the mutant was caught.
std::string outcome(const Mutation &mutation, const std::filesystem::path &folder) {
    std::string text = read_file(std::string(WEIR_SOURCE_DIR "/sim/") + mutation.file);
    size_t at = text.find(mutation.from);
    if (at == std::string::npos) return std::string("no such text in ") + mutation.file;
    text.replace(at, std::string(mutation.from).size(), mutation.to);

    // Lanes are compiled once for each instruction set: the mutant stands for all of them.
    std::string flags;
    if (std::string(mutation.file) == "replay_lanes.c") {
        flags = " -DWEIR_LANES_RUN=weir_lanes_run_plain";
        text += "void weir_lanes_run_avx2(weir_batch *batch) { weir_lanes_run_plain(batch); }\n"
                "void weir_lanes_run_avx512(weir_batch *batch) { weir_lanes_run_plain(batch); }\n";
    }
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "mutant.c") << text;
    std::string in = "cd " + folder.string() + " && ";
    if (run(in + WEIR_C_COMPILER " -std=gnu11 -D_GNU_SOURCE -w -O1 -I" WEIR_SOURCE_DIR + flags +
            " -c mutant.c -o mutant.o") != 0)
        return "does not compile";
    if (run(in + WEIR_CXX_COMPILER " " WEIR_LINK_FLAGS
                                   " -o mutant mutant.o " WEIR_LINK_LIBRARIES) != 0)
        return "does not link";
    int status = run(in + "timeout 60 ./mutant " + seed + " " + nets + " >mutant.out 2>&1");
    return status == 0 ? "not noticed" : "";
}

TEST(ReplayMutations, EachRecurrenceOffByOneIsCaught) {
    std::string name = ::testing::TempDir() + "weir_mutations_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    std::filesystem::path folder = name;
    Mutation none = {"", "replay_frp.c", "release", "release"};
    ASSERT_EQ(outcome(none, folder / "none"), "not noticed") << "the engine itself differs";

    constexpr size_t n = std::size(mutations);
    std::array<std::string, n> outcomes;
    std::atomic<size_t> next = 0;
    const char *only = getenv("WEIR_MUTATION"); // those whose names hold this
    auto work = [&] {
        for (size_t i = next++; i < n; i = next++)
            if (only == nullptr || strstr(mutations[i].what, only) != nullptr)
                outcomes[i] = outcome(mutations[i], folder / std::to_string(i));
    };
    std::thread other(work);
    work();
    other.join();
    for (size_t i = 0; i < n; i++)
        EXPECT_EQ(outcomes[i], "") << mutations[i].what;
    std::cout << n << " mutants, seed " << seed << "\n";
    std::filesystem::remove_all(folder);
}

} // namespace
