// Integer programs against all choices there are, and on a design of the repository.
extern "C" {
#include "study/choice.h"
#include "study/explore.h"
}
#include "study/designs.hpp"
#include <cmath>
#include <functional>
#include <random>

namespace {

constexpr uint32_t NODES = 20000;

/* ---- choices ---- */

struct Choice {
    std::vector<uint32_t> first{0}, forbidden;
    std::vector<weir_option> options;
    weir_choice choice{};

    void add_group(const std::vector<weir_option> &group) {
        options.insert(options.end(), group.begin(), group.end());
        first.push_back(static_cast<uint32_t>(options.size()));
    }
    const weir_choice *get() {
        choice.n_groups = static_cast<uint32_t>(first.size() - 1);
        choice.first = first.data();
        choice.options = options.data();
        choice.n_forbidden = static_cast<uint32_t>(forbidden.size()) / choice.n_groups;
        choice.forbidden = forbidden.data();
        return &choice;
    }
    void limit(std::initializer_list<std::pair<weir_resource, uint64_t>> budgets) {
        for (uint64_t &budget : choice.budget)
            budget = WEIR_NO_LIMIT;
        for (auto [resource, budget] : budgets)
            choice.budget[resource] = budget;
    }
};

weir_option option(uint64_t time_ps, uint64_t dsp, uint64_t bram18 = 0, uint64_t lut = 0) {
    weir_option made{};
    made.time_ps = time_ps;
    made.cost[WEIR_DSP] = dsp;
    made.cost[WEIR_BRAM18] = bram18;
    made.cost[WEIR_LUT] = lut;
    return made;
}

// Faster options take more DSP, mostly, and more or less of the rest.
Choice random_choice(std::mt19937 &random, uint32_t most_groups, uint32_t most_options) {
    Choice made;
    auto draw = [&](uint32_t low, uint32_t high) {
        return std::uniform_int_distribution<uint32_t>(low, high)(random);
    };
    uint32_t groups = draw(1, most_groups);
    for (uint32_t g = 0; g < groups; g++) {
        std::vector<weir_option> group;
        uint32_t n = draw(1, most_options);
        for (uint32_t o = 0; o < n; o++) {
            uint32_t time = draw(1, 12);
            group.push_back(option(time, 24 / time + draw(0, 3), draw(0, 6), draw(0, 40)));
        }
        made.add_group(group);
    }
    made.limit({{WEIR_DSP, draw(2, 9) * groups},
                {WEIR_BRAM18, draw(1, 6) * groups},
                {WEIR_LUT, draw(5, 40) * groups}});
    return made;
}

struct Best {
    uint64_t time = UINT64_MAX;
    double share = 0;
};

Best try_all(const weir_choice *choice) {
    Best best;
    std::vector<uint32_t> picks(choice->n_groups);
    std::function<void(uint32_t)> from = [&](uint32_t g) {
        if (g < choice->n_groups) {
            for (picks[g] = choice->first[g]; picks[g] < choice->first[g + 1]; picks[g]++)
                from(g + 1);
            return;
        }
        for (uint32_t f = 0; f < choice->n_forbidden; f++)
            if (std::equal(picks.begin(), picks.end(), choice->forbidden + f * choice->n_groups))
                return;
        uint64_t cost[WEIR_RESOURCES];
        weir_choice_cost(choice, picks.data(), cost);
        if (!weir_choice_fits(choice, cost)) return;
        uint64_t time = weir_choice_time(choice, picks.data());
        double share = weir_choice_share(choice, cost);
        if (time < best.time || (time == best.time && share < best.share)) best = {time, share};
    };
    from(0);
    return best;
}

TEST(Choice, EqualsTheBestOfAll) {
    for (uint32_t seed = 1; seed <= 300; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Choice made = random_choice(random, 5, 4);
        const weir_choice *choice = made.get();
        // Some choices may not be made: the best one, three times over.
        for (int round = 0; round < 3; round++) {
            Best best = try_all(choice);
            std::vector<uint32_t> picks(choice->n_groups);
            weir_chosen chosen = weir_choice_fastest(choice, NODES, nullptr, picks.data());
            ASSERT_EQ(chosen.found, best.time != UINT64_MAX);
            ASSERT_EQ(chosen.bound_ps, best.time);
            if (!chosen.found) break;
            EXPECT_TRUE(chosen.fastest);
            EXPECT_TRUE(chosen.cheapest);
            ASSERT_EQ(chosen.time_ps, best.time);
            ASSERT_NEAR(weir_choice_share(choice, chosen.cost), best.share, 1e-6);
            made.forbidden.insert(made.forbidden.end(), picks.begin(), picks.end());
            choice = made.get();
        }
    }
}

TEST(Choice, IsNeverSlowerThanGreedyAndNeverBelowItsBound) {
    uint32_t faster = 0;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Choice made = random_choice(random, 24, 8);
        const weir_choice *choice = made.get();
        std::vector<uint32_t> greedy(choice->n_groups), picks(choice->n_groups);
        bool balanced = weir_choice_balanced(choice, greedy.data());
        // So few nodes may prove nothing, and what is said must hold all the same.
        for (uint32_t nodes : {1u, NODES}) {
            weir_chosen chosen = weir_choice_fastest(choice, nodes, nullptr, picks.data());
            ASSERT_TRUE(chosen.found || !balanced);
            if (!chosen.found) continue;
            ASSERT_TRUE(weir_choice_fits(choice, chosen.cost));
            EXPECT_EQ(weir_choice_time(choice, picks.data()), chosen.time_ps);
            EXPECT_LE(chosen.bound_ps, chosen.time_ps);
            if (!balanced) continue;
            EXPECT_LE(chosen.time_ps, weir_choice_time(choice, greedy.data()));
            faster += chosen.time_ps < weir_choice_time(choice, greedy.data());
        }
    }
    EXPECT_GT(faster, 0u);
}

