// Schedules: what goes in comes out, repeats are found, files survive and damage is refused.
#include "base/scratch.h"
#include "traces/packed.h"
#include "traces/schedule.h"
#include <gtest/gtest.h>
#include <memory>
#include <random>

using scratch::Lines;

namespace {

using Schedule = std::unique_ptr<weir_schedule, decltype(&weir_schedule_free)>;
using Runs = std::vector<std::pair<uint32_t, uint64_t>>; // set, initiations

// Four sets on a process with two inputs and one output: empty, and three others.
struct Builder {
    Builder() : at(weir_schedule_builder_new("conv1", 2, 1)) {
        const weir_operation read[] = {{WEIR_READ, 0}};
        const weir_operation write[] = {{WEIR_WRITE, 0}};
        const weir_operation all[] = {{WEIR_WRITE, 0}, {WEIR_READ, 1}, {WEIR_ACQUIRE, 0}};
        EXPECT_EQ(weir_schedule_set(at, nullptr, 0), 0u);
        EXPECT_EQ(weir_schedule_set(at, read, 1), 1u);
        EXPECT_EQ(weir_schedule_set(at, write, 1), 2u);
        EXPECT_EQ(weir_schedule_set(at, all, 3), 3u);
    }
    void Add(const Runs &runs) {
        for (auto [set, count] : runs)
            weir_schedule_add(at, set, count);
    }
    Schedule Build() { return {weir_schedule_build(at), weir_schedule_free}; }
    weir_schedule_builder *at;
};

// Adjacent runs of one set joined.
void Join(Runs &runs, uint32_t set, uint64_t count) {
    if (!runs.empty() && runs.back().first == set)
        runs.back().second += count;
    else
        runs.emplace_back(set, count);
}

Runs Joined(const Runs &runs) {
    Runs joined;
    for (auto [set, count] : runs)
        if (count > 0) Join(joined, set, count);
    return joined;
}

// The first `initiations` of a walk.
Runs Walked(const weir_schedule *schedule, uint64_t initiations) {
    std::unique_ptr<weir_schedule_walk, decltype(&weir_schedule_walk_free)> walk(
        weir_schedule_walk_new(schedule), weir_schedule_walk_free);
    Runs runs;
    while (initiations > 0) {
        uint64_t count;
        uint32_t set = weir_schedule_walk_next(walk.get(), &count);
        count = std::min(count, initiations);
        Join(runs, set, count);
        initiations -= count;
    }
    return runs;
}

uint64_t Total(const Runs &runs) {
    uint64_t total = 0;
    for (auto [set, count] : runs)
        total += count;
    return total;
}

// A random program of nested repeats, written out.
void Random(std::mt19937_64 &random, int depth, Runs &out) {
    uint64_t pieces = 1 + random() % 4;
    for (uint64_t p = 0; p < pieces; p++) {
        if (depth == 0 || random() % 3 == 0) {
            out.emplace_back(random() % 4, 1 + random() % (random() % 4 ? 2 : 9));
            continue;
        }
        Runs body;
        Random(random, depth - 1, body);
        for (uint64_t n = 1 + random() % 5; n > 0 && out.size() < 20000; n--)
            out.insert(out.end(), body.begin(), body.end());
    }
}

Schedule RandomSchedule(std::mt19937_64 &random, Runs &preamble, Runs &frame) {
    Builder builder;
    preamble.clear(), frame.clear();
    if (random() % 2) {
        Random(random, 1, preamble);
        builder.Add(preamble);
        weir_schedule_end_preamble(builder.at);
    }
    Random(random, static_cast<int>(random() % 5), frame);
    builder.Add(frame);
    return builder.Build();
}

std::string Dump(const weir_schedule *schedule) {
    weir_text *text = weir_text_new();
    weir_schedule_dump(schedule, text);
    std::string dump = weir_text_string(text);
    weir_text_free(text);
    return dump;
}

void Save(const std::vector<const weir_schedule *> &schedules, const std::string &path) {
    scratch::Diag diag;
    ASSERT_TRUE(weir_schedules_save(schedules.data(), static_cast<uint32_t>(schedules.size()),
                                    path.c_str(), diag));
}

// The line that a file is refused with; "" where it was loaded, into *loaded.
std::string Load(const std::string &path, std::vector<Schedule> *loaded = nullptr) {
    scratch::Diag diag;
    uint32_t count = 99;
    weir_schedule **schedules = weir_schedules_load(path.c_str(), &count, diag);
    if (schedules == nullptr) {
        EXPECT_EQ(count, 0u);
        EXPECT_EQ(diag.Lines().size(), 1u);
        return diag.Lines().empty() ? "nothing" : diag.Lines()[0];
    }
    EXPECT_EQ(diag.Lines(), Lines{});
    for (uint32_t i = 0; i < count; i++) {
        Schedule schedule(schedules[i], weir_schedule_free);
        if (loaded) loaded->push_back(std::move(schedule));
    }
    free(schedules);
    return "";
}

TEST(Schedule, EqualSetsShareOneInWhateverOrder) {
    Builder builder;
    const weir_operation other[] = {{WEIR_READ, 1}, {WEIR_ACQUIRE, 0}, {WEIR_WRITE, 0}};
    const weir_operation twice[] = {{WEIR_READ, 0}, {WEIR_READ, 0}};
    const weir_operation second[] = {{WEIR_READ, 1}};
    EXPECT_EQ(weir_schedule_set(builder.at, other, 3), 3u);
    EXPECT_EQ(weir_schedule_set(builder.at, twice, 2), 1u);
    EXPECT_EQ(weir_schedule_set(builder.at, second, 1), 4u);
    weir_schedule_add(builder.at, 3, 1);
    Schedule schedule = builder.Build();
    EXPECT_EQ(schedule->n_sets, 5u);
    EXPECT_EQ(schedule->sets[0].count, 0u);
    EXPECT_EQ(schedule->sets[3].count, 3u);
    EXPECT_EQ(weir_schedule_count(schedule.get(), WEIR_READ, 1, false), 1u);
    EXPECT_EQ(weir_schedule_count(schedule.get(), WEIR_READ, 0, false), 0u);
    EXPECT_EQ(weir_schedule_count(schedule.get(), WEIR_ACQUIRE, 0, false), 1u);
    EXPECT_EQ(weir_schedule_count(schedule.get(), WEIR_WRITE, 0, true), 0u);
}

TEST(Schedule, WalkGivesBackWhatWasBuilt) {
    uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; round++) {
        Runs preamble, frame;
        Schedule schedule = RandomSchedule(random, preamble, frame);
        EXPECT_EQ(weir_schedule_initiations(schedule.get()), Total(frame));
        Runs three = preamble;
        for (int i = 0; i < 3; i++)
            three.insert(three.end(), frame.begin(), frame.end());
        ASSERT_EQ(Walked(schedule.get(), Total(three)), Joined(three)) << round;
        uint64_t reads = 0, before = 0;
        for (auto [set, count] : frame)
            reads += set == 1 ? count : 0;
        for (auto [set, count] : preamble)
            before += set == 1 ? count : 0;
        ASSERT_EQ(weir_schedule_count(schedule.get(), WEIR_READ, 0, false), reads);
        ASSERT_EQ(weir_schedule_count(schedule.get(), WEIR_READ, 0, true), before);
        ASSERT_LE(schedule->n_loops, 2 * Joined(preamble).size() + 2 * Joined(frame).size());
    }
}

