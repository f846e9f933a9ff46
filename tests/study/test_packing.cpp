// Packings: exact against every partition of small designs, within a bound on large ones.
#include "study/arrays.h"
#include "study/designs.hpp"
#include "study/packing.h"
#include "study/program.h"
#include <cmath>
#include <map>
#include <random>
#include <set>

namespace {

using designs::Owned;

struct FreePacking {
    void operator()(weir_packing *p) const { weir_packing_free(p); }
};
using Packing = std::unique_ptr<weir_packing, FreePacking>;

weir_packing_options all_in_blocks(uint32_t memory_clock) {
    weir_packing_options options = {};
    options.memory_clock = memory_clock;
    options.seed = 1;
    return options;
}

weir_array array_of(weir_array_kind kind, uint64_t words, uint32_t bits, uint32_t domain,
                    uint32_t index) {
    weir_array array = {};
    array.name = "array";
    array.kind = kind;
    array.process = index;
    array.domain = array.clock = domain;
    array.words = words;
    array.bits = bits;
    return array;
}

std::vector<weir_array> random_arrays(std::mt19937 &random, uint32_t n, uint32_t domains,
                                      uint32_t most_words) {
    std::vector<weir_array> arrays;
    for (uint32_t i = 0; i < n; i++) {
        auto kind = (weir_array_kind)(random() % 2 ? 0 : random() % 3);
        arrays.push_back(
            array_of(kind, 2 + random() % most_words, 1 + random() % 40, random() % domains, i));
    }
    return arrays;
}

// Every array once, and no fault; ports and domains are counted here once more, by hand.
void check(const weir_packing *packing, const weir_packing_options &options) {
    std::multiset<uint32_t> seen;
    weir_memory_cost sum = {};
    for (uint32_t g = 0; g < packing->n_groups; g++) {
        const weir_memory_group &group = packing->groups[g];
        ASSERT_EQ(weir_group_fault(packing->arrays, &group), nullptr);
        uint32_t ports = 0;
        bool written = false;
        std::set<uint32_t> domains, clocks;
        uint64_t bits = 0;
        for (uint32_t i = 0; i < group.n_members; i++) {
            const weir_array &array = packing->arrays[group.members[i].array];
            seen.insert(group.members[i].array);
            ports += array.kind == WEIR_ARRAY_ROM ? 1 : 2;
            written = written || array.kind != WEIR_ARRAY_ROM;
            domains.insert(array.domain);
            clocks.insert(array.clock);
            bits += array.content == 0 ? array.words * array.bits : 0;
        }
        EXPECT_LE(group.clock, options.memory_clock);
        EXPECT_LE(ports, 2 * group.clock);
        EXPECT_EQ(clocks.size(), 1u);
        if (written) {
            EXPECT_EQ(domains.size(), 1u);
        }
        if (group.storage == WEIR_STORAGE_BRAM) {
            EXPECT_LE(bits, group.cost.bram18 * 18432);
        }
        sum.lut += group.cost.lut;
        sum.uram += group.cost.uram;
        sum.bram18 += group.cost.bram18;
    }
    EXPECT_EQ(seen.size(), packing->n_arrays);
    EXPECT_EQ(std::set<uint32_t>(seen.begin(), seen.end()).size(), packing->n_arrays);
    EXPECT_EQ(sum.bram18, packing->cost.bram18);
    EXPECT_EQ(sum.lut, packing->cost.lut);
    EXPECT_EQ(sum.uram, packing->cost.uram);
    EXPECT_LE(sum.lut, options.lut);
    EXPECT_LE(sum.uram, options.uram);
    EXPECT_LE(packing->bound, packing->cost.bram18);
    EXPECT_LE(packing->cost.bram18, packing->heuristic);
    EXPECT_EQ(packing->optimal, packing->bound == packing->cost.bram18);
}

// Every partition into groups and every storage of each, the plain way.
struct Brute {
    const std::vector<weir_array> &arrays;
    const weir_packing_options &options;
    std::vector<double> worth = {};
    uint64_t best = UINT64_MAX;

