// Skip depths against two independent counts: a token simulation of the net, which completes with
// the least depths and blocks with one beat less, and the formula of the header.
#include "hls/skip.h"
#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

namespace {

using Steps = std::vector<unsigned>;

unsigned table_step(const weir_operator *op, uint64_t index) {
    return static_cast<const Steps *>(op->params)->at(index);
}
weir_operator_kind table_of_steps() {
    weir_operator_kind kind = {};
    kind.name = "table";
    kind.step = table_step;
    return kind;
}
const weir_operator_kind table_kind = table_of_steps();
weir_operator_kind turns_of_steps() {
    weir_operator_kind kind = table_of_steps();
    kind.turns = true;
    return kind;
}
const weir_operator_kind turns_kind = turns_of_steps();

const unsigned R = WEIR_READS(0), W = WEIR_WRITES(0);

// ------------------------------------------------------------------ step tables, n beats in

Steps one_to_one(uint32_t n) {
    return Steps(n, R | W);
}

Steps gather(uint32_t n, uint32_t k) {
    Steps s;
    for (uint32_t i = 0; i < n; i++)
        s.push_back(R | (i % k == k - 1 ? W : 0));
    return s;
}

Steps repeat(uint32_t n, uint32_t k) {
    Steps s;
    for (uint32_t i = 0; i < n * k; i++)
        s.push_back((i % k == 0 ? R : 0) | W);
    return s;
}

// A matrix-vector product with a reuse factor: reads first, computes, writes last.
Steps slow(uint32_t n, uint32_t reuse) {
    Steps s;
    for (uint32_t i = 0; i < n; i++) {
        s.push_back(R);
        s.insert(s.end(), reuse, 0);
        s.push_back(W);
    }
    return s;
}

// Padded 3 x 3 window: each beat out after `lead` beats more have come in; the last ones follow
// without input.
Steps window(uint32_t n, uint32_t lead) {
    Steps s;
    for (uint32_t i = 0; i < n + lead; i++)
        s.push_back((i < n ? R : 0) | (i >= lead ? W : 0));
    return s;
}

// 2 x 2 pooling of rows of `columns` beats.
Steps pool(uint32_t n, uint32_t columns) {
    Steps s;
    for (uint32_t i = 0; i < n; i++)
        s.push_back(R | (i / columns % 2 && i % columns % 2 ? W : 0));
    return s;
}

// Each beat twice, each row of `columns` beats twice: the first time while it comes in.
Steps resize(uint32_t n, uint32_t columns) {
    Steps s;
    for (uint32_t row = 0; row < n / columns; row++)
        for (uint32_t i = 0; i < 4 * columns; i++)
            s.push_back((i < 2 * columns && i % 2 == 0 ? R : 0) | W);
    return s;
}

// ------------------------------------------------------------------ a net by hand

struct Edge {
    uint32_t node, port, beats;
};

struct Net {
    std::deque<Steps> tables;
    std::vector<weir_plan_node> nodes;

