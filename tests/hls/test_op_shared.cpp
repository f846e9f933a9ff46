// Products that take turns in one block: RTL against C in every cycle, turns against products alone.
#include "hls/op_matvec.h"
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

namespace {

const weir_loc here = {"net.cfg", 7};

struct Member {
    weir_stream in;
    uint32_t outputs, out_lanes;
    const char *weights, *out;
    const char *accumulator = nullptr;
    bool bias = true;
};

/* What a constructor reads of its members; random weights and biases. */
struct Specs {
    std::vector<std::vector<int32_t>> weights;
    std::vector<std::vector<int64_t>> bias;
    std::vector<weir_fixed> accumulators;
    std::vector<std::string> names;
    std::vector<const char *> name_texts;
    std::vector<weir_matvec_spec> list;

    Specs(const std::vector<Member> &members, uint32_t pe, uint32_t simd, uint64_t seed) {
        std::mt19937_64 random(seed);
        for (const Member &m : members) {
            weir_fixed type = type_of(m.weights);
            std::uniform_int_distribution<int64_t> any(weir_fixed_min(type), weir_fixed_max(type));
            std::uniform_int_distribution<int64_t> some(-100000, 100000);
            weights.emplace_back(m.in.channels * m.outputs);
            for (int32_t &w : weights.back())
                w = (int32_t)any(random);
            bias.emplace_back(m.outputs);
            for (int64_t &b : bias.back())
                b = some(random);
            accumulators.push_back(type_of(m.accumulator ? m.accumulator : "ap_int<1>"));
            names.push_back("member" + std::to_string(names.size()));
        }
        for (size_t m = 0; m < members.size(); m++) {
            weir_matvec_spec spec = {};
            spec.in = members[m].in;
            spec.outputs = members[m].outputs;
            spec.out_lanes = members[m].out_lanes;
            spec.weights = weights[m].data();
            spec.weight_type = type_of(members[m].weights);
            spec.bias = members[m].bias ? bias[m].data() : nullptr;
            spec.accumulator = members[m].accumulator ? &accumulators[m] : nullptr;
            spec.out = type_of(members[m].out);
            spec.pe = pe;
            spec.simd = simd;
            list.push_back(spec);
            name_texts.push_back(names[m].c_str());
        }
    }
    bool build(weir_operator *op, weir_arena *arena, weir_diag *diag) const {
        return weir_shared_operator(op, arena, "block", name_texts.data(), list.data(),
                                    (uint32_t)list.size(), here, diag);
    }
};

/* Two convolutions and a dense layer as digits has them, in numbers of their own each. */
std::vector<Member> three() {
    return {{stream_of(3, 3, 9, 9, "ap_fixed<8,3>"), 4, 4, "ap_fixed<6,1>", "ap_fixed<9,5>"},
            {stream_of(2, 2, 18, 6, "ap_ufixed<7,9>"), 6, 2, "ap_fixed<8,2>",
             "ap_fixed<10,8,AP_RND,AP_SAT>", "ap_fixed<20,14,AP_RND_CONV,AP_SAT>"},
            {stream_of(1, 1, 12, 3, "ap_fixed<5,-1>"), 2, 2, "ap_ufixed<5,0>",
             "ap_ufixed<6,1,AP_TRN,AP_SAT>", nullptr, false}};
}

TEST(OpShared, RtlEqualsReferenceInEveryCycle) {
    const struct {
        const char *label;
        uint32_t pe, simd;
        std::vector<Member> members;
    } cases[] = {
        {"negative fractions, two turns",
         1,
         2,
         {{stream_of(2, 2, 4, 2, "ap_fixed<6,9>"), 3, 1, "ap_fixed<5,8>", "ap_fixed<7,14,AP_RND>"},
          {stream_of(1, 3, 6, 6, "ap_int<4>"), 2, 2, "ap_int<3>", "ap_int<6>"}}},
        {"three members", 2, 3, three()},
        {"one multiplier", 1, 1, three()},
        {"one step each",
         2,
         4,
         {{stream_of(2, 2, 4, 4, "ap_int<5>"), 2, 2, "ap_int<4>", "ap_int<8>"},
          {stream_of(3, 1, 4, 4, "ap_uint<5>"), 2, 2, "ap_int<4>", "ap_int<9>"}}},
        {"an unsigned accumulator",
         1,
         4,
         {{stream_of(2, 2, 8, 4, "ap_uint<5>"), 2, 2, "ap_uint<4>", "ap_int<8>", "ap_uint<10>"},
          {stream_of(2, 2, 4, 4, "ap_int<9>"), 4, 1, "ap_int<9>", "ap_int<20>"}}},
        {"eight members", 1, 1, std::vector<Member>(8, three()[2])},
    };
    Harness h;
    uint64_t seed = 1;
    for (const auto &c : cases) {
        Specs specs(c.members, c.pe, c.simd, seed++);
        ASSERT_TRUE(specs.build(h.add(c.label), h.arena(), h.diag()))
            << c.label << ": " << h.diagnostics();
    }
    h.run(20261120);
}

TEST(OpShared, ATurnIsTheProductAlone) {
    Workshop shop;
    Specs specs(three(), 2, 3, 9);
    weir_operator block;
    ASSERT_TRUE(specs.build(&block, shop.arena, shop.diag)) << shop.errors();
    std::mt19937_64 random(4);
    uint64_t first = 0, multipliers = 0;
    for (uint32_t m = 0; m < 3; m++) {
        weir_operator alone;
        ASSERT_TRUE(
            weir_matvec_operator(&alone, shop.arena, "alone", &specs.list[m], here, shop.diag));
        std::vector<int32_t> in = random_frame(block.in[m], random);
        std::vector<int32_t> out(weir_stream_elements(&block.out[m]));
        const int32_t *from[3] = {};
        int32_t *to[3] = {};
        from[m] = in.data();
        to[m] = out.data();
        block.kind->infer(&block, from, to);
        EXPECT_EQ(out, infer_frame(alone, in));
        for (uint64_t i = 0; i < alone.steps; i++) {
            unsigned ports = alone.kind->step(&alone, i);
            EXPECT_EQ(block.kind->step(&block, first + i),
                      (ports & WEIR_READS(0) ? WEIR_READS(m) : 0) |
                          (ports & WEIR_WRITES(0) ? WEIR_WRITES(m) : 0));
        }
        first += alone.steps;
        EXPECT_EQ(alone.stages, block.stages);
        multipliers += alone.multipliers;
    }
    EXPECT_EQ(block.steps, first);
    EXPECT_EQ(block.multipliers * 3, multipliers);
    EXPECT_EQ(block.images[0].words, 4 / 2 * 9 / 3 + 6 / 2 * 18 / 3 + 2 / 2 * 12 / 3);
    EXPECT_EQ(block.images[1].words, 2u + 3u + 1u);
    EXPECT_EQ(block.images[0].word_bits, 2u * 3u * 8u);
}

/* What the datapath is made of does not name an image: other sizes change tables only. */
TEST(OpShared, SizesAreInTablesOnly) {
    Workshop shop;
    auto text = [&](uint32_t rows) {
        std::vector<Member> members = three();
        members[0].in.rows = rows;
        weir_operator op;
        EXPECT_TRUE(Specs(members, 2, 3, 9).build(&op, shop.arena, shop.diag));
        weir_text *sv = weir_text_new();
        op.kind->emit(&op, "m", sv);
        std::string result = weir_text_string(sv);
        weir_text_free(sv);
        return result.substr(result.find("weir_shared_matvec #("));
    };
    std::string small = text(3), large = text(40);
    for (std::string *s : {&small, &large})
        for (const char *name : {".POSITIONS(", ".MOST_POSITIONS("}) {
            size_t at = s->find(name);
            ASSERT_NE(at, std::string::npos);
            s->erase(at, s->find('\n', at) - at);
        }
    EXPECT_EQ(small, large);
}

TEST(OpShared, Refusals) {
    Workshop one, other;
    weir_operator op;
    EXPECT_FALSE(Specs({three()[0]}, 2, 3, 1).build(&op, one.arena, one.diag));
    EXPECT_EQ(one.errors(), "7: process \"block\": 1 members take turns, 2 to 8 allowed\n");
    Specs specs(three(), 2, 3, 1);
    specs.list[1].pe = 3;
    specs.list[2].simd = 2;
    EXPECT_FALSE(specs.build(&op, other.arena, other.diag));
    EXPECT_EQ(other.errors(), "7: process \"block\": member \"member1\" with 3 PE and 3 SIMD, must "
                              "be of the resource strategy with 2 and 3\n"
                              "7: process \"block\": member \"member2\" with 2 PE and 2 SIMD, must "
                              "be of the resource strategy with 2 and 3\n");
}

} // namespace
