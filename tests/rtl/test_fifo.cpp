// The FIFOs of rtl/ against models/fifo.c: random valid and ready, every flag and head compared in
// every cycle. The RTL is fifo_bench.sv, all instances at once.
#include "Vfifo_bench.h"
#include "models/fifo.h"
#include "models/stream.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace {

constexpr uint32_t kDepths[] = {1, 2, 3, 5, 16, 33};
constexpr uint32_t kWidths[] = {16, 7, 32, 1, 40, 64};
constexpr int kInstances = 32, kSynchronous = 14, kGapped = 11;

uint64_t Seed() {
    const char *given = std::getenv("WEIR_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 0) : 20250417;
}

// One FIFO under test: its model, its random traffic and an independent count of beats.
struct Instance {
    weir_fifo *model = nullptr;
    weir_fifo_spec spec{};
    uint32_t width = 0;
    int valid_percent = 50, ready_percent = 50;
    uint64_t beats = 0, held = 0, most_held = 0;
};

class Bench {
  public:
    Bench(uint64_t seed, const weir_domain *in, const weir_domain *out) : random_(seed) {
        for (int i = 0; i < kInstances; i++) {
            Instance &at = instances_[i];
            int d = i < 6              ? i
                    : i < kGapped      ? i - 5
                    : i < kSynchronous ? (i == kGapped + 2 ? 3 : 1)
                                       : (i - kSynchronous) / 3;
            at.width = kWidths[d];
            at.spec.depth = kDepths[d];
            at.spec.beat_bytes = weir_beat_bytes(at.width);
            at.spec.latency = i < 6 || i == kGapped ? WEIR_LATENCY_PLAIN
                              : i < kSynchronous    ? WEIR_LATENCY_MEMORY
                                                    : WEIR_LATENCY_CDC;
            at.spec.flops =
                i < kSynchronous ? 0 : static_cast<uint32_t>((i - kSynchronous) % 3 + 1);
            if (i >= kGapped && i < kSynchronous) at.spec.write_gap = i == kGapped + 2 ? 3 : 2;
            at.spec.producer = in;
            at.spec.consumer = out;
            at.model = weir_fifo_new(&at.spec);
        }
    }
    ~Bench() {
        top.final();
        for (Instance &at : instances_)
            weir_fifo_free(at.model);
    }

    // New traffic for the producers or the consumers of instances first .. last - 1.
    void Drive(int first, int last, bool producer) {
        for (int i = first; i < last; i++) {
            Instance &at = instances_[i];
            int &percent = producer ? at.valid_percent : at.ready_percent;
            static constexpr int kPercents[] = {0, 10, 50, 90, 100, 100};
            if (random_() % 48 == 0) percent = kPercents[random_() % 6];
            bool on = static_cast<int>(random_() % 100) < percent;
            uint32_t &bits = producer ? top.in_valid : top.out_ready;
            bits = (bits & ~(1u << i)) | (on ? 1u << i : 0u);
            if (!producer) continue;
            uint64_t word = random_() & Mask(at);
            top.in_data[2 * i] = static_cast<uint32_t>(word);
            top.in_data[2 * i + 1] = static_cast<uint32_t>(word >> 32);
        }
    }

    // Compares one side's flags (and the head) at `edge`; the settled outputs are those before it.
    ::testing::AssertionResult Compare(int i, bool producer, uint64_t edge) {
        Instance &at = instances_[i];
        bool rtl = (producer ? top.in_ready : top.out_valid) >> i & 1;
        bool model =
            producer ? weir_fifo_can_write(at.model, edge) : weir_fifo_can_read(at.model, edge);
        if (rtl != model)
            return Failure(i) << (producer ? "in_ready" : "out_valid") << " at edge " << edge
                              << ": rtl " << rtl << ", model " << model;
        if (producer || !rtl) return ::testing::AssertionSuccess();
        uint64_t found = top.out_data[2 * i] | uint64_t{top.out_data[2 * i + 1]} << 32, head = 0;
        std::memcpy(&head, weir_fifo_head(at.model), at.spec.beat_bytes);
        if (found != head)
            return Failure(i) << "out_data at edge " << edge << ": rtl " << found << ", model "
                              << head;
        return ::testing::AssertionSuccess();
    }

    // The operations of one side at `edge`, as valid and ready stand before it.
    void Operate(int i, bool producer, uint64_t edge) {
        Instance &at = instances_[i];
        if (producer && (in_fire_ >> i & 1)) {
            uint64_t word = top.in_data[2 * i] | uint64_t{top.in_data[2 * i + 1]} << 32;
            weir_fifo_write(at.model, edge, &word);
        } else if (!producer && (out_fire_ >> i & 1)) {
            weir_fifo_read(at.model, edge);
        }
    }

    // Fixes which beats move on this instant's rising edges.
    void Sample(bool in, bool out) {
        in_fire_ = in ? top.in_valid & top.in_ready : 0;
        out_fire_ = out ? top.out_valid & top.out_ready : 0;
    }

    void Count(int first, int last) {
        for (int i = first; i < last; i++) {
            Instance &at = instances_[i];
            at.held += in_fire_ >> i & 1;
            at.held -= out_fire_ >> i & 1;
            at.beats += out_fire_ >> i & 1;
            at.most_held = std::max(at.most_held, at.held);
        }
    }

    void CheckEnd(int first, int last, uint64_t least_beats) {
        for (int i = first; i < last; i++) {
            const Instance &at = instances_[i];
            EXPECT_EQ(weir_fifo_max_occupancy(at.model), at.most_held) << "instance " << i;
            EXPECT_EQ(weir_fifo_was_read(at.model), at.beats) << "instance " << i;
            EXPECT_EQ(at.most_held, at.spec.depth) << "never full: instance " << i;
            EXPECT_GE(at.beats, least_beats) << "too little traffic: instance " << i;
        }
    }

    bool Coin() { return random_() & 1; }

    Vfifo_bench top;

  private:
    static uint64_t Mask(const Instance &at) { return ~uint64_t{0} >> (64 - at.width); }
    ::testing::AssertionResult Failure(int i) const {
        const weir_fifo_spec &spec = instances_[i].spec;
        return ::testing::AssertionFailure()
               << weir_latency_class_name(spec.latency) << " depth " << spec.depth << " flops "
               << spec.flops << " gap " << spec.write_gap << ": ";
    }

    std::mt19937_64 random_;
    Instance instances_[kInstances];
    uint32_t in_fire_ = 0, out_fire_ = 0;
};

TEST(Fifo, SynchronousEqualsModelInEveryCycle) {
    uint64_t seed = Seed();
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    const weir_domain main = {"main", 1000, 0, {}};
    Bench bench(seed, &main, &main);
    for (int64_t cycle = -3; cycle < 50000; cycle++) {
        bench.Drive(0, kSynchronous, true);
        bench.Drive(0, kSynchronous, false);
        bench.top.rst = cycle < 0;
        bench.top.clk = 0;
        bench.top.eval();
        if (cycle >= 0) {
            auto edge = static_cast<uint64_t>(cycle);
            bool producer_first = bench.Coin();
            for (int i = 0; i < kSynchronous; i++) {
                ASSERT_TRUE(bench.Compare(i, true, edge));
                ASSERT_TRUE(bench.Compare(i, false, edge));
            }
            bench.Sample(true, true);
            for (int i = 0; i < kSynchronous; i++) {
                bench.Operate(i, producer_first, edge);
                bench.Operate(i, !producer_first, edge);
            }
            bench.Count(0, kSynchronous);
        }
        bench.top.clk = 1;
        bench.top.eval();
    }
    bench.CheckEnd(0, kSynchronous, 2000);
}

struct Clocks {
    uint64_t in_period, in_phase, out_period, out_phase;
};

void PrintTo(const Clocks &c, std::ostream *out) {
    *out << c.in_period << " ps + " << c.in_phase << " to " << c.out_period << " ps + "
         << c.out_phase;
}

class FifoCdc : public ::testing::TestWithParam<Clocks> {};

TEST_P(FifoCdc, EqualsModelInEveryCycle) {
    const Clocks &c = GetParam();
    uint64_t seed = Seed() + c.in_period * 31 + c.in_phase * 37 + c.out_period * 41 + c.out_phase;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    weir_domain in = {"in", c.in_period, c.in_phase, {}};
    weir_domain out = {"out", c.out_period, c.out_phase, {}};
    Bench bench(seed, &in, &out);
    // Edges before edge 0 are under reset, also while the other side already works.
    auto next_in = -static_cast<int64_t>(c.in_phase / c.in_period);
    auto next_out = -static_cast<int64_t>(c.out_phase / c.out_period);
    bench.top.in_rst = bench.top.out_rst = 1;
    for (int i = 0; i < 8; i++) { // long before time 0
        bench.top.in_clk = bench.top.out_clk = static_cast<uint8_t>(i & 1);
        bench.top.eval();
    }
    constexpr int kFirst = kSynchronous, kLast = kInstances, kSteps = 40000;
    for (int step = 0; step < kSteps; step++) {
        int64_t in_ps =
            static_cast<int64_t>(c.in_phase) + next_in * static_cast<int64_t>(c.in_period);
        int64_t out_ps =
            static_cast<int64_t>(c.out_phase) + next_out * static_cast<int64_t>(c.out_period);
        bool in_rises = in_ps <= out_ps, out_rises = out_ps <= in_ps;
        bool in_works = in_rises && next_in >= 0, out_works = out_rises && next_out >= 0;
        if (in_rises) {
            bench.top.in_rst = next_in < 0;
            bench.top.in_clk = 0;
            bench.Drive(kFirst, kLast, true);
        }
        if (out_rises) {
            bench.top.out_rst = next_out < 0;
            bench.top.out_clk = 0;
            bench.Drive(kFirst, kLast, false);
        }
        bench.top.eval();
        auto in_edge = static_cast<uint64_t>(next_in), out_edge = static_cast<uint64_t>(next_out);
        bench.Sample(in_works, out_works);
        bool producer_first = bench.Coin();
        for (int i = kFirst; i < kLast; i++) {
            for (bool producer : {producer_first, !producer_first}) {
                if (!(producer ? in_works : out_works)) continue;
                uint64_t edge = producer ? in_edge : out_edge;
                ASSERT_TRUE(bench.Compare(i, producer, edge)) << "seed " << seed;
                bench.Operate(i, producer, edge);
            }
        }
        bench.Count(kFirst, kLast);
        if (in_rises) bench.top.in_clk = 1, next_in++;
        if (out_rises) bench.top.out_clk = 1, next_out++;
        bench.top.eval();
    }
    bench.CheckEnd(kFirst, kLast, 300);
}

INSTANTIATE_TEST_SUITE_P(Ratios, FifoCdc,
                         ::testing::Values(Clocks{10, 0, 10, 0},     // equal
                                           Clocks{10, 0, 10, 3},     // equal, shifted
                                           Clocks{10, 7, 10, 0},     // equal, shifted the other way
                                           Clocks{10, 10, 10, 0},    // equal, one edge late
                                           Clocks{7, 0, 11, 0},      // primes
                                           Clocks{11, 5, 7, 3},      //
                                           Clocks{10, 0, 5, 0},      // 2:1
                                           Clocks{5, 2, 10, 0},      //
                                           Clocks{6, 0, 4, 0},       // 3:2
                                           Clocks{4, 1, 6, 5},       //
                                           Clocks{1000, 0, 3759, 0}, // far apart
                                           Clocks{3759, 11, 1000, 0},   //
                                           Clocks{4000, 0, 7519, 2500}, // 250 : 133 MHz
                                           Clocks{7, 0, 11, 500},       // one side starts late
                                           Clocks{11, 900, 7, 1}));     //

} // namespace
