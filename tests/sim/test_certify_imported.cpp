// Certification of imported processes: the classes that are found are exact, and none that is wrong by
// one cycle, one beat of a slice or one wait passes for exact.
extern "C" {
#include "hls/compile.h"
#include "models/cut.h"
#include "sim/certify.h"
#include "traces/schedule.h"
}
#include "api/weir_import.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

std::string messages(const weir_diag *diag) {
    std::string text;
    for (size_t i = 0; i < weir_diag_count(diag); i++)
        text += std::string(weir_diag_at(diag, i)->text) + "\n";
    return text;
}

struct Gone {
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_certification *p) const { weir_certification_free(p); }
    void operator()(weir_schedule *p) const { weir_schedule_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_text *p) const { weir_text_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Gone>;

void random_beats(void *context, uint32_t channel, uint64_t frame, uint64_t first, uint64_t count,
                  uint8_t *out) {
    const weir_channel *c = weir_graph_channel(static_cast<const weir_graph *>(context), channel);
    std::mt19937_64 random(channel * 1000003 + frame * 1009 + first);
    for (uint64_t i = 0; i < count * c->beat_bytes; i++)
        out[i] = uint8_t(random());
    if (c->beat_bits % 8 != 0) /* bits above the beat's are 0 */
        for (uint64_t k = 1; k <= count; k++)
            out[k * c->beat_bytes - 1] &= uint8_t((1u << c->beat_bits % 8) - 1);
}

class Imported {
  public:
    Imported(const std::string &solution, bool pulsed) : diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_imported_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        std::string from = WEIR_SOURCE_DIR "/tests/hls/vitis/" + solution, to = folder_ + "/design";
        weir_messages *log = weir_messages_new();
        weir_import options = {};
        EXPECT_EQ(weir_import_vitis(from.c_str(), to.c_str(), &options, log), WEIR_OK);
        weir_messages_free(log);
        design_.reset(weir_design_load((to + "/design.cfg").c_str(), nullptr, diag_.get()));
        if (design_) design_->pulsed = pulsed;
        if (design_)
            compiled_.reset(
                weir_compile(design_.get(), (folder_ + "/compiled").c_str(), diag_.get()));
        EXPECT_TRUE(compiled_) << messages(diag_.get());
        if (!compiled_) abort();
    }
    ~Imported() { std::filesystem::remove_all(folder_); }

    weir_graph *graph() const { return compiled_->graph; }
    uint32_t process(const std::string &name) const {
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++)
            if (name == weir_graph_process(graph(), p)->name) return p;
        ADD_FAILURE() << name;
        return 0;
    }

    Owned<weir_certification> certify(const weir_graph *graph, uint32_t alone, uint32_t whole) {
        weir_expect expect = {const_cast<weir_graph *>(graph), random_beats};
        weir_certify_options options{};
        options.seed = 1;
        options.cases_alone = alone;
        options.cases_whole = whole;
        options.frames = 4;
        options.expect = &expect;
        weir_certification *result = nullptr;
        weir_certify(graph, &options, &result, diag_.get());
        EXPECT_NE(result, nullptr) << messages(diag_.get());
        return Owned<weir_certification>(result);
    }

    // The graph with one process alone known, by another schedule.
    Owned<weir_graph> with(uint32_t at, const weir_schedule *schedule) const {
        Owned<weir_graph> copy(weir_graph_new(weir_graph_name(graph())));
        for (uint32_t d = 0; d < weir_graph_domains(graph()); d++)
            weir_graph_add_domain(copy.get(), weir_graph_domain(graph(), d));
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++) {
            weir_process process = *weir_graph_process(graph(), p);
            if (p == at) process.schedule = schedule;
            weir_graph_add_process(copy.get(), &process);
        }
        for (uint32_t c = 0; c < weir_graph_channels(graph()); c++)
            weir_graph_add_channel(copy.get(), weir_graph_channel(graph(), c));
        EXPECT_TRUE(weir_graph_seal(copy.get(), diag_.get())) << messages(diag_.get());
        return copy;
    }

    // Of the process with this schedule, alone.
    weir_verdict verdict(uint32_t at, const weir_schedule *schedule) {
        weir_cut cut;
        Owned<weir_graph> changed = with(at, schedule);
        EXPECT_TRUE(weir_cut_process(changed.get(), at, &cut, diag_.get()));
        auto result = certify(cut.graph, 100, 0);
        weir_verdict verdict = result->processes[0].verdict;
        weir_cut_free(&cut);
        return verdict;
    }

  private:
    Owned<weir_diag> diag_;
    std::string folder_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
};