TEST(Schedule, NestedRepeatsAreFound) {
    // 500 x (3 x empty, 300 x (read, 4 x empty, write), 2 x (4 x all, read)), 7 x write
    Builder builder;
    for (int row = 0; row < 500; row++) {
        builder.Add({{0, 3}});
        for (int column = 0; column < 300; column++)
            builder.Add({{1, 1}, {0, 4}, {2, 1}});
        builder.Add({{3, 4}, {1, 1}, {3, 4}, {1, 1}});
    }
    builder.Add({{2, 7}});
    Schedule schedule = builder.Build();
    EXPECT_EQ(schedule->n_loops, 10u);
    EXPECT_EQ(weir_schedule_initiations(schedule.get()), 500u * (3 + 300 * 6 + 10) + 7);
    schedule->timing = WEIR_ELASTIC;
    schedule->stages = 4;
    schedule->write_stage[0] = 3;
    EXPECT_EQ(Dump(schedule.get()), "process \"conv1\": elastic, 4 stages, ii_cycles 1, start 0\n"
                                    "  input 0 at stage 0\n"
                                    "  input 1 at stage 0\n"
                                    "  output 0 at stage 3\n"
                                    "  frame, 906507 initiations\n"
                                    "    500 x repeat\n"
                                    "      3 x nothing\n"
                                    "      300 x repeat\n"
                                    "        1 x read 0\n"
                                    "        4 x nothing\n"
                                    "        1 x write 0\n"
                                    "      2 x repeat\n"
                                    "        4 x read 1, write 0, acquire 0\n"
                                    "        1 x read 0\n"
                                    "    7 x write 0\n");
}

