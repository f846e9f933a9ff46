#include "operator_harness.h"

#include "hls/op_common.h"
#include "sim/build.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <random>

namespace {

constexpr unsigned frames = 3;
constexpr uint64_t still_limit = 20000; /* cycles without a beat: the pair has deadlocked */

/* The elastic pipeline, register by register: register s holds the step that has executed stage s
 * and waits for stage s + 1. */
class Pipeline {
  public:
    explicit Pipeline(const weir_operator &op)
        : op_(op), held_(op.stages - 1), step_(op.stages - 1), fires_(op.stages) {}

    void evaluate(const std::vector<bool> &in_valid, const std::vector<bool> &out_ready) {
        size_t last = op_.stages - 1;
        unsigned writes = held_[last - 1] ? op_.kind->step(&op_, step_[last - 1]) >> 16 : 0;
        fires_[last] = held_[last - 1] && covers(out_ready, writes);
        /* A step that writes several ports writes them all at once, so that each waits for the
         * others, but never for its own ready. */
        for (uint32_t q = 0; q < op_.n_outputs; q++)
            out_valid[q] = (writes >> q & 1) && covers(out_ready, writes & ~(1u << q));
        for (size_t s = last - 1; s > 0; s--)
            fires_[s] = held_[s - 1] && (!held_[s] || fires_[s + 1]);
        bool free = !held_[0] || fires_[1];
        unsigned reads = op_.kind->step(&op_, next_) & 0xffff;
        fires_[0] = free && covers(in_valid, reads);
        /* A step that reads several ports reads them all at once; a port without a beat shows that
         * it is waited for, whatever the others have. */
        for (uint32_t p = 0; p < op_.n_inputs; p++)
            in_ready[p] =
                free && (reads >> p & 1) && (!in_valid[p] || covers(in_valid, reads & ~(1u << p)));
    }

    void commit() {
        for (size_t s = op_.stages - 1; s-- > 0;) {
            if (fires_[s]) {
                held_[s] = true;
                step_[s] = s == 0 ? next_ : step_[s - 1];
            } else if (fires_[s + 1]) {
                held_[s] = false;
            }
        }
        if (fires_[0]) next_ = (next_ + 1) % op_.steps;
    }

    bool in_ready[WEIR_MAX_PORTS] = {}, out_valid[WEIR_MAX_PORTS] = {};

  private:
    static bool covers(const std::vector<bool> &ports, unsigned needed) {
        for (size_t p = 0; p < ports.size(); p++)
            if ((needed >> p & 1) && !ports[p]) return false;
        return true;
    }

    const weir_operator &op_;
    std::vector<bool> held_;
    std::vector<uint64_t> step_;
    std::vector<bool> fires_;
    uint64_t next_ = 0;
};

struct Traffic {
    const char *name;
    double valid, ready; /* chance of a beat, of a free place, in a cycle */
    double change;       /* chance that these change places: bursts */
    bool cut;            /* stop in the middle: the next one starts from a reset in mid-frame */
};

const Traffic traffic[] = {
    {"free flow", 1, 1, 0, false},         {"cut", 0.9, 0.7, 0, true},
    {"gaps", 0.5, 0.5, 0, false},          {"slow input", 0.15, 1, 0, false},
    {"slow output", 1, 0.15, 0, false},    {"bursts", 0.95, 0.05, 0.03, false},
    {"nearly free", 0.95, 0.95, 0, false},
};

struct Beats { /* of all frames of one port */
    std::vector<uint8_t> bytes;
    uint32_t size = 0;
    uint64_t count = 0;
    const uint8_t *at(uint64_t index) const { return bytes.data() + index * size; }
};

Beats pack(const weir_stream &stream, const std::vector<int32_t> &elements) {
    Beats beats;
    beats.size = weir_beat_bytes(weir_stream_beat_bits(&stream));
    beats.count = elements.size() / stream.lanes;
    beats.bytes.resize(beats.count * beats.size);
    weir_stream_pack(&stream, elements.data(), beats.count, beats.bytes.data());
    return beats;
}

/* Elements over the whole range, the ends and zero more often than chance would have it. */
int32_t random_element(weir_element element, std::mt19937_64 &random) {
    int64_t low = weir_op_low(element), high = weir_op_high(element);
    switch (random() % 16) {
    case 0:
        return (int32_t)low;
    case 1:
        return (int32_t)high;
    case 2:
        return 0;
    case 3: /* small: sums that do not overflow */
        return (int32_t)std::clamp<int64_t>((int64_t)(random() % 7) - 3, low, high);
    default:
        return (int32_t)(low + (int64_t)(random() % (uint64_t)(high - low + 1)));
    }
}

std::string hex(const uint8_t *bytes, uint32_t size) {
    std::string text;
    char digits[3];
    for (uint32_t b = size; b-- > 0;) {
        snprintf(digits, sizeof digits, "%02x", bytes[b]);
        text += digits;
    }
    return text;
}

int shell(const std::string &command, std::string *output) {
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    if (!pipe) return -1;
    char line[4096];
    while (fgets(line, sizeof line, pipe))
        *output += line;
    return pclose(pipe);
}

bool chance(double probability, std::mt19937_64 &random) {
    return std::uniform_real_distribution<double>(0, 1)(random) < probability;
}

/* The beats of all frames, and one run of the model over them. */
struct Bench {
    const weir_operator &op;
    weir_rtl_model *model;
    std::vector<Beats> in, out;
    std::vector<uint64_t> sent, received;