TEST(Choice, TakesTheLastOfABudgetAndNoMore) {
    Choice made;
    made.add_group({option(8, 1), option(4, 2), option(2, 4)});
    made.add_group({option(8, 1), option(4, 2), option(2, 4)});
    std::vector<uint32_t> picks(2);
    made.limit({{WEIR_DSP, 8}});
    EXPECT_EQ(weir_choice_fastest(made.get(), NODES, nullptr, picks.data()).time_ps, 2u);
    made.limit({{WEIR_DSP, 7}});
    EXPECT_EQ(weir_choice_fastest(made.get(), NODES, nullptr, picks.data()).time_ps, 4u);
    made.limit({{WEIR_DSP, 1}});
    EXPECT_FALSE(weir_choice_fastest(made.get(), NODES, nullptr, picks.data()).found);
    made.limit({{WEIR_DSP, 0}});
    EXPECT_EQ(weir_choice_fastest(made.get(), NODES, nullptr, picks.data()).bound_ps, UINT64_MAX);
}

TEST(Choice, PassesWhereGreedyStops) {
    // The slowest group's next option is all that greedy sees; a faster one takes less.
    Choice made;
    made.add_group({option(9, 1, 4), option(6, 3, 9), option(3, 4, 1)});
    made.add_group({option(3, 1, 1)});
    made.limit({{WEIR_DSP, 5}, {WEIR_BRAM18, 5}});
    std::vector<uint32_t> greedy(2), picks(2);
    ASSERT_TRUE(weir_choice_balanced(made.get(), greedy.data()));
    EXPECT_EQ(weir_choice_time(made.get(), greedy.data()), 9u);
    EXPECT_EQ(weir_choice_fastest(made.get(), NODES, nullptr, picks.data()).time_ps, 3u);
}

/* ---- clocks ---- */

struct Clocks {
    std::vector<double> mw, plain, crossing;
    std::vector<weir_clock_edge> edges;
    weir_clock_choice choice{};
};

Clocks random_clocks(std::mt19937 &random) {
    Clocks made;
    auto draw = [&](uint32_t low, uint32_t high) {
        return std::uniform_int_distribution<uint32_t>(low, high)(random);
    };
    weir_clock_choice &choice = made.choice;
    choice.n_nodes = draw(1, 6);
    choice.n_clocks = draw(1, 3);
    choice.domains = draw(1, 3);
    for (uint32_t i = 0; i < choice.n_nodes * choice.n_clocks; i++)
        made.mw.push_back(draw(0, 3) == 0 ? INFINITY : draw(1, 30));
    choice.n_edges = choice.n_nodes > 1 ? draw(0, 7) : 0;
    for (uint32_t i = 0; i < choice.n_edges * choice.n_clocks; i++) {
        made.plain.push_back(draw(0, 9)); // a crossing may take less: memory that is not block RAM
        made.crossing.push_back(draw(0, 20));
    }
    for (uint32_t e = 0; e < choice.n_edges; e++) {
        uint32_t from = draw(0, choice.n_nodes - 2), to = draw(from + 1, choice.n_nodes - 1);
        made.edges.push_back({from, to, made.plain.data() + e * choice.n_clocks,
                              made.crossing.data() + e * choice.n_clocks});
    }
    choice.mw = made.mw.data();
    choice.edges = made.edges.data();
    return made;
}