    uint32_t add(Steps steps, const std::vector<Edge> &in, uint32_t outputs, uint32_t stages = 3) {
        weir_plan_node node = {};
        node.op.kind = &table_kind;
        node.op.n_inputs = static_cast<uint32_t>(in.size());
        node.op.n_outputs = outputs;
        node.op.stages = stages;
        node.op.steps = steps.size();
        tables.push_back(std::move(steps));
        node.op.params = &tables.back();
        for (uint32_t p = 0; p < in.size(); p++) {
            node.in[p] = {in[p].node, in[p].port};
            node.op.in[p].lanes = 1;
            node.op.in[p].element.width = 8;
        }
        nodes.push_back(node);
        return static_cast<uint32_t>(nodes.size() - 1);
    }
    uint32_t last() const { return static_cast<uint32_t>(nodes.size() - 1); }
    Edge source(uint32_t n) {
        weir_plan_node node = {};
        node.kind = WEIR_SOURCE;
        node.op.n_outputs = 1;
        nodes.push_back(node);
        return {last(), 0, n};
    }
    void sink(Edge from) {
        weir_plan_node node = {};
        node.kind = WEIR_SINK;
        node.op.n_inputs = 1;
        node.in[0] = {from.node, from.port};
        nodes.push_back(node);
    }
    Edge op(Edge from, Steps steps, uint32_t stages = 3) {
        auto out = std::count_if(steps.begin(), steps.end(), [](unsigned s) { return s & W; });
        return {add(std::move(steps), {from}, 1, stages), 0, static_cast<uint32_t>(out)};
    }
    std::vector<Edge> fork(Edge from, uint32_t outputs) {
        uint32_t node =
            add(Steps(from.beats, R | (((1u << outputs) - 1) << 16)), {from}, outputs, 2);
        std::vector<Edge> out;
        for (uint32_t q = 0; q < outputs; q++)
            out.push_back({node, q, from.beats});
        return out;
    }
    // Reads `blocks` beats of one port after the other, or of all in one step (blocks = 0).
    Edge join(const std::vector<Edge> &from, uint32_t blocks = 0) {
        uint32_t n = from[0].beats;
        unsigned all = (1u << from.size()) - 1;
        Steps s;
        if (!blocks) s.assign(n, all | W);
        for (uint32_t i = 0; blocks && i < n; i += blocks)
            for (uint32_t p = 0; p < from.size(); p++)
                s.insert(s.end(), blocks, WEIR_READS(p) | W);
        uint32_t out = static_cast<uint32_t>(s.size());
        return {add(std::move(s), from, 1, 2), 0, out};
    }
    weir_plan plan() {
        weir_plan p = {};
        p.n_nodes = static_cast<uint32_t>(nodes.size());
        p.nodes = nodes.data();
        return p;
    }
    std::vector<std::array<uint32_t, WEIR_MAX_PORTS>> least() {
        std::vector<std::array<uint32_t, WEIR_MAX_PORTS>> out(nodes.size());
        weir_plan p = plan();
        weir_skip_least_depths(&p, reinterpret_cast<weir_port_depths *>(out.data()));
        return out;
    }
};

using Depths = std::vector<std::array<uint32_t, WEIR_MAX_PORTS>>;

// ------------------------------------------------------------------ token simulation

// FIFOs of the given depths and processes that read as soon as a step's beats are there and write
// as soon as there is room, with up to stages - 1 steps read but not yet written (`elastic`), or
// reading and writing at once. In random order until nothing moves; true if the frames are through.
bool completes(const Net &net, const Depths &depths, uint32_t frames, bool elastic, uint64_t seed) {
    size_t n = net.nodes.size();
    std::vector<std::vector<std::pair<size_t, uint32_t>>> to(n);
    std::vector<std::array<uint32_t, WEIR_MAX_PORTS>> held(n);
    std::vector<uint64_t> read(n), written(n);
    for (size_t i = 0; i < n; i++) {
        held[i].fill(0);
        to[i].resize(WEIR_MAX_PORTS, {n, 0});
    }
    for (size_t i = 0; i < n; i++)
        for (uint32_t p = 0; p < net.nodes[i].op.n_inputs; p++)
            to[net.nodes[i].in[p].node][net.nodes[i].in[p].port] = {i, p};
    auto mask = [&](size_t i, uint64_t step) {
        const Steps &s = *static_cast<const Steps *>(net.nodes[i].op.params);
        return s[step % s.size()];
    };
    auto can_read = [&](size_t i, unsigned m) {
        for (uint32_t p = 0; p < net.nodes[i].op.n_inputs; p++)
            if ((m & WEIR_READS(p)) && net.nodes[net.nodes[i].in[p].node].op.kind && !held[i][p])
                return false;
        return true;
    };
    auto can_write = [&](size_t i, unsigned m) {
        for (uint32_t q = 0; q < net.nodes[i].op.n_outputs; q++)
            if (auto [c, p] = to[i][q];
                (m & WEIR_WRITES(q)) && c < n && net.nodes[c].op.kind && held[c][p] >= depths[c][p])
                return false;
        return true;
    };
    auto do_read = [&](size_t i, unsigned m) {
        for (uint32_t p = 0; p < net.nodes[i].op.n_inputs; p++)
            if ((m & WEIR_READS(p)) && net.nodes[net.nodes[i].in[p].node].op.kind) held[i][p]--;
        read[i]++;
    };
    auto do_write = [&](size_t i, unsigned m) {
        for (uint32_t q = 0; q < net.nodes[i].op.n_outputs; q++)
            if (auto [c, p] = to[i][q]; (m & WEIR_WRITES(q)) && c < n) held[c][p]++;
        written[i]++;
    };
    std::mt19937_64 random(seed);
    std::vector<size_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i : order) {
            if (!net.nodes[i].op.kind) continue;
            uint64_t end = frames * net.nodes[i].op.steps;
            uint64_t keeps = elastic ? net.nodes[i].op.stages - 1 : 0;
            for (uint32_t burst = 1 + random() % 64; burst > 0; burst--) {
                bool did = false;
                if (keeps == 0) {
                    if (read[i] < end && can_read(i, mask(i, read[i])) &&
                        can_write(i, mask(i, read[i]))) {
                        do_read(i, mask(i, read[i]));
                        do_write(i, mask(i, written[i]));
                        did = true;
                    }
                } else {
                    if (written[i] < read[i] && can_write(i, mask(i, written[i]))) {
                        do_write(i, mask(i, written[i]));
                        did = true;
                    }
                    if (read[i] < end && read[i] - written[i] < keeps &&
                        can_read(i, mask(i, read[i]))) {
                        do_read(i, mask(i, read[i]));
                        did = true;
                    }
                }
                if (!did) break;
                moved = true;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        if (net.nodes[i].op.kind && written[i] < frames * net.nodes[i].op.steps) return false;
    return true;
}

Depths at_least_one(Depths depths) {
    for (auto &node : depths)
        for (uint32_t &depth : node)
            depth = std::max(depth, 1u);
    return depths;
}

bool is_direct(const Net &net, size_t node, uint32_t port) {
    return net.nodes[net.nodes[node].in[port].node].op.n_outputs > 1;
}

// Enough for every way of running it; one less at any join never is where the net has one turn only.
uint32_t check(const Net &net, const Depths &least, bool one_turn, uint64_t seed) {
    uint32_t not_least = 0;
    Depths depths = at_least_one(least);
    EXPECT_TRUE(completes(net, depths, 3, false, seed));
    EXPECT_TRUE(completes(net, depths, 3, true, seed));
    for (size_t i = 0; i < net.nodes.size(); i++)
        for (uint32_t p = 0; p < net.nodes[i].op.n_inputs; p++) {
            EXPECT_TRUE(net.nodes[i].op.n_inputs > 1 || least[i][p] <= 1) << "node " << i;
            if (least[i][p] < 2) continue;
            depths[i][p]--;
            bool blocked = !completes(net, depths, 1, false, seed);
            not_least += !blocked;
            EXPECT_TRUE(blocked || !one_turn) << "node " << i << " port " << p;
            if (one_turn && is_direct(net, i, p)) {
                EXPECT_FALSE(completes(net, depths, 1, true, seed)) << "node " << i;
            }
            depths[i][p]++;
        }
    return not_least;
}

// ------------------------------------------------------------------ by hand

TEST(Skip, WindowOfThreeByThree) {
    const uint32_t n = 64, columns = 8;
    for (uint32_t windows = 1; windows <= 3; windows++) {
        Net net;
        auto branch = net.fork(net.source(n), 2);
        for (uint32_t w = 0; w < windows; w++)
            branch[1] = net.op(net.op(branch[1], window(n, columns + 1)), one_to_one(n));
        uint32_t add = net.join(branch).node;
        net.sink({add, 0, n});
        Depths least = net.least();
        EXPECT_EQ(least[add][0], windows * (columns + 1) + 1);
        EXPECT_EQ(least[add][1], 1u);
        check(net, least, true, windows);
    }
}

// The same with the operator itself, which walks the padding, and 2 channel folds a position.
TEST(Skip, WindowOperator) {
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    weir_window_shape shape = {};
    shape.kernel_rows = shape.kernel_columns = 3;
    shape.stride_rows = shape.stride_columns = shape.dilation_rows = shape.dilation_columns = 1;
    shape.pad_top = shape.pad_left = shape.pad_bottom = shape.pad_right = 1;
    weir_stream in = {6, 8, 4, 2, {8, 8, true}};
    Net net;
    auto branch = net.fork(net.source(96), 2);
    weir_plan_node node = {};
    ASSERT_TRUE(weir_window_operator(&node.op, arena, "window", in, shape, 0, WEIR_NOWHERE, diag));
    node.in[0] = {branch[1].node, 1};
    net.nodes.push_back(node);
    uint32_t add = net.join({branch[0], {net.last(), 0, 96}}).node;
    net.sink({add, 0, 96});
    // Beat 0 of the window is centred on (0, 0) and needs (1, 1), fold 0: beat 18, the 19th.
    EXPECT_EQ(net.least()[add][0], 19u);
    weir_diag_free(diag);
    weir_arena_free(arena);
}

TEST(Skip, ConcatReadsOneAfterTheOther) {
    Net net;
    auto branch = net.fork(net.source(12), 2);
    uint32_t concat = net.join(branch, 4).node;
    Depths least = net.least();
    EXPECT_EQ(least[concat][0], 1u);
    EXPECT_EQ(least[concat][1], 4u); // waits while four beats of port 0 are read
    check(net, least, true, 1);
}

// A burst on a branch is held back by its own process: it needs no room at the join.
TEST(Skip, BurstsNeedNoRoom) {
    Net net;
    auto branch = net.fork(net.source(4), 2);
    uint32_t add =
        net.join({net.op(branch[0], repeat(4, 256)), net.op(branch[1], repeat(4, 256))}).node;
    Depths least = net.least();
    EXPECT_EQ(least[add][0], 1u);
    EXPECT_EQ(least[add][1], 1u);
    check(net, least, true, 1);
}

TEST(Skip, NoReconvergenceNoDepth) {
    Net net;
    auto branch = net.fork(net.op(net.source(16), window(16, 5)), 2);
    net.sink(net.op(branch[0], gather(16, 4)));
    net.sink(branch[1]);
    for (auto &node : net.least())
        for (uint32_t depth : node)
            EXPECT_EQ(depth, 0u);
    weir_plan plan = net.plan();
    weir_skip_depths(&plan);
    for (auto &node : net.nodes)
        EXPECT_EQ(node.depth[0], 0u);
}

// Two sources are no fork: neither waits for the other.
TEST(Skip, TwoSources) {
    Net net;
    Edge a = net.source(16), b = net.source(16);
    uint32_t add = net.join({a, net.op(b, window(16, 9))}).node;
    EXPECT_EQ(net.least()[add][0], 0u);
}

// A butterfly: no fork reaches a join by two ports, yet the net blocks without room at one second
// port or the other.
TEST(Skip, TwoForksCrossed) {
    Net net;
    auto top = net.fork(net.source(20), 2), bottom = net.fork(net.source(20), 2);
    Steps late; // ten of port 0, then one of each
    for (int i = 0; i < 20; i++)
        late.push_back(WEIR_READS(0) | W | (i >= 10 ? WEIR_READS(1) : 0));
    late.insert(late.end(), 10, WEIR_READS(1) | W);
    uint32_t a = net.add(late, {top[0], bottom[0]}, 1), b = net.add(late, {bottom[1], top[1]}, 1);
    Depths least = net.least();
    EXPECT_TRUE(completes(net, at_least_one(least), 3, false, 1));
    // Top can send beat k once b has taken k - 1 or has room; the ten that each join must see of
    // its first port before it takes from its second lie at the two second ports together.
    EXPECT_EQ(least[a][1] + least[b][1], 20u + 1u);
    EXPECT_EQ(check(net, least, true, 1), 0u);
}

// ------------------------------------------------------------------ a U-Net

// Four levels: two windows, skip, 2 x 2 pooling ... resize, concat, two windows.
Edge unet(Net &net, Edge in, uint32_t columns, uint32_t levels, std::vector<uint32_t> &joins) {
    uint32_t n = in.beats;
    for (int i = 0; i < 2; i++)
        in = net.op(net.op(in, window(n, columns + 1)), one_to_one(n));
    if (levels == 0) return in;
    auto branch = net.fork(in, 2);
    Edge deep = net.op(branch[1], pool(n, columns));
    deep = unet(net, deep, columns / 2, levels - 1, joins);
    deep = net.op(deep, resize(deep.beats, columns / 2));
    Edge out = net.join({branch[0], deep}, 1);
    joins.push_back(out.node);
    out = net.op(out, gather(2 * n, 2));
    for (int i = 0; i < 2; i++)
        out = net.op(net.op(out, window(n, columns + 1)), one_to_one(n));
    return out;
}

TEST(Skip, UNetOfFourLevels) {
    Net net;
    std::vector<uint32_t> joins;
    net.sink(unet(net, net.source(32 * 32), 32, 4, joins));
    Depths least = net.least();
    check(net, least, true, 1);
    ASSERT_EQ(joins.size(), 4u); // the innermost first
    for (size_t i = 0; i < 4; i++) {
        EXPECT_GT(least[joins[i]][0], 2 * (4u << i)); // more than the rows that two windows want
        EXPECT_EQ(least[joins[i]][1], 1u);
    }
    weir_plan plan = net.plan();
    weir_skip_depths(&plan);
    for (size_t i = 0; i < net.nodes.size(); i++)
        for (uint32_t p = 0; p < 2; p++) {
            bool is_skip = p == 0 && std::count(joins.begin(), joins.end(), i);
            EXPECT_EQ(net.nodes[i].depth[p] > least[i][p], is_skip) << i << " " << p;
        }
}

TEST(Skip, FullSizeIsQuick) {
    Net net;
    std::vector<uint32_t> joins;
    net.sink(unet(net, net.source(256 * 256 * 4), 256 * 4, 4, joins));
    auto begin = std::chrono::steady_clock::now();
    Depths least = net.least();
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    uint64_t steps = 0;
    for (auto &node : net.nodes)
        steps += node.op.steps;
    printf("%zu nodes, %lu steps, outermost skip %u beats, %.2f s\n", net.nodes.size(), steps,
           least[joins[3]][0], seconds.count());
    EXPECT_LT(seconds.count(), 10);
}

// ------------------------------------------------------------------ random nets

Edge random_chain(Net &net, Edge at, std::mt19937_64 &random, uint32_t most) {
    for (uint32_t i = random() % (most + 1); i > 0; i--) {
        uint32_t n = at.beats, stages = 1 + random() % 5;
        switch (random() % 6) {
        case 0:
            at = net.op(at, one_to_one(n), stages);
            break;
        case 1:
            at = net.op(at, window(n, 1 + random() % 20), stages);
            break;
        case 2:
            at = net.op(net.op(at, gather(n, 4), stages), repeat(n / 4, 4), stages);
            break;
        case 3:
            at = net.op(net.op(at, repeat(n, 3), stages), gather(3 * n, 3), stages);
            break;
        case 4:
            at = net.op(net.op(at, pool(n, 8), stages), resize(n / 4, 4), stages);
            break;
        default:
            at = net.op(at, slow(n, random() % 3), stages);
        }
    }
    return at;
}

Edge random_join(Net &net, const std::vector<Edge> &from, std::mt19937_64 &random) {
    static const uint32_t blocks[] = {0, 1, 2, 4};
    Edge out = net.join(from, blocks[random() % 4]);
    uint32_t n = from[0].beats;
    return out.beats == n ? out : net.op(out, gather(out.beats, out.beats / n));
}

// Forks and joins nested and in series.
Edge random_block(Net &net, Edge at, std::mt19937_64 &random, uint32_t level) {
    at = random_chain(net, at, random, 2);
    for (uint32_t i = level ? 1 + random() % 2 : 0; i > 0; i--) {
        auto branch = net.fork(at, 2 + random() % 2);
        for (Edge &b : branch)
            b = random() % 3 ? random_block(net, b, random, level - 1) : b;
        std::shuffle(branch.begin(), branch.end(), random);
        at = random_join(net, branch, random);
    }
    return random_chain(net, at, random, 1);
}

TEST(Skip, RandomNestedNets) {
    uint64_t grown = 0;
    for (uint64_t seed = 1; seed <= 250; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Net net;
        net.sink(random_block(net, net.source(48), random, 1 + random() % 2));
        Depths least = net.least();
        for (auto &node : least)
            grown += std::count_if(node.begin(), node.end(), [](uint32_t d) { return d > 1; });
        check(net, least, true, seed);
        if (HasFailure()) break;
    }
    EXPECT_GT(grown, 250u);
}

// Any streams forked and joined: joins of branches of different forks, streams that cross.
TEST(Skip, RandomCrossingNets) {
    uint64_t grown = 0, not_least = 0;
    for (uint64_t seed = 1; seed <= 250; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Net net;
        std::vector<Edge> open = {net.source(48)};
        if (seed % 4 == 0) open.push_back(net.source(48));
        for (uint32_t i = 4 + random() % 8; i > 0; i--) {
            std::shuffle(open.begin(), open.end(), random);
            if (open.size() < 2 || (open.size() < 6 && random() % 2)) {
                auto branch = net.fork(open.back(), 2 + random() % 2);
                open.pop_back();
                open.insert(open.end(), branch.begin(), branch.end());
            } else {
                uint32_t ports = 2 + (open.size() > 2 && random() % 2);
                std::vector<Edge> from(open.end() - ports, open.end());
                open.resize(open.size() - ports);
                open.push_back(random_join(net, from, random));
            }
            open.back() = random_chain(net, open.back(), random, 2);
        }
        for (Edge &edge : open)
            net.sink(edge);
        Depths least = net.least();
        for (auto &node : least)
            grown += std::count_if(node.begin(), node.end(), [](uint32_t d) { return d > 1; });
        not_least += check(net, least, false, seed);
        if (HasFailure()) break;
    }
    printf("%lu depths, %lu of them not least beside the others\n", grown, not_least);
    EXPECT_GT(grown, 250u);
    EXPECT_LT(not_least, grown / 20);
}

// ------------------------------------------------------------------ with time

// The cycle in which the last process writes its last beat, edge by edge: elastic pipelines, FIFOs
// that show a beat `latency` edges after it was written and free a slot one edge after.
uint64_t cycles(const Net &net, const Depths &depths, uint32_t frames, uint32_t latency) {
    struct Fifo {
        std::deque<uint64_t> beats;
        uint32_t freed = 0; // in this cycle
    };
    struct Pipe {
        std::vector<int64_t> stage; // the step behind each stage but the last, -1 for none
        uint64_t next = 0, done = 0;
    };
    size_t n = net.nodes.size();
    std::vector<std::array<Fifo, WEIR_MAX_PORTS>> fifos(n);
    std::vector<std::array<std::pair<size_t, uint32_t>, WEIR_MAX_PORTS>> to(n);
    std::vector<Pipe> pipes(n);
    for (auto &ports : to)
        ports.fill({n, 0});
    for (size_t i = 0; i < n; i++) {
        pipes[i].stage.assign(std::max(net.nodes[i].op.stages, 1u) - 1, -1);
        for (uint32_t p = 0; p < net.nodes[i].op.n_inputs; p++)
            to[net.nodes[i].in[p].node][net.nodes[i].in[p].port] = {i, p};
    }
    for (uint64_t now = 0, idle = 0;; now++) {
        bool all = true;
        for (size_t i = n; i-- > 0;) {
            const weir_operator &op = net.nodes[i].op;
            if (!op.kind) continue;
            const Steps &steps = *static_cast<const Steps *>(op.params);
            Pipe &pipe = pipes[i];
            auto ends = [&](uint64_t step) { // room for all it writes? then write
                unsigned m = steps[step % steps.size()];
                for (bool write : {false, true})
                    for (uint32_t q = 0; q < op.n_outputs; q++) {
                        auto [c, p] = to[i][q];
                        if (!(m & WEIR_WRITES(q)) || c >= n || !net.nodes[c].op.kind) continue;
                        Fifo &f = fifos[c][p];
                        if (!write && f.beats.size() + f.freed >= depths[c][p]) return false;
                        if (write) f.beats.push_back(now + latency);
                    }
                return true;
            };
            auto starts = [&](uint64_t step, bool read) {
                unsigned m = steps[step % steps.size()];
                for (uint32_t p = 0; p < op.n_inputs; p++) {
                    if (!(m & WEIR_READS(p)) || !net.nodes[net.nodes[i].in[p].node].op.kind)
                        continue;
                    Fifo &f = fifos[i][p];
                    if (!read && (f.beats.empty() || f.beats.front() > now)) return false;
                    if (read) {
                        f.beats.pop_front();
                        f.freed++;
                    }
                }
                return true;
            };
            uint64_t end = frames * op.steps;
            bool moved = false;
            if (pipe.stage.empty()) {
                if (pipe.next < end && starts(pipe.next, false) && ends(pipe.next)) {
                    starts(pipe.next++, true);
                    pipe.done++;
                    moved = true;
                }
            } else {
                if (pipe.stage.back() >= 0 && ends(static_cast<uint64_t>(pipe.stage.back()))) {
                    pipe.stage.back() = -1;
                    pipe.done++;
                    moved = true;
                }
                for (size_t s = pipe.stage.size() - 1; s > 0; s--)
                    if (pipe.stage[s] < 0 && pipe.stage[s - 1] >= 0) {
                        std::swap(pipe.stage[s], pipe.stage[s - 1]);
                        moved = true;
                    }
                if (pipe.stage[0] < 0 && pipe.next < end && starts(pipe.next, false)) {
                    starts(pipe.next, true);
                    pipe.stage[0] = static_cast<int64_t>(pipe.next++);
                    moved = true;
                }
            }
            all &= pipe.done == end;
            if (moved) idle = 0;
        }
        for (auto &ports : fifos)
            for (Fifo &f : ports)
                f.freed = 0;
        if (all) return now;
        if (++idle > 10) return UINT64_MAX; // blocked
    }
}

Depths skip_depths(Net &net, uint32_t other) {
    weir_plan plan = net.plan();
    weir_skip_depths(&plan);
    Depths depths(net.nodes.size());
    for (size_t i = 0; i < net.nodes.size(); i++)
        for (uint32_t p = 0; p < WEIR_MAX_PORTS; p++)
            depths[i][p] = std::max(other, net.nodes[i].depth[p]);
    return depths;
}

Depths unlimited_joins(const Net &net, Depths depths) {
    for (size_t i = 0; i < net.nodes.size(); i++)
        if (net.nodes[i].op.n_inputs > 1) depths[i].fill(1000000);
    return depths;
}

TEST(Skip, DepthsKeepAUNetAtFullRate) {
    for (uint32_t levels = 1; levels <= 4; levels++)
        for (uint32_t latency : {1, 2}) {
            Net net;
            std::vector<uint32_t> joins;
            net.sink(unet(net, net.source(32 * 32), 32, levels, joins));
            Depths depths = skip_depths(net, 4);
            EXPECT_EQ(cycles(net, depths, 3, latency),
                      cycles(net, unlimited_joins(net, depths), 3, latency))
                << levels << " levels, latency " << latency;
        }
}

// Branches of equal lag and unequal stages: depth and one less, at the cycle.
TEST(Skip, DepthsCoverStages) {
    for (uint32_t latency : {1, 2}) {
        Net net;
        auto branch = net.fork(net.source(64), 2);
        Edge late = net.op(net.op(branch[1], one_to_one(64), 5), one_to_one(64), 4);
        uint32_t add = net.join({late, branch[0]}).node;
        Depths depths = skip_depths(net, 3);
        EXPECT_EQ(depths[add][0], 3u);  // left alone
        EXPECT_EQ(depths[add][1], 14u); // 1 + (5 + 1) + (4 + 1) + 2
        uint64_t best = cycles(net, unlimited_joins(net, depths), 1, latency);
        EXPECT_EQ(cycles(net, depths, 1, latency), best);
        depths[add][1] -= latency == 2 ? 1 : 3; // two channels fewer of two edges, and the join's
        bool enough = cycles(net, depths, 1, latency) == best;
        EXPECT_EQ(enough, latency == 1);
        depths[add][1] = 10;
        EXPECT_GT(cycles(net, depths, 1, latency), best);
    }
}

// Bursts may cost something still, never more than a third.
TEST(Skip, DepthsKeepRandomNetsNearFullRate) {
    uint32_t same = 0, slower = 0;
    for (uint64_t seed = 1; seed <= 250; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Net net;
        net.sink(random_block(net, net.source(48), random, 1 + random() % 2));
        Depths depths = skip_depths(net, 3);
        uint64_t found = cycles(net, depths, 3, 1 + seed % 2);
        uint64_t best = cycles(net, unlimited_joins(net, depths), 3, 1 + seed % 2);
        EXPECT_LE(3 * found, 4 * best);
        (found == best ? same : slower)++;
    }
    EXPECT_GT(same, 4 * slower);
}

// ------------------------------------------------------------------ the formula

struct Counts { // per step of a table: what lies before its end, and which step moves which beat
    std::vector<uint32_t> read_by, written_by;
    explicit Counts(const Steps &steps, uint32_t port = 0) {
        for (uint32_t i = 0; i < steps.size(); i++) {
            if (steps[i] & WEIR_READS(port)) read_by.push_back(i);
            if (steps[i] & W) written_by.push_back(i);
        }
    }
    static uint32_t up_to(const std::vector<uint32_t> &by, int64_t step) { // beats by its end
        return static_cast<uint32_t>(std::upper_bound(by.begin(), by.end(), step) - by.begin());
    }
};

// One fork, chains of processes, one join: the header's arithmetic, word by word.
TEST(Skip, FormulaForOneFork) {
    for (uint64_t seed = 1; seed <= 150; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Net net;
        auto branch = net.fork(net.source(48), 2 + random() % 2);
        uint32_t ports = static_cast<uint32_t>(branch.size());
        std::vector<std::vector<uint32_t>> chain(ports);
        for (uint32_t p = 0; p < ports; p++) {
            uint32_t first = net.last() + 1;
            branch[p] = random_chain(net, branch[p], random, 3);
            for (uint32_t node = first; node <= net.last(); node++)
                chain[p].push_back(node);
        }
        static const uint32_t blocks[] = {0, 1, 2, 4};
        uint32_t join = net.join(branch, blocks[random() % 4]).node;
        const Steps &steps = net.tables.back();
        std::vector<uint32_t> least(ports, 1);
        for (uint32_t i = 0; i < steps.size(); i++) {
            uint32_t need = 0;
            for (uint32_t p = 0; p < ports; p++) {
                uint32_t beats = Counts::up_to(Counts(steps, p).read_by, i);
                for (size_t k = chain[p].size(); k-- > 0 && beats;) {
                    Counts c(*static_cast<const Steps *>(net.nodes[chain[p][k]].op.params));
                    beats = Counts::up_to(c.read_by, c.written_by[beats - 1]);
                }
                need = std::max(need, beats);
            }
            for (uint32_t p = 0; p < ports; p++) {
                uint32_t beats = need;
                for (uint32_t node : chain[p]) { // one beat may stay in the channel before each
                    Counts c(*static_cast<const Steps *>(net.nodes[node].op.params));
                    beats = beats > 1 ? Counts::up_to(c.written_by, c.read_by[beats - 2]) : 0;
                }
                int64_t before =
                    Counts::up_to(Counts(steps, p).read_by, static_cast<int64_t>(i) - 1);
                least[p] = std::max<int64_t>(least[p], beats - before);
            }
        }
        Depths found = net.least();
        for (uint32_t p = 0; p < ports; p++)
            EXPECT_EQ(found[join][p], least[p]) << "port " << p;
        if (HasFailure()) break;
    }
}

// ------------------------------------------------------------------ members that take turns

// A block whose member m reads `beats[m]` beats and writes one for each, its turn after turn m - 1.
// Its inputs are set once they are there.
uint32_t block(Net &net, const std::vector<uint32_t> &beats, Edge first) {
    Steps steps;
    for (uint32_t m = 0; m < beats.size(); m++)
        steps.insert(steps.end(), beats[m], WEIR_READS(m) | WEIR_WRITES(m));
    uint32_t n = static_cast<uint32_t>(beats.size());
    uint32_t node = net.add(steps, std::vector<Edge>(n, first), n, 5);
    net.nodes[node].op.kind = &turns_kind;
    for (uint32_t m = 0; m < n; m++) {
        net.nodes[node].op.in[m].rows = net.nodes[node].op.in[m].columns = 1;
        net.nodes[node].op.in[m].channels = beats[m];
    }
    return node;
}

void feed(Net &net, uint32_t node, uint32_t port, Edge from) {
    net.nodes[node].in[port] = {from.node, from.port};
}

// Channels carry `beats` of `bits` a frame.
void shape(Net &net, Edge at, uint32_t port, uint32_t beats, uint32_t bits) {
    weir_stream *in = &net.nodes[at.node].op.in[port];
    in->rows = in->columns = 1;
    in->channels = beats;
    in->element.width = static_cast<int>(bits);
}

// The first member's frame waits where it has the fewest bits, less what the window behind takes in.
TEST(Turns, TheFrameWaitsWhereItIsSmallest) {
    const uint32_t n = 64, columns = 8;
    Net net;
    uint32_t shared = block(net, {n, n / 4}, net.source(n));
    Edge relu = net.op({shared, 0, n}, one_to_one(n));
    Edge pooled = net.op(relu, pool(n, columns));
    Edge windowed = net.op(pooled, window(n / 4, columns / 2 + 1));
    feed(net, shared, 1, windowed);
    shape(net, relu, 0, n, 8);
    shape(net, pooled, 0, n, 8);
    shape(net, windowed, 0, n / 4, 8);
    shape(net, {shared, 0, 0}, 1, n / 4, 32);
    net.sink({shared, 1, n / 4});
    Depths least = net.least();
    // The window has taken a row and one more (5), the channel behind it holds a beat of its own, and
    // what the last one is pooled from may stay before the pool.
    EXPECT_EQ(least[windowed.node][0], n / 4 - (columns / 2 + 1) - 2);
    for (uint32_t i : {relu.node, pooled.node})
        EXPECT_EQ(least[i][0], 1u);
    EXPECT_EQ(least[shared][1], 1u);
    EXPECT_TRUE(completes(net, at_least_one(least), 3, false, 1));
    EXPECT_TRUE(completes(net, at_least_one(least), 3, true, 2));
    least[windowed.node][0]--;
    EXPECT_FALSE(completes(net, at_least_one(least), 1, false, 3));
}

// Straight back to the block: the channel holds the frame.
TEST(Turns, StraightBack) {
    Net net;
    uint32_t shared = block(net, {12, 12, 12}, net.source(12));
    feed(net, shared, 1, {shared, 0, 12});
    feed(net, shared, 2, {shared, 1, 12});
    net.sink({shared, 2, 12});
    Depths least = net.least();
    EXPECT_EQ(least[shared][0], 0u); // from the source
    EXPECT_EQ(least[shared][1], 12u);
    EXPECT_EQ(least[shared][2], 12u);
    EXPECT_TRUE(completes(net, at_least_one(least), 3, true, 1));
}

// A branch past the second member waits for it: a frame at the join too.
TEST(Turns, ABranchPastAMember) {
    const uint32_t n = 20;
    Net net;
    uint32_t shared = block(net, {n, n}, net.source(n));
    auto branch = net.fork({shared, 0, n}, 2);
    Edge relu = net.op(branch[0], one_to_one(n));
    feed(net, shared, 1, relu);
    uint32_t add = net.join({branch[1], {shared, 1, n}}).node;
    net.sink({add, 0, n});
    Depths least = net.least();
    // The last beat may stay before the fork.
    EXPECT_EQ(least[add][0], n - 1);
    EXPECT_EQ(least[relu.node][0] + least[shared][1], n - 1);
    for (uint64_t seed = 0; seed < 10; seed++)
        for (bool elastic : {false, true})
            EXPECT_TRUE(completes(net, at_least_one(least), 3, elastic, seed));
    Depths less = at_least_one(least);
    less[add][0]--;
    EXPECT_FALSE(completes(net, less, 1, false, 1));
}

// Chains through one or two blocks, whose members alternate or nest.
TEST(Turns, RandomChains) {
    const uint64_t seed = 20261121;
    printf("seed %lu\n", (unsigned long)seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 100; round++) {
        const uint32_t n = 64, columns = 8, members = 2 + (uint32_t)(random() % 3);
        Net net;
        Edge at = net.source(n), begin = net.fork(at, 1)[0];
        uint32_t blocks[2] = {block(net, std::vector<uint32_t>(members, n), begin), 0};
        blocks[1] = block(net, std::vector<uint32_t>(members, n), begin);
        uint32_t next[2] = {0, 0};
        at = begin;
        while (next[0] < members || next[1] < members) {
            uint32_t b = (uint32_t)(random() % 2);
            if (next[b] == members) b = 1 - b;
            feed(net, blocks[b], next[b], at);
            at = {blocks[b], next[b]++, n};
            for (uint64_t k = random() % 3; k > 0; k--) {
                at = net.op(at, random() % 2 ? window(n, columns + 1) : one_to_one(n));
                shape(net, at, 0, n, 1 + (uint32_t)(random() % 16));
            }
        }
        net.sink(at);
        Depths least = at_least_one(net.least());
        for (bool elastic : {false, true})
            EXPECT_TRUE(completes(net, least, 3, elastic, random())) << "round " << round;
    }
}

} // namespace