    Bench(const weir_operator &op, weir_rtl_model *model, const weir_image *words,
          std::mt19937_64 &random);
    void reset(std::mt19937_64 &random);
    void drive(uint32_t port, bool valid, std::mt19937_64 &random);
    bool run(const Traffic &mode, std::mt19937_64 &random, const std::string &where);

  private:
    bool finished() const;
    bool compare(const Pipeline &pipeline, uint64_t cycle, const std::string &where) const;
};

/* Words of a memory again and again, in the place of elements. */
Beats words_of(const weir_image &image, uint64_t count) {
    Beats beats;
    beats.size = weir_beat_bytes(image.word_bits);
    beats.count = count;
    for (uint64_t k = 0; k < count; k++) {
        const uint8_t *word = image.bytes + k % image.words * beats.size;
        beats.bytes.insert(beats.bytes.end(), word, word + beats.size);
    }
    return beats;
}

Bench::Bench(const weir_operator &op, weir_rtl_model *model, const weir_image *words,
             std::mt19937_64 &random)
    : op(op), model(model), sent(op.n_inputs), received(op.n_outputs) {
    if (op.n_inputs == 0) {
        out.push_back(words_of(op.images[0], frames * weir_stream_beats(&op.out[0])));
        return;
    }
    std::vector<std::vector<int32_t>> inputs(op.n_inputs), outputs(op.n_outputs);
    std::vector<const int32_t *> from(op.n_inputs);
    std::vector<int32_t *> to(op.n_outputs);
    for (uint32_t p = 0; p < op.n_inputs; p++) {
        inputs[p].resize(frames * weir_stream_elements(&op.in[p]));
        for (int32_t &element : inputs[p])
            element = random_element(op.in[p].element, random);
    }
    for (uint32_t q = 0; q < op.n_outputs; q++)
        outputs[q].resize(frames * weir_stream_elements(&op.out[q]));
    for (unsigned f = 0; f < frames; f++) {
        for (uint32_t p = 0; p < op.n_inputs; p++)
            from[p] = inputs[p].data() + f * weir_stream_elements(&op.in[p]);
        for (uint32_t q = 0; q < op.n_outputs; q++)
            to[q] = outputs[q].data() + f * weir_stream_elements(&op.out[q]);
        op.kind->infer(&op, from.data(), to.data());
    }
    for (uint32_t p = 0; p < op.n_inputs; p++)
        in.push_back(pack(op.in[p], inputs[p]));
    for (uint32_t q = 0; q < op.n_outputs; q++)
        out.push_back(pack(op.out[q], outputs[q]));
    if (words != nullptr) in[1] = words_of(*words, in[1].count);
}

/* Puts the next beat, or noise where none is valid, on an input. */
void Bench::drive(uint32_t port, bool valid, std::mt19937_64 &random) {
    weir_rtl_port &rtl = model->inputs[port];
    *rtl.valid = valid;
    uint32_t bits = weir_stream_beat_bits(&op.in[port]);
    for (uint32_t b = 0; b < in[port].size; b++) {
        uint32_t used = std::min(8u, bits > 8 * b ? bits - 8 * b : 0u);
        static_cast<uint8_t *>(rtl.data)[b] =
            valid ? in[port].at(sent[port])[b] : (uint8_t)(random() & ((1u << used) - 1));
    }
}

void Bench::reset(std::mt19937_64 &random) {
    std::fill(sent.begin(), sent.end(), 0);
    std::fill(received.begin(), received.end(), 0);
    *model->rst = 1;
    for (int cycle = 0; cycle < 4; cycle++) {
        for (uint32_t p = 0; p < op.n_inputs; p++)
            drive(p, random() & 1, random);
        for (uint32_t q = 0; q < op.n_outputs; q++)
            *model->outputs[q].ready = random() & 1;
        *model->clk = 0;
        model->eval(model->self);
        *model->clk = 1;
        model->eval(model->self);
    }
    *model->rst = 0;
}

bool Bench::finished() const {
    for (uint32_t p = 0; p < op.n_inputs; p++)
        if (sent[p] < in[p].count) return false;
    for (uint32_t q = 0; q < op.n_outputs; q++)
        if (received[q] < out[q].count) return false;
    return true;
}

bool Bench::compare(const Pipeline &pipeline, uint64_t cycle, const std::string &where) const {
    for (uint32_t p = 0; p < op.n_inputs; p++)
        if (*model->inputs[p].ready != pipeline.in_ready[p]) {
            ADD_FAILURE() << where << ", cycle " << cycle << ": in" << p << "_ready is "
                          << (int)*model->inputs[p].ready << ", the model says "
                          << pipeline.in_ready[p] << " (beat " << sent[p] << ")";
            return false;
        }
    for (uint32_t q = 0; q < op.n_outputs; q++) {
        if (*model->outputs[q].valid != pipeline.out_valid[q]) {
            ADD_FAILURE() << where << ", cycle " << cycle << ": out" << q << "_valid is "
                          << (int)*model->outputs[q].valid << ", the model says "
                          << pipeline.out_valid[q] << " (beat " << received[q] << ")";
            return false;
        }
        if (!pipeline.out_valid[q]) continue;
        const uint8_t *data = static_cast<const uint8_t *>(model->outputs[q].data);
        if (received[q] >= out[q].count || memcmp(data, out[q].at(received[q]), out[q].size) != 0) {
            ADD_FAILURE() << where << ", cycle " << cycle << ": out" << q << " beat " << received[q]
                          << " of " << out[q].count << " is " << hex(data, out[q].size)
                          << ", expected "
                          << (received[q] < out[q].count ? hex(out[q].at(received[q]), out[q].size)
                                                         : "none");
            return false;
        }
    }
    return true;
}

bool Bench::run(const Traffic &mode, std::mt19937_64 &random, const std::string &where) {
    reset(random);
    Pipeline pipeline(op);
    std::vector<bool> in_valid(op.n_inputs), out_ready(op.n_outputs);
    bool swapped = false;
    uint64_t still = 0, cuts_at = mode.cut ? op.steps / 2 + random() % (op.steps + 1) : UINT64_MAX;
    for (uint64_t cycle = 0; !finished() && cycle < cuts_at; cycle++) {
        if (mode.change > 0 && chance(mode.change, random)) swapped = !swapped;
        for (uint32_t p = 0; p < op.n_inputs; p++) {
            /* A beat that was offered stays. */
            if (!in_valid[p])
                in_valid[p] =
                    sent[p] < in[p].count && chance(swapped ? mode.ready : mode.valid, random);
            drive(p, in_valid[p], random);
        }
        for (uint32_t q = 0; q < op.n_outputs; q++) {
            /* Many outputs would hardly ever be ready at once by chance: there a free place stays
             * until it is filled, as in a FIFO. */
            if (op.n_outputs <= 2 || !out_ready[q])
                out_ready[q] = chance(swapped ? mode.valid : mode.ready, random);
            *model->outputs[q].ready = out_ready[q];
        }
        *model->clk = 0;
        model->eval(model->self);
        pipeline.evaluate(in_valid, out_ready);
        if (!compare(pipeline, cycle, where)) return false;
        bool moved = false;
        for (uint32_t p = 0; p < op.n_inputs; p++)
            if (in_valid[p] && pipeline.in_ready[p]) {
                sent[p]++;
                in_valid[p] = false;
                moved = true;
            }
        for (uint32_t q = 0; q < op.n_outputs; q++)
            if (out_ready[q] && pipeline.out_valid[q]) {
                received[q]++;
                out_ready[q] = false;
                moved = true;
            }
        pipeline.commit();
        *model->clk = 1;
        model->eval(model->self);
        still = moved ? 0 : still + 1;
        if (still > still_limit) {
            ADD_FAILURE() << where << ": no beat moves any more at cycle " << cycle;
            return false;
        }
    }
    return true;
}

} // namespace

