/* Distributor and collector: RTL against C in every cycle; what is dealt, collected, is the same. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

namespace {

const weir_loc here = {"net.cfg", 7};

/* A whole stream, and those of its copies: columns of `beats` beats each. */
struct Dealt {
    weir_deal deal = {};
    std::vector<weir_stream> parts;

    Dealt(weir_stream whole, uint32_t copies, uint64_t beats) : parts(copies, whole) {
        deal = {whole, parts.data(), copies, beats};
        for (uint32_t c = 0; c < copies; c++) {
            uint64_t shares = weir_deal_shares(weir_stream_beats(&whole) / beats, copies, c);
            parts[c].rows = 1;
            parts[c].columns = (uint32_t)(shares * beats);
            parts[c].channels = whole.lanes;
        }
    }
};

const struct {
    const char *label;
    weir_stream whole;
    uint32_t copies;
    uint64_t beats;
} cases[] = {
    {"two, a beat each", {3, 4, 2, 2, {7, 3, true}}, 2, 1},
    {"two, three beats each, an odd number", {3, 3, 6, 2, {1, 1, true}}, 2, 3},
    {"three of five, two beats each", {5, 1, 2, 1, {32, 3, false}}, 3, 2},
    {"eight of nine", {3, 3, 4, 4, {12, 12, true}}, 8, 1},
    {"eight, a row each", {8, 5, 2, 1, {4, 4, false}}, 8, 10},
    {"four, once each", {2, 2, 9, 9, {15, 15, true}}, 4, 1},
};

TEST(OpDeal, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    std::vector<std::unique_ptr<Dealt>> dealt;
    for (const auto &c : cases) {
        dealt.push_back(std::make_unique<Dealt>(c.whole, c.copies, c.beats));
        ASSERT_TRUE(weir_distribute_operator(h.add(std::string("distribute to ") + c.label),
                                             h.arena(), "d", &dealt.back()->deal, here, h.diag()))
            << h.diagnostics();
        ASSERT_TRUE(weir_collect_operator(h.add(std::string("collect from ") + c.label), h.arena(),
                                          "c", &dealt.back()->deal, here, h.diag()))
            << h.diagnostics();
    }
    h.run(20260411);
}

TEST(OpDeal, CollectingGivesBackWhatWasDealt) {
    std::mt19937_64 random(5);
    for (const auto &c : cases) {
        Workshop shop;
        Dealt dealt(c.whole, c.copies, c.beats);
        weir_operator distribute, collect;
        ASSERT_TRUE(
            weir_distribute_operator(&distribute, shop.arena, "d", &dealt.deal, here, shop.diag));
        ASSERT_TRUE(weir_collect_operator(&collect, shop.arena, "c", &dealt.deal, here, shop.diag));
        std::vector<int32_t> frame = random_frame(c.whole, random), back(frame.size());
        std::vector<std::vector<int32_t>> parts;
        std::vector<int32_t *> to;
        std::vector<const int32_t *> from;
        for (uint32_t q = 0; q < c.copies; q++)
            parts.emplace_back(weir_stream_elements(&distribute.out[q]));
        for (auto &part : parts) {
            to.push_back(part.data());
            from.push_back(part.data());
        }
        const int32_t *whole = frame.data();
        int32_t *result = back.data();
        distribute.kind->infer(&distribute, &whole, to.data());
        collect.kind->infer(&collect, from.data(), &result);
        EXPECT_EQ(frame, back) << c.label;
        /* Copy 1's second share is share number `copies` + 1. */
        uint64_t share = c.copies + 1, size = c.beats * c.whole.lanes;
        if (distribute.initiations > share) {
            EXPECT_EQ(parts[1][size], frame[share * size]) << c.label;
        }
    }
}

