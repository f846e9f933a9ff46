/* Proof of an operator's RTL against its C: the emitted module is Verilated and run with random
 * inputs and random gaps on both sides, several frames back to back, and
 *   - in every cycle each in_ready and out_valid must be what a register-level model of the elastic
 *     pipeline says, which knows only op->stages, op->steps and op->kind->step;
 *   - in every cycle with out_valid the data must be the next beat of op->kind->infer.
 * Each instance is also linted by Verilator (-Wall) and read and checked by Yosys where it is
 * installed; the netlist that Yosys makes of the first one is then put to the same proof, so that
 * what is synthesised means what is simulated. All are built by one call, in parallel.
 *
 *     Harness harness;
 *     ASSERT_TRUE(weir_width_operator(harness.add("down"), harness.arena(), "down", ...));
 *     harness.run(seed);
 */
#ifndef WEIR_TESTS_HLS_OPERATOR_HARNESS_H
#define WEIR_TESTS_HLS_OPERATOR_HARNESS_H

#include "hls/operators.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

class Harness {
  public:
    Harness();
    ~Harness();
    Harness(const Harness &) = delete;

    weir_arena *arena() const { return arena_; }
    weir_diag *diag() const { return diag_; }
    /* The diagnostics so far, for the message of a failed constructor. */
    std::string diagnostics() const;

    /* A place for the next operator; stays valid. `label` names it in messages. */
    weir_operator *add(const std::string &label);

    /* The operator labelled so gets the words of `image`, again and again, at input 1. */
    void feed(const std::string &label, const weir_image *image);

    /* Emits, checks, builds and runs all instances; failures are those of GoogleTest. */
    void run(uint64_t seed);
    /* The emitted text of the operator labelled so, for tests of the text itself. */
    std::string text(const std::string &label) const;

  private:
    struct Instance;
    void emit(Instance &instance);
    void lint(const Instance &instance) const;
    void yosys(const Instance &instance) const;
    void add_netlist(const Instance &instance);

    weir_arena *arena_;
    weir_diag *diag_;
    std::string folder_;
    std::vector<std::unique_ptr<Instance>> instances_;
};

#endif