struct Harness::Instance {
    std::string label, module, file, text;
    weir_operator op = {};
    const weir_image *words = nullptr;
    std::vector<std::string> source_names, image_names;
    std::vector<const char *> sources;
    std::vector<weir_rom> roms;
};

Harness::Harness() : arena_(weir_arena_new()), diag_(weir_diag_new()) {
    std::string pattern = std::filesystem::temp_directory_path() / "weir-operator-XXXXXX";
    folder_ = mkdtemp(pattern.data());
}

Harness::~Harness() {
    std::filesystem::remove_all(folder_);
    weir_diag_free(diag_);
    weir_arena_free(arena_);
}

std::string Harness::diagnostics() const {
    std::string all;
    for (size_t i = 0; i < weir_diag_count(diag_); i++)
        all += std::string(weir_diag_at(diag_, i)->text) + "\n";
    return all;
}

weir_operator *Harness::add(const std::string &label) {
    instances_.push_back(std::make_unique<Instance>());
    instances_.back()->label = label;
    return &instances_.back()->op;
}

void Harness::feed(const std::string &label, const weir_image *image) {
    for (const auto &instance : instances_)
        if (instance->label == label) instance->words = image;
}

std::string Harness::text(const std::string &label) const {
    for (const auto &instance : instances_)
        if (instance->label == label) {
            weir_text *sv = weir_text_new();
            instance->op.kind->emit(&instance->op, "same", sv);
            std::string text = weir_text_string(sv);
            weir_text_free(sv);
            return text;
        }
    return "";
}

