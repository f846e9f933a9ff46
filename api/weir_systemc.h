/* A compiled design as a SystemC module between a source and a sink of the platform's own.
 *
 * Ports carry beats through sc_fifo channels: at every edge of the clock of the design's source the
 * module takes a beat from `in` if the design can accept one, at every edge of the clock of its sink
 * it puts one to `out` if there is room. Beats are in stream order: rows, columns, channels
 * (channels fastest), `in_lanes()` and `out_lanes()` values each; `split` and `join` turn whole
 * frames of the network's file into beats and back.
 * The clocks are the design's own: edge n of a domain is at phase + n * period of SystemC's time.
 * Reset lies before time 0. Needs a resolution of 1 ps, SystemC's default. One process a port.
 * The constructor builds the models; it throws std::runtime_error with the reasons if it cannot.
 */
#ifndef WEIR_SYSTEMC_H
#define WEIR_SYSTEMC_H

#include "api/weir_embedding.h"
#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string>
#include <systemc>
#include <vector>

namespace weir {

struct beat {
    std::vector<float> values;
};

inline std::ostream &operator<<(std::ostream &out, const beat &beat) {
    for (float value : beat.values)
        out << value << ' ';
    return out;
}

class design_module : public sc_core::sc_module {
  public:
    sc_core::sc_port<sc_core::sc_fifo_in_if<beat>> in;
    sc_core::sc_port<sc_core::sc_fifo_out_if<beat>> out;

    /* `path` as for weir_simulation_open; `folder` is where the design is compiled to. */
    design_module(sc_core::sc_module_name name, const std::string &path, const std::string &folder,
                  uint64_t frames = 4096)
        : sc_core::sc_module(name), in("in"), out("out") {
        log = weir_messages_new();
        simulation = weir_simulation_open(path.c_str(), log);
        if (simulation != nullptr &&
            weir_simulation_compile(simulation, folder.c_str(), log) == WEIR_OK) {
            const weir_platform platform = {this, offer, ready, took};
            embedding = weir_embedding_new(simulation, &platform, frames, log);
        }
        if (embedding != nullptr) return;
        std::string reasons;
        for (size_t i = 0; i < weir_messages_count(log); i++)
            reasons += std::string(i > 0 ? "; " : "") + weir_messages_at(log, i).text;
        release();
        throw std::runtime_error(reasons);
    }
    ~design_module() override { release(); }
    design_module(const design_module &) = delete;
    design_module &operator=(const design_module &) = delete;

    size_t in_lanes() const { return weir_embedding_lanes(embedding, false); }
    size_t out_lanes() const { return weir_embedding_lanes(embedding, true); }
    size_t inputs() const { return weir_simulation_inputs(simulation); }
    size_t outputs() const { return weir_simulation_outputs(simulation); }

    std::vector<beat> split(const std::vector<float> &frame) const {
        std::vector<float> stream(inputs());
        weir_embedding_to_stream(embedding, frame.data(), stream.data());
        std::vector<beat> beats;
        for (auto at = stream.begin(); at != stream.end(); at += (std::ptrdiff_t)in_lanes())
            beats.push_back({std::vector<float>(at, at + (std::ptrdiff_t)in_lanes())});
        return beats;
    }
    std::vector<float> join(const std::vector<beat> &beats) const {
        std::vector<float> stream, frame(outputs());
        for (const beat &beat : beats)
            stream.insert(stream.end(), beat.values.begin(), beat.values.end());
        stream.resize(frame.size());
        weir_embedding_to_file(embedding, stream.data(), frame.data());
        return frame;
    }
    /* The caller frees it with weir_outcome_free. */
    weir_outcome *finish() { return weir_embedding_finish(embedding); }

  private:
    weir_messages *log = nullptr;
    weir_simulation *simulation = nullptr;
    weir_embedding *embedding = nullptr;

    static bool offer(void *context, float *values) {
        auto *self = static_cast<design_module *>(context);
        beat next;
        if (!self->in->nb_read(next)) return false;
        next.values.resize(self->in_lanes());
        std::copy(next.values.begin(), next.values.end(), values);
        return true;
    }
    static bool ready(void *context) {
        return static_cast<design_module *>(context)->out->num_free() > 0;
    }
    static void took(void *context, const float *values) {
        auto *self = static_cast<design_module *>(context);
        self->out->nb_write({std::vector<float>(values, values + self->out_lanes())});
    }
    void release() {
        weir_embedding_free(embedding);
        weir_simulation_close(simulation);
        weir_messages_free(log);
    }
};

} // namespace weir

#endif