TEST(OpDeal, CountsAndSteps) {
    Workshop shop;
    weir_operator op;
    Dealt rows(stream_of(5, 3, 4, 2, "ap_int<8>"), 2, 6);
    ASSERT_TRUE(weir_distribute_operator(&op, shop.arena, "d", &rows.deal, here, shop.diag));
    EXPECT_EQ(op.steps, 30u);
    EXPECT_EQ(op.initiations, 5u);
    EXPECT_EQ(op.ii_cycles, 6u);
    EXPECT_EQ(op.frames, 1u);
    for (uint64_t i = 0; i < op.steps; i++)
        EXPECT_EQ(op.kind->step(&op, i), WEIR_READS(0) | WEIR_WRITES(i / 6 % 2)) << i;
    EXPECT_EQ(weir_stream_beats(&op.out[0]), 18u);
    EXPECT_EQ(weir_stream_beats(&op.out[1]), 12u);
}

/* Whole frames in turn: a frame of each copy, and the same logic as for shares of that many beats. */
TEST(OpDeal, WholeFrames) {
    Harness h;
    weir_stream frame = stream_of(2, 3, 4, 2, "ap_int<8>"),
                all = stream_of(6, 3, 4, 2, "ap_int<8>");
    weir_deal deal = {.whole = frame, .parts = nullptr, .copies = 3, .beats = 0};
    Dealt shares(all, 3, 12);
    for (bool collect : {false, true}) {
        auto make = collect ? weir_collect_operator : weir_distribute_operator;
        weir_operator *frames = h.add(collect ? "collect" : "distribute");
        weir_operator *same = h.add(collect ? "collect shares" : "distribute shares");
        ASSERT_TRUE(make(frames, h.arena(), "d", &deal, here, h.diag()));
        ASSERT_TRUE(make(same, h.arena(), "d", &shares.deal, here, h.diag()));
        EXPECT_EQ(frames->frames, 3u);
        EXPECT_EQ(frames->steps, 36u);
        EXPECT_EQ(weir_stream_beats(collect ? &frames->in[2] : &frames->out[2]), 12u);
        for (uint64_t i = 0; i < frames->steps; i++)
            EXPECT_EQ(frames->kind->step(frames, i), same->kind->step(same, i)) << i;
        auto logic = [](const std::string &text) { return text.substr(text.find("module")); };
        EXPECT_EQ(logic(h.text(collect ? "collect" : "distribute")),
                  logic(h.text(collect ? "collect shares" : "distribute shares")));
    }
}

TEST(OpDeal, Refusals) {
    Workshop shop;
    weir_operator op;
    weir_stream whole = stream_of(2, 3, 4, 2, "ap_int<8>");
    Dealt right(whole, 2, 2), wrong(whole, 2, 2);
    wrong.parts[1].columns += 2;
    weir_deal uneven = right.deal, few = right.deal, one = right.deal;
    uneven.beats = 5;
    few.beats = 12;
    one.copies = 1;
    EXPECT_TRUE(weir_distribute_operator(&op, shop.arena, "d", &right.deal, here, shop.diag));
    EXPECT_FALSE(weir_distribute_operator(&op, shop.arena, "d", &uneven, here, shop.diag));
    EXPECT_FALSE(weir_distribute_operator(&op, shop.arena, "d", &few, here, shop.diag));
    EXPECT_FALSE(weir_collect_operator(&op, shop.arena, "d", &one, here, shop.diag));
    EXPECT_FALSE(weir_collect_operator(&op, shop.arena, "d", &wrong.deal, here, shop.diag));
    EXPECT_EQ(shop.errors(),
              "7: process \"d\": shares of 5 beats, must divide the 12 of a frame and give each of "
              "2 copies at least one\n"
              "7: process \"d\": shares of 12 beats, must divide the 12 of a frame and give each "
              "of 2 copies at least one\n"
              "7: process \"d\": 1 copies, 2 to 8 allowed\n"
              "7: process \"d\": stream of copy 1 has 8 beats of 16 bits, must be 6 of 16\n");
}

} // namespace