// A lockstep schedule to be taken apart and put together again, initiation by initiation.
struct Program {
    std::vector<std::vector<weir_operation>> preamble, frame;
    std::vector<uint32_t> read_slices, write_slices;
    uint64_t start = 0;

    explicit Program(const weir_schedule *from) : start(from->start) {
        uint64_t before = weir_schedule_before(from), count;
        uint64_t all = before + weir_schedule_initiations(from);
        weir_schedule_walk *walk = weir_schedule_walk_new(from);
        for (uint64_t done = 0; done < all; done += count) {
            const weir_operation_set *set = &from->sets[weir_schedule_walk_next(walk, &count)];
            const weir_operation *first = from->operations + set->first;
            for (uint64_t n = 0; n < count && done + n < all; n++)
                (done + n < before ? preamble : frame)
                    .push_back(std::vector<weir_operation>(first, first + set->count));
        }
        weir_schedule_walk_free(walk);
        read_slices.assign(from->read_stage, from->read_stage + from->n_inputs);
        write_slices.assign(from->write_stage, from->write_stage + from->n_outputs);
    }
    Owned<weir_schedule> schedule() const {
        uint32_t inputs = uint32_t(read_slices.size()), outputs = uint32_t(write_slices.size());
        weir_schedule_builder *builder = weir_schedule_builder_new("p", inputs, outputs);
        auto add = [&](const std::vector<weir_operation> &o) {
            weir_schedule_add(builder, weir_schedule_set(builder, o.data(), uint32_t(o.size())), 1);
        };
        for (auto &operations : preamble)
            add(operations);
        weir_schedule_end_preamble(builder);
        for (auto &operations : frame)
            add(operations);
        Owned<weir_schedule> made(weir_schedule_build(builder));
        made->start = start;
        std::copy(read_slices.begin(), read_slices.end(), made->read_stage);
        std::copy(write_slices.begin(), write_slices.end(), made->write_stage);
        return made;
    }
};

struct Wrong {
    std::string what;
    Program program;
};

const char *const kind_names[] = {"read", "write", "acquire", "reserve", "post", "lead"};

std::string name_of(const weir_operation &o) {
    return std::string(kind_names[o.kind]) + " " + std::to_string(o.port);
}

// The initiations at both ends of a frame: those between are alike.
std::vector<size_t> places(const Program &right) {
    std::vector<size_t> all;
    for (size_t i = 0; i < right.frame.size(); i++)
        if (i < 2 || i + 2 >= right.frame.size()) all.push_back(i);
    return all;
}

// Operations of another kind, all of an initiation's at once: one LEAD makes them all lead. Without an
// operation of the other half a half of its own is the whole.
void change_kinds(const Program &right, size_t i, std::vector<Wrong> &all) {
    for (uint16_t from = WEIR_READ; from <= WEIR_LEAD; from++)
        for (uint16_t to = WEIR_READ; to <= WEIR_LEAD; to++) {
            bool input = from == WEIR_READ || from == WEIR_ACQUIRE;
            bool same_side = input == (to == WEIR_READ || to == WEIR_ACQUIRE);
            bool apart = to == WEIR_POST || to == WEIR_LEAD;
            if (from == to || !same_side || (apart && right.frame[i].size() == 1)) continue;
            Program other = right;
            uint32_t changed = 0;
            for (weir_operation &o : other.frame[i])
                if (o.kind == from) o.kind = to, changed++;
            if (changed > 0)
                all.push_back({std::string("each ") + kind_names[from] + " of initiation " +
                                   std::to_string(i) + " as " + kind_names[to],
                               other});
        }
}