double least_of_all(const weir_clock_choice &choice) {
    double least = INFINITY;
    std::vector<uint32_t> picks(choice.n_nodes);
    std::function<void(uint32_t)> from = [&](uint32_t n) {
        if (n < choice.n_nodes) {
            for (picks[n] = 0; picks[n] < choice.n_clocks; picks[n]++)
                from(n + 1);
            return;
        }
        uint32_t used = 0;
        for (uint32_t pick : picks)
            used |= 1u << pick;
        if (static_cast<uint32_t>(__builtin_popcount(used)) > choice.domains) return;
        least = std::min(least, weir_clock_choice_power(&choice, picks.data()));
    };
    from(0);
    return least;
}

TEST(ClockChoice, EqualsTheLeastOfAll) {
    for (uint32_t seed = 1; seed <= 300; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Clocks made = random_clocks(random);
        double least = least_of_all(made.choice);
        std::vector<uint32_t> picks(made.choice.n_nodes);
        weir_clock_chosen chosen =
            weir_clock_choice_least(&made.choice, NODES, nullptr, picks.data());
        EXPECT_TRUE(chosen.optimal);
        ASSERT_EQ(chosen.found, !std::isinf(least));
        if (!chosen.found) continue;
        ASSERT_NEAR(chosen.mw, least, 1e-6);
        EXPECT_LE(chosen.bound_mw, chosen.mw);
    }
}

/* ---- a design ---- */

class Digits : public testing::Test {
  protected:
    weir_diag *diag = weir_diag_new();
    weir_design_options opening{};
    weir_design *base = nullptr;
    weir_evaluation evaluation{};

    void SetUp() override {
        opening.device = "xczu3eg";
        base = weir_design_load(WEIR_SOURCE_DIR "/configs/designs/digits.cfg", &opening, diag);
        ASSERT_NE(base, nullptr) << designs::messages(diag);
        evaluation.base = base;
        evaluation.frames = 16;
        evaluation.source = WEIR_COST_ESTIMATE;
        evaluation.threads = 1;
    }
    ~Digits() override {
        weir_design_free(base);
        weir_diag_free(diag);
    }

    weir_fold_program *fold(double share, double logic) {
        weir_fold_request request{};
        request.evaluation = &evaluation;
        request.share = share;
        request.logic = logic;
        request.nodes = NODES;
        return weir_fold_program_solve(&request, diag);
    }
    weir_finding evaluate(uint32_t n_changes, const weir_change *changes) {
        weir_point point{"", n_changes, changes};
        weir_finding finding{};
        EXPECT_TRUE(weir_evaluate(&evaluation, &point, 1, &finding, diag));
        EXPECT_TRUE(finding.applied) << (finding.why != nullptr ? finding.why : "");
        return finding;
    }
    void expect_true_to(const weir_fold_program &program, const weir_fold_answer &answer) {
        ASSERT_TRUE(answer.found);
        const std::pair<weir_resource, weir_figure> limited[] = {{WEIR_DSP, WEIR_FIGURE_DSP},
                                                                 {WEIR_BRAM18, WEIR_FIGURE_BRAM18},
                                                                 {WEIR_LUT, WEIR_FIGURE_LUT},
                                                                 {WEIR_FF, WEIR_FIGURE_FF}};
        weir_finding finding = evaluate(answer.n_changes, answer.changes);
        for (auto [resource, figure] : limited) {
            EXPECT_LE(answer.cost[resource], program.budget[resource]);
            EXPECT_EQ(finding.value[figure], static_cast<double>(answer.cost[resource]));
        }
        EXPECT_GE(finding.value[WEIR_FIGURE_INTERVAL], static_cast<double>(answer.interval_ps));
        EXPECT_GE(answer.interval_ps, program.chosen.bound_ps);
        weir_finding_clear(&finding);
    }
};