TEST(Schedule, ARoundThatEndsOtherwiseIsKept) {
    // The inner loop's last time is one round short, and the outer one goes on for a while.
    Builder builder;
    Runs runs;
    for (int row = 0; row < 20; row++) {
        for (int column = 0; column < (row == 17 ? 6 : 7); column++)
            runs.insert(runs.end(), {{1, 1}, {2, 2}});
        runs.emplace_back(0, 5);
    }
    runs.insert(runs.end(), {{1, 1}, {2, 2}, {1, 1}, {2, 1}});
    builder.Add(runs);
    Schedule schedule = builder.Build();
    EXPECT_EQ(Walked(schedule.get(), Total(runs)), Joined(runs));
    EXPECT_LE(schedule->n_loops, 25u);
}

TEST(Schedule, PreambleComesOnce) {
    Builder builder;
    builder.Add({{1, 2}, {3, 1}});
    weir_schedule_end_preamble(builder.at);
    builder.Add({{2, 3}});
    Schedule schedule = builder.Build();
    EXPECT_EQ(schedule->n_preamble, 2u);
    EXPECT_EQ(Walked(schedule.get(), 12), (Runs{{1, 2}, {3, 1}, {2, 9}}));
    EXPECT_NE(Dump(schedule.get()).find("  preamble, 3 initiations\n    2 x read 0\n"),
              std::string::npos);
}

TEST(Schedule, MillionsOfRunsFoldQuickly) {
    Builder builder;
    for (int i = 0; i < 3000000; i++)
        builder.Add({{1, 1}, {2, static_cast<uint64_t>(1 + i % 3)}});
    EXPECT_EQ(builder.Build()->n_loops, 7u);
}

// ------------------------------------------------------------------ files

void ExpectEqual(const weir_schedule *a, const weir_schedule *b) {
    EXPECT_STREQ(a->process, b->process);
    EXPECT_EQ(a->timing, b->timing);
    EXPECT_EQ(a->stages, b->stages);
    EXPECT_EQ(a->ii_cycles, b->ii_cycles);
    EXPECT_EQ(a->start, b->start);
    EXPECT_EQ(a->n_preamble, b->n_preamble);
    EXPECT_EQ(a->n_sets, b->n_sets);
    ASSERT_EQ(a->n_loops, b->n_loops);
    EXPECT_EQ(Dump(a), Dump(b));
    for (uint32_t i = 0; i < a->n_loops; i++) {
        EXPECT_EQ(a->loops[i].count, b->loops[i].count);
        EXPECT_EQ(a->loops[i].set, b->loops[i].set);
        EXPECT_EQ(a->loops[i].length, b->loops[i].length);
    }
}

TEST(ScheduleFile, IsLoadedAsItWasSaved) {
    scratch::Folder folder;
    std::string path = folder.Path("schedules.weir");
    uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 100; round++) {
        std::vector<Schedule> made, loaded;
        std::vector<const weir_schedule *> list;
        for (uint64_t n = random() % 4; n > 0; n--) {
            Runs preamble, frame;
            Schedule s = RandomSchedule(random, preamble, frame);
            s->timing = static_cast<weir_timing_class>(WEIR_LOCKSTEP + random() % 4);
            if (s->timing != WEIR_LOCKSTEP) {
                s->stages = static_cast<uint32_t>(1 + random() % 40);
                s->ii_cycles = 1 + random() % 5;
                s->start = random() % 1000;
                s->read_stage[1] = static_cast<uint32_t>(random() % s->stages);
                s->write_stage[0] = s->stages - 1;
            }
            list.push_back(s.get());
            made.push_back(std::move(s));
        }
        Save(list, path);
        ASSERT_EQ(Load(path, &loaded), "");
        ASSERT_EQ(loaded.size(), made.size());
        for (size_t i = 0; i < made.size(); i++)
            ExpectEqual(made[i].get(), loaded[i].get());
    }
    scratch::Diag diag;
    EXPECT_FALSE(weir_schedules_save(nullptr, 0, folder.Path("none/x").c_str(), diag));
    EXPECT_NE(Load(folder.Path("absent")), "");
}