// An operation gone, or an initiation later or earlier.
void move_operations(const Program &right, size_t i, std::vector<Wrong> &all) {
    for (size_t k = 0; k < right.frame[i].size(); k++) {
        weir_operation o = right.frame[i][k];
        std::string at = name_of(o) + " of initiation " + std::to_string(i);
        Program gone = right;
        gone.frame[i].erase(gone.frame[i].begin() + long(k));
        all.push_back({at + " gone", gone});
        for (int by : {-1, 1}) {
            if ((i == 0 && by < 0) || (i + 1 == right.frame.size() && by > 0)) continue;
            Program moved = gone;
            moved.frame[i + size_t(by)].push_back(o);
            all.push_back({at + (by > 0 ? " later" : " earlier"), moved});
        }
    }
}

std::vector<Wrong> wrong_ones(const Program &right) {
    std::vector<Wrong> all;
    for (size_t i : places(right)) {
        Program slower = right;
        slower.frame.insert(slower.frame.begin() + long(i), std::vector<weir_operation>());
        all.push_back({"a cycle more before initiation " + std::to_string(i), slower});
        change_kinds(right, i, all);
        move_operations(right, i, all);
    }
    for (bool input : {true, false}) {
        size_t ports = (input ? right.read_slices : right.write_slices).size();
        for (size_t p = 0; p < ports; p++)
            for (uint32_t beats = 0; beats <= WEIR_MOST_SLICE; beats++) {
                Program other = right;
                uint32_t &slice = (input ? other.read_slices : other.write_slices)[p];
                if (slice == beats) continue;
                slice = beats;
                all.push_back({(input ? "input " : "output ") + std::to_string(p) +
                                   " with a slice of " + std::to_string(beats),
                               other});
            }
    }
    return all;
}

struct Tried {
    const char *solution, *process;
    bool pulsed;
};

class ImportedProcess : public testing::TestWithParam<Tried> {};

TEST_P(ImportedProcess, NoClassThatIsWrongIsExact) {
    const Tried &tried = GetParam();
    Imported design(tried.solution, tried.pulsed);
    uint32_t at = design.process(tried.process);
    auto found = design.certify(design.graph(), 100, 0);
    ASSERT_TRUE(found);
    const weir_schedule *right = weir_graph_process(design.graph(), at)->schedule;
    if (right == nullptr) right = found->fitted[at];
    ASSERT_NE(right, nullptr) << "no class is found";
    uint32_t tried_in_all = 0;
    for (const Wrong &wrong : wrong_ones(Program(right))) {
        Owned<weir_schedule> schedule = wrong.program.schedule();
        EXPECT_EQ(design.verdict(at, schedule.get()), WEIR_DIFFERENT) << wrong.what;
        tried_in_all++;
    }
    EXPECT_GT(tried_in_all, 0u);
    std::cout << tried_in_all << " wrong schedules\n";
    Owned<weir_schedule> same = Program(right).schedule();
    EXPECT_EQ(design.verdict(at, same.get()), WEIR_EXACT) << "put together again, it is the same";
}

INSTANTIATE_TEST_SUITE_P(
    Solutions, ImportedProcess,
    testing::Values(Tried{"branches", "split", false}, Tried{"branches", "split", true},
                    Tried{"branches", "merge", false}, Tried{"sums", "scale", false},
                    Tried{"branches", "host", false}, Tried{"branches", "host", true}),
    [](auto &info) {
        return std::string(info.param.solution) + "_" + info.param.process +
               (info.param.pulsed ? "_pulsed" : "_held");
    });

} // namespace