void Harness::emit(Instance &instance) {
    const weir_operator &op = instance.op;
    weir_text *sv = weir_text_new();
    op.kind->emit(&op, instance.module.c_str(), sv);
    instance.text = weir_text_string(sv);
    weir_text_free(sv);
    instance.file = folder_ + "/" + instance.module + ".sv";
    std::ofstream(instance.file) << instance.text;

    for (const char *const *file = op.kind->library; *file; file++)
        instance.source_names.push_back(std::string(WEIR_RTL_FOLDER "/") + *file);
    instance.source_names.push_back(instance.file);
    for (const std::string &name : instance.source_names)
        instance.sources.push_back(name.c_str());

    for (uint32_t r = 0; r < op.n_images; r++) {
        const weir_image &image = op.images[r];
        std::string path = folder_ + "/" + instance.module + "_" + std::to_string(r) + ".hex";
        std::ofstream file(path);
        uint32_t size = weir_beat_bytes(image.word_bits);
        for (uint32_t w = 0; w < image.words; w++)
            file << hex(image.bytes + (size_t)w * size, size)
                        .substr(2 * size - (image.word_bits + 3) / 4)
                 << "\n";
        instance.image_names.push_back(path);
    }
    for (uint32_t r = 0; r < op.n_images; r++)
        instance.roms.push_back({op.images[r].path, instance.image_names[r].c_str(),
                                 op.images[r].word_bits, op.images[r].words});
}

void Harness::lint(const Instance &instance) const {
    std::string command = "verilator --lint-only -Wall --top-module " + instance.module, output;
    for (const std::string &source : instance.source_names)
        command += " " + source;
    EXPECT_EQ(shell(command, &output), 0) << instance.label << ": " << command << "\n" << output;
}