TEST(ScheduleFile, TruncatedDamagedAndForeignFilesAreRefused) {
    scratch::Folder folder;
    std::mt19937_64 random(11);
    std::vector<Schedule> made;
    std::vector<const weir_schedule *> list;
    for (int i = 0; i < 4; i++) {
        Runs preamble, frame;
        made.push_back(RandomSchedule(random, preamble, frame));
        list.push_back(made.back().get());
    }
    Save(list, folder.Path("whole"));
    const std::string whole = folder.Read("whole"), x = folder.Path("x");
    for (size_t length = 0; length < whole.size(); length++) {
        folder.Write("x", whole.substr(0, length));
        std::string expected = length < 8 ? "offset 0: not a file of schedules, must begin with "
                                            "\"WEIRSCH1\""
                                          : "offset " + std::to_string(length) +
                                                ": the file of schedules is truncated";
        ASSERT_EQ(Load(x), "x: error: " + expected);
    }
    // Of the code lengths in a deflate stream some are of codes that never come: such a bit may mean
    // nothing, and then the schedules are the same.
    size_t same = 0;
    for (size_t bit = 0; bit < 8 * whole.size(); bit++) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        folder.Write("x", damaged);
        std::vector<Schedule> loaded;
        std::string line = Load(x, &loaded);
        if (line.empty()) {
            same++;
            ASSERT_EQ(loaded.size(), made.size());
            for (size_t i = 0; i < made.size(); i++)
                ExpectEqual(made[i].get(), loaded[i].get());
        } else {
            ASSERT_EQ(line.find("x: error: offset "), 0u) << line;
        }
    }
    EXPECT_LE(same, whole.size() / 25);
    folder.Write("x", "RIFF, something else");
    EXPECT_EQ(Load(x), "x: error: offset 0: not a file of schedules, must begin with \"WEIRSCH1\"");
    folder.Write("x", whole + "ab");
    EXPECT_EQ(Load(x), "x: error: offset " + std::to_string(whole.size()) +
                           ": 2 bytes follow the file of schedules, allowed: none");
}

// A file with a good checksum whose numbers are given: what is wrong inside is found too.
std::string LoadNumbers(const scratch::Folder &folder, const std::string &name,
                        const std::vector<uint64_t> &numbers) {
    scratch::Diag diag;
    weir_packed packed = {};
    weir_packed_number(&packed, 1);
    weir_packed_string(&packed, name.c_str());
    for (uint64_t number : numbers)
        weir_packed_number(&packed, number);
    EXPECT_TRUE(weir_packed_save(&packed, "WEIRSCH1", "file", folder.Path("y").c_str(), diag));
    free(packed.at);
    std::string line = Load(folder.Path("y"));
    size_t at = line.find("schedules: ");
    return at == std::string::npos ? line : line.substr(at + 11);
}