TEST_F(Digits, FoldsWithinTheBudgetAndAsCompiled) {
    uint64_t slowest = 0;
    for (double share : {1.0, 0.5, 0.3, 0.2, 0.15}) {
        SCOPED_TRACE("share " + std::to_string(share));
        weir_fold_program *program = fold(share, share);
        ASSERT_NE(program, nullptr) << designs::messages(diag);
        expect_true_to(*program, program->program);
        if (program->greedy.found) {
            expect_true_to(*program, program->greedy);
            EXPECT_LE(program->program.interval_ps, program->greedy.interval_ps);
        }
        EXPECT_TRUE(program->chosen.fastest);
        EXPECT_GE(program->program.interval_ps, slowest); // less budget is never faster
        slowest = program->program.interval_ps;
        weir_fold_program_free(program);
    }
}

TEST_F(Digits, SaysThatNothingFits) {
    weir_fold_program *program = fold(1, 0.001);
    ASSERT_NE(program, nullptr) << designs::messages(diag);
    EXPECT_FALSE(program->program.found);
    EXPECT_FALSE(program->greedy.found);
    EXPECT_EQ(program->chosen.bound_ps, UINT64_MAX);
    weir_fold_program_free(program);
}

TEST_F(Digits, WritesTheFoldingAsADesign) {
    weir_fold_program *program = fold(0.3, 0.3);
    ASSERT_NE(program, nullptr);
    std::string path = testing::TempDir() + "weir-folded-" + std::to_string(getpid()) + ".cfg";
    std::ofstream(path) << designs::network("digits") << "defaults = { fifo_depth = 4; };\n"
                        << program->program.design;
    designs::Owned<weir_design> design(weir_design_load(path.c_str(), nullptr, diag));
    ASSERT_NE(design, nullptr) << designs::messages(diag);
    for (uint32_t l = 0; l < weir_network_layers(design->network); l++) {
        const weir_layer *layer = weir_network_layer(design->network, l);
        if (layer->kind != WEIR_LAYER_CONV && layer->kind != WEIR_LAYER_DENSE) continue;
        EXPECT_GT(design->settings[l].target_interval_cycles, 0u) << layer->name;
    }
    std::filesystem::remove(path);
    weir_fold_program_free(program);
}

TEST_F(Digits, AssignsTheClocksOfLeastPower) {
    const double mhz[] = {25, 50, 100, 200, 250};
    weir_clock_request request{};
    request.evaluation = &evaluation;
    request.interval_ps = 8000000;
    request.n_mhz = 5;
    request.mhz = mhz;
    request.nodes = NODES;
    double before = INFINITY;
    weir_finding as_is = evaluate(0, nullptr);
    for (uint32_t domains : {3u, 4u}) {
        SCOPED_TRACE("domains " + std::to_string(domains));
        request.domains = domains;
        weir_clock_program *program = weir_clock_program_solve(&request, diag);
        ASSERT_NE(program, nullptr) << designs::messages(diag);
        EXPECT_TRUE(program->chosen.optimal);
        EXPECT_LE(program->chosen.bound_mw, program->chosen.mw);
        EXPECT_LE(program->n_domains, domains);
        EXPECT_LE(program->predicted_ps, request.interval_ps);
        EXPECT_LE(program->interval_ps, request.interval_ps);
        EXPECT_LE(program->chosen.mw, before); // one more domain is never worse
        before = program->chosen.mw;
        weir_finding finding = evaluate(program->n_changes, program->changes);
        EXPECT_EQ(std::llround(finding.value[WEIR_FIGURE_INTERVAL]),
                  static_cast<long long>(program->interval_ps));
        EXPECT_LT(finding.value[WEIR_FIGURE_DYNAMIC], as_is.value[WEIR_FIGURE_DYNAMIC]);
        weir_finding_clear(&finding);
        weir_clock_program_free(program);
    }
    weir_finding_clear(&as_is);
}