void Harness::yosys(const Instance &instance) const {
    std::string script = "read_verilog -sv", output;
    for (const std::string &source : instance.source_names)
        script += " " + source;
    script += "; hierarchy -check -top " + instance.module + "; proc; check -assert";
    EXPECT_EQ(shell("yosys -q -p '" + script + "'", &output), 0)
        << instance.label << ": " << script << "\n"
        << output;
}

/* The instance once more, as Yosys has understood it, with the contents of its memories: of those that
 * have many readers it has copies. */
void Harness::add_netlist(const Instance &instance) {
    std::string file = folder_ + "/" + instance.module + "_netlist.v", output, text = instance.text;
    for (size_t r = 0; r < instance.image_names.size(); r++) {
        std::string empty = "ROM_FILE" + std::to_string(r) + " = \"";
        size_t at = text.find(empty + "\"");
        ASSERT_NE(at, std::string::npos) << instance.label;
        text.insert(at + empty.size(), instance.image_names[r]);
    }
    std::string filled = folder_ + "/" + instance.module + "_filled.sv";
    std::ofstream(filled) << text;
    std::string script = "read_verilog -sv";
    for (const std::string &source : instance.source_names)
        script += " " + (source == instance.file ? filled : source);
    script += "; hierarchy -check -top " + instance.module +
              "; proc; opt; memory_collect; clean; write_verilog -noattr " + file;
    ASSERT_EQ(shell("yosys -q -p '" + script + "'", &output), 0) << output;
    auto netlist = std::make_unique<Instance>();
    netlist->label = instance.label + ", netlist";
    netlist->module = instance.module;
    netlist->op = instance.op;
    netlist->words = instance.words;
    netlist->source_names = {file};
    netlist->sources = {netlist->source_names[0].c_str()};
    instances_.push_back(std::move(netlist));
}

void Harness::run(uint64_t seed) {
    std::cout << "seed " << seed << "\n";
    std::string ignored;
    bool has_yosys = shell("command -v yosys", &ignored) == 0;
    if (!has_yosys) std::cout << "[  SKIPPED ] yosys is not installed: its checks are left out\n";

    for (size_t i = 0; i < instances_.size(); i++) {
        Instance &instance = *instances_[i];
        ASSERT_NE(instance.op.kind, nullptr) << instance.label << " was never constructed";
        instance.module = std::string("test_") + instance.op.kind->name + "_" + std::to_string(i);
        emit(instance);
        lint(instance);
        if (has_yosys) yosys(instance);
    }
    if (has_yosys && !instances_.empty()) add_netlist(*instances_[0]);

    std::vector<weir_build_request> requests(instances_.size());
    for (size_t i = 0; i < instances_.size(); i++) {
        Instance &instance = *instances_[i];
        const weir_operator &op = instance.op;
        weir_build_request &request = requests[i];
        request.module = instance.module.c_str();
        request.sources = instance.sources.data();
        request.n_sources = (uint32_t)instance.sources.size();
        request.n_inputs = op.n_inputs;
        request.n_outputs = op.n_outputs;
        for (uint32_t p = 0; p < op.n_inputs; p++)
            request.input_bits[p] = weir_stream_beat_bits(&op.in[p]);
        for (uint32_t q = 0; q < op.n_outputs; q++)
            request.output_bits[q] = weir_stream_beat_bits(&op.out[q]);
        request.roms = instance.roms.data();
        request.n_roms = (uint32_t)instance.roms.size();
    }
    ASSERT_TRUE(weir_build(requests.data(), (uint32_t)requests.size(), nullptr, diag_))
        << diagnostics();

    for (size_t i = 0; i < instances_.size(); i++) {
        Instance &instance = *instances_[i];
        std::mt19937_64 random(seed + i);
        weir_rtl_model *model = weir_model_open(requests[i].object, instance.roms.data(),
                                                (uint32_t)instance.roms.size(), diag_);
        ASSERT_NE(model, nullptr) << diagnostics();
        Bench bench(instance.op, model, instance.words, random);
        for (const Traffic &mode : traffic)
            if (!bench.run(mode, random, instance.label + ", " + mode.name)) break;
        weir_model_close(model);
    }
}