TEST(ScheduleFile, WhatIsInsideIsChecked) {
    scratch::Folder folder;
    // elastic, 3 stages, ii 1, start 0, 1 input at 0, 1 output at 2; 2 sets: none, {read 0, write 0};
    // no preamble, 3 nodes: 5 x (2 x set 1, 1 x set 0).
    const std::vector<uint64_t> good = {2, 3, 1, 0, 1, 1, 0, 2, 2, 0, 2, 0, 0,
                                        1, 0, 0, 3, 2, 5, 0, 1, 2, 0, 0, 1};
    EXPECT_EQ(LoadNumbers(folder, "p", good), "");
    auto with = [&](size_t at, uint64_t value) {
        std::vector<uint64_t> bad = good;
        bad[at] = value;
        return LoadNumbers(folder, "p", bad);
    };
    EXPECT_EQ(with(0, 0), "process \"p\": timing class 0, allowed: 1..4");
    EXPECT_EQ(with(0, 1), "process \"p\": stages 3, allowed: 1..1");
    EXPECT_EQ(with(1, 0), "process \"p\": stages 0, allowed: 1..16777216");
    EXPECT_EQ(with(2, 0), "process \"p\": ii_cycles 0, allowed: 1..281474976710656");
    EXPECT_EQ(with(4, 1025), "process \"p\": inputs 1025, allowed: 0..1024");
    EXPECT_EQ(with(7, 3), "process \"p\": stage of an output 3, allowed: 0..2");
    EXPECT_EQ(with(8, 0), "process \"p\": sets 0, allowed: 1..17");
    EXPECT_EQ(with(9, 1), "process \"p\": operations of a set 1, allowed: 0..0");
    EXPECT_EQ(with(10, 7), "process \"p\": operations of a set 7, allowed: 0..6");
    EXPECT_EQ(with(11, 4), "process \"p\": kind of operation 4, allowed: 0..3");
    EXPECT_EQ(with(12, 1), "process \"p\": port 1, allowed: 0..0");
    EXPECT_EQ(with(13, 0), "process \"p\": operations of a set out of order, each comes once");
    EXPECT_EQ(with(15, 3), "process \"p\": 3 nodes, 3 of them the preamble's: the frame has none");
    EXPECT_EQ(with(16, 0), "process \"p\": nodes 0, allowed: 1..4");
    EXPECT_EQ(with(17, 3), "process \"p\": length of a node 3, allowed: 0..2");
    EXPECT_EQ(with(18, 0), "process \"p\": count of a node 0, allowed: 1..281474976710656");
    EXPECT_EQ(with(18, UINT64_C(1) << 47),
              "process \"p\": node 0: the initiations are more than 281474976710656");
    EXPECT_EQ(with(20, 2), "process \"p\": set 2, allowed: 0..1");
    // Lockstep alone has slices and posts; an output's slice has no end of beats, and what an input takes
    // as it comes the program does not ask for.
    std::vector<uint64_t> lockstep = good;
    lockstep[0] = lockstep[1] = 1;
    auto sliced = [&](size_t at, uint64_t value) {
        std::vector<uint64_t> bad = lockstep;
        bad[at] = value;
        return LoadNumbers(folder, "p", bad);
    };
    EXPECT_EQ(sliced(6, 2), "");
    EXPECT_EQ(sliced(13, 4), "");
    EXPECT_EQ(sliced(13, 6), "process \"p\": kind of operation 6, allowed: 0..5");
    EXPECT_EQ(sliced(7, 3), "process \"p\": stage of an output 3, allowed: 0..2");
    EXPECT_EQ(sliced(6, 3),
              "process \"p\": an operation on input 0, whose beats are taken as they come");
    // A body must end where the loop around it ends, and the preamble's where the frame begins.
    std::vector<uint64_t> crossing = {2, 3, 1, 0, 1, 1, 0, 2, 1, 0, 0,
                                      4, 2, 5, 1, 2, 0, 0, 1, 0, 0, 1};
    EXPECT_EQ(LoadNumbers(folder, "p", crossing), "");
    crossing[14] = 2;
    EXPECT_EQ(LoadNumbers(folder, "p", crossing), "process \"p\": node 1: length 2, maximum 1");
    std::vector<uint64_t> preamble = good;
    preamble[15] = 2;
    EXPECT_EQ(LoadNumbers(folder, "p", preamble), "process \"p\": node 0: length 2, maximum 1");
    std::vector<uint64_t> longer = good;
    longer.push_back(0);
    EXPECT_EQ(LoadNumbers(folder, "p", longer), "1 bytes follow the last one, allowed: none");
    for (size_t length = 0; length < good.size(); length++)
        EXPECT_NE(
            LoadNumbers(folder, "p", {good.begin(), good.begin() + static_cast<long>(length)}), "");
    // Loops within loops without end.
    std::vector<uint64_t> deep = {2, 3, 1, 0, 1, 1, 0, 2, 1, 0, 0, 101};
    for (uint64_t left = 100; left > 0; left--)
        deep.insert(deep.end(), {left, 1});
    deep.insert(deep.end(), {0, 0, 1});
    EXPECT_EQ(LoadNumbers(folder, "p", deep), "process \"p\": node 64: nested 65 deep, maximum 64");
}

TEST(ScheduleFile, AnyNumbersAreReadOrRefused) {
    scratch::Folder folder;
    uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; round++) {
        std::vector<uint64_t> numbers;
        for (uint64_t n = random() % 40; n > 0; n--)
            numbers.push_back(random() % 3 ? random() % 4 : random() >> random() % 64);
        LoadNumbers(folder, "p", numbers);
    }
}

} // namespace