    explicit Brute(const std::vector<weir_array> &a, const weir_packing_options &o)
        : arrays(a), options(o) {
        for (uint32_t i = 0; i < arrays.size(); i++) {
            weir_memory_group alone;
            weir_group_plan(arrays.data(), &i, 1, WEIR_STORAGE_BRAM, 1, &alone);
            worth.push_back((double)alone.cost.bram18);
        }
        std::vector<std::vector<uint32_t>> groups;
        split(0, groups);
    }
    void split(uint32_t next, std::vector<std::vector<uint32_t>> &groups) {
        if (next == arrays.size()) {
            store(groups, 0, 0, 0, 0);
            return;
        }
        for (size_t g = 0; g < groups.size(); g++) {
            if (groups[g].size() == WEIR_GROUP_ARRAYS) continue;
            groups[g].push_back(next);
            split(next + 1, groups);
            groups[g].pop_back();
        }
        groups.push_back({next});
        split(next + 1, groups);
        groups.pop_back();
    }
    void store(const std::vector<std::vector<uint32_t>> &groups, size_t at, uint64_t bram,
               uint64_t lut, uint64_t uram) {
        if (bram >= best || lut > options.lut || uram > options.uram) return;
        if (at == groups.size()) {
            best = bram;
            return;
        }
        double all = 0;
        for (uint32_t member : groups[at])
            all += worth[member];
        for (auto storage : {WEIR_STORAGE_BRAM, WEIR_STORAGE_LUTRAM, WEIR_STORAGE_URAM}) {
            weir_memory_group group;
            if (!weir_group_plan(arrays.data(), groups[at].data(), (uint32_t)groups[at].size(),
                                 storage, options.memory_clock, &group))
                continue;
            if (storage == WEIR_STORAGE_LUTRAM &&
                (double)group.cost.lut > all * options.lut_per_bram18)
                continue;
            if (storage == WEIR_STORAGE_URAM &&
                (double)group.cost.uram * options.bram18_per_uram > all)
                continue;
            store(groups, at + 1, bram + group.cost.bram18, lut + group.cost.lut,
                  uram + group.cost.uram);
        }
    }
};

TEST(Packer, EqualsEveryPartition) {
    for (unsigned seed = 1; seed <= 150; seed++) {
        std::mt19937 random(seed);
        auto arrays = random_arrays(random, 1 + random() % 7, 1 + random() % 2, 3000);
        auto options = all_in_blocks(1 + seed % 2);
        if (seed % 3 == 0) { // limits that bind
            options.lut = random() % 1500;
            options.uram = random() % 2;
            options.lut_per_bram18 = 400;
            options.bram18_per_uram = 2 + random() % 3;
        }
        options.trials = 1 + seed % 5; // so that the program has something left to do
        Packing packing(weir_pack(arrays.data(), (uint32_t)arrays.size(), &options));
        check(packing.get(), options);
        EXPECT_TRUE(packing->optimal) << "seed " << seed;
        EXPECT_EQ(packing->cost.bram18, Brute(arrays, options).best) << "seed " << seed;
        options.no_program = true;
        Packing heuristic(weir_pack(arrays.data(), (uint32_t)arrays.size(), &options));
        check(heuristic.get(), options);
        EXPECT_LE(heuristic->bound, packing->cost.bram18) << "seed " << seed;
        options.no_groups = true;
        Packing plain(weir_pack(arrays.data(), (uint32_t)arrays.size(), &options));
        check(plain.get(), options);
        EXPECT_LE(plain->bound, packing->cost.bram18) << "seed " << seed;
        EXPECT_LT(plain->relaxed, 0);
    }
}

// Arrays of the same shape, and readers of the same words, count as kinds.
TEST(Packer, EqualArrays) {
    for (unsigned seed = 1; seed <= 60; seed++) {
        std::mt19937 random(seed);
        auto some = random_arrays(random, 3, 1, 900);
        std::vector<weir_array> arrays;
        for (uint32_t i = 0; i < 7; i++) {
            arrays.push_back(some[random() % 3]);
            arrays.back().process = i;
            if (arrays.back().kind == WEIR_ARRAY_ROM && random() % 2) {
                arrays.back() = some[0];
                arrays.back().process = i;
                arrays.back().kind = WEIR_ARRAY_ROM;
                arrays.back().content = 1;
            }
        }
        auto options = all_in_blocks(2);
        options.trials = 2;
        Packing packing(weir_pack(arrays.data(), (uint32_t)arrays.size(), &options));
        check(packing.get(), options);
        EXPECT_TRUE(packing->optimal) << "seed " << seed;
        EXPECT_EQ(packing->cost.bram18, Brute(arrays, options).best) << "seed " << seed;
    }
}

TEST(Packer, LargeDesigns) {
    for (unsigned seed = 1; seed <= 4; seed++) {
        std::mt19937 random(seed);
        auto arrays = random_arrays(random, 60, 2, 1500);
        auto options = all_in_blocks(1 + seed % 2);
        options.trials = 300;
        options.nodes = 50;
        Packing packing(weir_pack(arrays.data(), (uint32_t)arrays.size(), &options));
        check(packing.get(), options);
        EXPECT_LT(packing->cost.bram18, packing->alone.bram18) << "seed " << seed;
        EXPECT_GE((double)packing->cost.bram18, packing->relaxed - 1e-6) << "seed " << seed;
        EXPECT_LE(packing->cost.bram18, packing->bound + packing->bound / 20 + 1)
            << "seed " << seed << ": " << packing->cost.bram18 << " against " << packing->bound;
    }
}

TEST(Packer, Nothing) {
    auto options = all_in_blocks(2);
    Packing packing(weir_pack(nullptr, 0, &options));
    EXPECT_EQ(packing->n_groups, 0u);
    EXPECT_EQ(packing->cost.bram18, 0u);
    EXPECT_TRUE(packing->optimal);
}

// Without packing, a table with three readers takes two blocks: two readers of one, one of another.
TEST(Packer, ReadersWithoutPacking) {
    std::vector<weir_array> arrays;
    for (uint32_t reader = 0; reader < 3; reader++) {
        arrays.push_back(array_of(WEIR_ARRAY_ROM, 1024, 18, 0, 0));
        arrays.back().reader = reader;
        arrays.back().content = 1;
    }
    auto options = all_in_blocks(1);
    Packing once(weir_pack(arrays.data(), 3, &options));
    EXPECT_EQ(once->alone.bram18, 2u);
    EXPECT_EQ(once->cost.bram18, 2u);
    options.memory_clock = 2;
    Packing twice(weir_pack(arrays.data(), 3, &options));
    EXPECT_EQ(twice->alone.bram18, 2u);
    EXPECT_EQ(twice->cost.bram18, 1u);
}

TEST(Packer, StorageByWorth) {
    std::vector<weir_array> arrays = {array_of(WEIR_ARRAY_BUFFER, 16, 72, 0, 0),
                                      array_of(WEIR_ARRAY_BUFFER, 4096, 72, 0, 1)};
    auto options = all_in_blocks(1);
    options.lut = options.uram = UINT64_MAX;
    options.lut_per_bram18 = 100;
    options.bram18_per_uram = 8;
    Packing packing(weir_pack(arrays.data(), 2, &options));
    ASSERT_EQ(packing->n_groups, 2u);
    EXPECT_EQ(packing->cost.bram18, 0u);
    EXPECT_EQ(packing->cost.lut, 48u); // RAM32M: twelve of 6 bits
    EXPECT_EQ(packing->cost.uram, 1u);
    EXPECT_EQ(packing->alone.lut, 48u);
    EXPECT_EQ(packing->alone.uram, 1u);
    options.lut = 47; // one too few
    options.uram = 0;
    Packing tight(weir_pack(arrays.data(), 2, &options));
    EXPECT_EQ(tight->cost.lut, 0u);
    EXPECT_EQ(tight->alone.lut, 0u);
    EXPECT_EQ(tight->cost.bram18, 2u + 16u);
    options.lut = 48;
    Packing enough(weir_pack(arrays.data(), 2, &options));
    EXPECT_EQ(enough->cost.lut, 48u);
}

// The shape of the memories in the RTL of the digits network, by hand.
TEST(Arrays, OfADesign) {
    Owned<weir_diag> diag(weir_diag_new());
    Owned<weir_design> design(
        weir_design_load(WEIR_SOURCE_DIR "/configs/designs/digits.cfg", nullptr, diag.get()));
    ASSERT_TRUE(design) << designs::messages(diag.get());
    Owned<weir_compiled> compiled(weir_compile(design.get(), nullptr, diag.get()));
    ASSERT_TRUE(compiled) << designs::messages(diag.get());
    weir_arena *arena = weir_arena_new();
    uint32_t n = 0;
    const weir_array *arrays = weir_arrays_of(compiled.get(), arena, &n);
    std::map<std::string, weir_array> by_name;
    for (uint32_t i = 0; i < n; i++)
        by_name[arrays[i].name] = arrays[i];
    EXPECT_EQ(by_name.size(), n);
    ASSERT_TRUE(by_name.count("dense1.weights"));
    const weir_array &dense = by_name["dense1.weights"];
    EXPECT_EQ(dense.kind, WEIR_ARRAY_ROM);
    EXPECT_EQ(dense.words, 32u); // reuse factor
    EXPECT_EQ(dense.reads_per_frame, 32u);
    EXPECT_TRUE(dense.weights);
    EXPECT_FALSE(by_name["dense1.biases"].weights);
    EXPECT_EQ(dense.domain, 1u);
    const weir_array &conv = by_name["conv2.weights"];
    EXPECT_EQ(conv.words, 36u);
    EXPECT_EQ(conv.reads_per_frame, 576u); // 16 positions
    EXPECT_EQ(by_name.count("conv1.weights"), 0u);
    const weir_array &lines = by_name["conv1_window.lines"];
    EXPECT_EQ(lines.kind, WEIR_ARRAY_BUFFER);
    EXPECT_EQ(lines.words, 14u);     // columns, and one of padding on each side
    EXPECT_EQ(lines.bits, 2u * 16u); // two rows above
    uint32_t readers = 0;
    for (uint32_t i = 0; i < n; i++)
        readers += std::string(arrays[i].name).rfind("softmax.hi_values[", 0) == 0;
    EXPECT_GT(readers, 1u);
    EXPECT_NE(by_name["softmax.hi_values[0]"].content, 0u);
    EXPECT_EQ(by_name["softmax.hi_values[0]"].content, by_name["softmax.hi_values[1]"].content);
    weir_arena_free(arena);
}

// FIFOs in block RAM, all of them and no other, without the output register.
TEST(Arrays, Fifos) {
    Owned<weir_diag> diag(weir_diag_new());
    weir_design_options options = {};
    options.target_interval_cycles = 16384;
    Owned<weir_design> design(
        weir_design_load(WEIR_SOURCE_DIR "/configs/networks/skip.onnx", &options, diag.get()));
    ASSERT_TRUE(design) << designs::messages(diag.get());
    Owned<weir_compiled> compiled(weir_compile(design.get(), nullptr, diag.get()));
    ASSERT_TRUE(compiled) << designs::messages(diag.get());
    weir_arena *arena = weir_arena_new();
    uint32_t n = 0, at = 0, fifos = 0;
    const weir_array *arrays = weir_arrays_of(compiled.get(), arena, &n);
    while (at < n && arrays[at].kind != WEIR_ARRAY_FIFO)
        at++;
    for (uint32_t c = 0; c < weir_graph_channels(compiled->graph); c++) {
        const weir_channel *channel = weir_graph_channel(compiled->graph, c);
        if (channel->storage != WEIR_STORAGE_BRAM) continue;
        ASSERT_LT(at, n) << channel->name;
        EXPECT_STREQ(arrays[at].name, channel->name);
        EXPECT_EQ(arrays[at].kind, WEIR_ARRAY_FIFO);
        EXPECT_EQ(arrays[at].words, channel->depth - 1u);
        EXPECT_EQ(arrays[at].bits, channel->beat_bits);
        EXPECT_EQ(arrays[at].index, c);
        EXPECT_EQ(arrays[at++].reads_per_frame, weir_stream_beats(&channel->stream));
        fifos++;
    }
    EXPECT_EQ(at, n);
    EXPECT_GT(fifos, 0u);
    weir_arena_free(arena);
}

TEST(Program, RelaxationAndWhole) {
    // minimise -x - y with 2x + 2y <= 3: 1.5 in part, 1 in whole numbers.
    weir_program *program = weir_program_new();
    uint32_t row = weir_program_row(program, -INFINITY, 3);
    const weir_term term = {row, 2};
    weir_program_column(program, -1, 1, true, &term, 1);
    weir_program_column(program, -1, 1, true, &term, 1);
    double value = 0;
    ASSERT_TRUE(weir_program_relax(program, &value));
    EXPECT_NEAR(value, -1.5, 1e-9);
    EXPECT_NEAR(weir_program_price(program, row), -0.5, 1e-9);
    weir_whole whole = weir_program_whole(program, INFINITY, 1000, nullptr);
    EXPECT_TRUE(whole.found);
    EXPECT_TRUE(whole.optimal);
    EXPECT_NEAR(whole.value, -1, 1e-9);
    EXPECT_NEAR(weir_program_value(program, 0) + weir_program_value(program, 1), 1, 1e-9);
    weir_program_free(program);
}

TEST(Program, Impossible) {
    weir_program *program = weir_program_new();
    uint32_t row = weir_program_row(program, 3, 3);
    const weir_term term = {row, 1};
    weir_program_column(program, 1, 2, true, &term, 1);
    double value = 0;
    EXPECT_FALSE(weir_program_relax(program, &value));
    EXPECT_TRUE(weir_program_impossible(program));
    weir_program_free(program);
}

} // namespace