// Nothing waits at this interval, so the power that is predicted is the power that is found.
TEST_F(Digits, PredictsThePowerThatTheStudyFinds) {
    const weir_change paced[] = {{"arrival 8000000", WEIR_NOWHERE}};
    const double mhz[] = {50, 100, 250};
    weir_clock_request request{};
    request.evaluation = &evaluation;
    request.n_base = 1;
    request.base = paced;
    request.interval_ps = 8000000;
    request.n_mhz = 3;
    request.mhz = mhz;
    request.domains = 4;
    request.nodes = NODES;
    weir_clock_program *program = weir_clock_program_solve(&request, diag);
    ASSERT_NE(program, nullptr) << designs::messages(diag);
    std::vector<weir_change> changes(paced, paced + 1);
    changes.insert(changes.end(), program->changes, program->changes + program->n_changes);
    weir_finding finding = evaluate(static_cast<uint32_t>(changes.size()), changes.data());
    EXPECT_EQ(finding.value[WEIR_FIGURE_INTERVAL], 8000000);
    EXPECT_NEAR(finding.value[WEIR_FIGURE_DYNAMIC], program->mw, 1e-6 * program->mw);
    weir_finding_clear(&finding);
    weir_clock_program_free(program);
}

TEST_F(Digits, SaysWhichLayerNoClockIsFastEnoughFor) {
    const double mhz[] = {10};
    weir_clock_request request{};
    request.evaluation = &evaluation;
    request.interval_ps = 8000000;
    request.n_mhz = 1;
    request.mhz = mhz;
    request.domains = 3;
    request.nodes = NODES;
    EXPECT_EQ(weir_clock_program_solve(&request, diag), nullptr);
    EXPECT_NE(designs::messages(diag).find("program: layer \"conv2\" has "), std::string::npos)
        << designs::messages(diag);
    EXPECT_NE(designs::messages(diag).find("least: "), std::string::npos);
}

/* ---- study files ---- */

class File : public testing::Test {
  protected:
    weir_diag *diag = weir_diag_new();
    std::string path = testing::TempDir() + "weir-program-" + std::to_string(getpid()) + ".cfg";

    weir_study_file *load(const std::string &program) {
        std::ofstream(path) << "design = \"" WEIR_SOURCE_DIR "/configs/designs/digits.cfg\";\n"
                               "device = \"xczu3eg\";\nprogram = { "
                            << program << " };\n";
        return weir_study_file_load(path.c_str(), nullptr, 0, diag);
    }
    ~File() override {
        std::filesystem::remove(path);
        weir_diag_free(diag);
    }
};

TEST_F(File, RefusesWhatNoProgramCanDo) {
    const std::pair<const char *, const char *> bad[] = {
        {"kind = \"folding\"; share = 0.0;", "program: share 0, must be above 0 and at most 1"},
        {"kind = \"folding\"; logic = 1.01;", "program: logic 1.01, must be above 0 and at most 1"},
        {"kind = \"clocks\"; interval_ps = 1000;",
         "program: clocks need interval_ps and a list of mhz to choose from"},
        {"kind = \"clocks\"; interval_ps = 1000; mhz = [ 0 ];",
         "program: mhz must be numbers from 0.001 to 1000000"}};
    for (auto [program, message] : bad) {
        EXPECT_EQ(load(program), nullptr);
        EXPECT_NE(designs::messages(diag).find(message), std::string::npos)
            << designs::messages(diag);
    }
}

TEST_F(File, AddsPointsAndStatesTheBound) {
    weir_study_file *file = load("kind = \"folding\"; share = 0.3; logic = 0.3;");
    ASSERT_NE(file, nullptr) << designs::messages(diag);
    weir_design_options opening{};
    opening.device = file->device;
    designs::Owned<weir_design> base(weir_design_load(file->design, &opening, diag));
    weir_explore_options options{};
    weir_exploration *found = nullptr;
    ASSERT_EQ(weir_explore(file, base.get(), &options, &found, diag), WEIR_OK)
        << designs::messages(diag);
    ASSERT_EQ(found->n_found, 3u);
    EXPECT_STREQ(found->found[1].point.name, "folding (program)");
    EXPECT_STREQ(found->found[2].point.name, "folding (greedy)");
    for (int i = 1; i < 3; i++)
        EXPECT_TRUE(found->found[i].finding.feasible);
    weir_text *text = weir_text_new(), *json = weir_text_new();
    weir_exploration_text(found, text);
    weir_exploration_json(found, json);
    EXPECT_NE(std::string(weir_text_string(text)).find("bound: no choice of the options is faster"),
              std::string::npos)
        << weir_text_string(text);
    EXPECT_NE(std::string(weir_text_string(json)).find("\"bound_ps\": "), std::string::npos);
    weir_text_free(text);
    weir_text_free(json);
    weir_exploration_free(found);
    weir_study_file_free(file);
}

} // namespace
