// Random process networks for sim/register_sim.hpp, and the same networks as replay knows them.
//
// A net is drawn from (seed, number) alone, so that one case can be drawn again. Most nets are
// balanced (each channel has as many beats a frame written as read); some are not, and many are too
// shallow: they deadlock. `Translated` folds each process's initiations into a loop program, at
// random where there is a choice; a lockstep process's pipelines are flattened to local cycles.
#ifndef WEIR_TESTS_RANDOM_NET_HPP
#define WEIR_TESTS_RANDOM_NET_HPP

#include "sim/register_sim.hpp"
#include "sim/replay.h"
#include <memory>
#include <random>

namespace regsim {

struct Style {
    uint32_t most_processes = 5;
    uint32_t most_domains = 4;
    uint64_t most_frames = 5;
    bool frp = true;
    bool elastic = false; // no process of another class
    bool drop = true;
    bool ahead = true;     // slices, posts and leads; frames at ports
    bool balanced = false; // no net that is bound to end in a deadlock by its beat counts
};

Net random_net(uint64_t seed, uint64_t number, const Style &style = Style());

// The first difference of a replay from the simulation, in words; empty where there is none. What
// the replay was not asked for is not compared, and where frames were lost, what belongs to none of
// those that were sent: how far processes then go on into a frame that never comes, nobody asks.
std::string difference(const Net &net, const Result &expected, const weir_replay_result &found);

// For a person, enough to build the case by hand.
std::string describe(const Net &net);

// The initiations of a process as sets of operations: of the preamble, and of a frame.
struct Sequence {
    std::vector<Operations> preamble, frame;
};
Sequence initiations(const Process &process);

// A schedule that owns its arrays.
class Program {
  public:
    Program(const Process &process, const std::string &name, std::mt19937_64 &random);
    weir_schedule schedule{};

  private:
    std::string name_;
    std::vector<uint32_t> read_stage_, write_stage_;
    std::vector<weir_operation> operations_;
    std::vector<weir_operation_set> sets_;
    std::vector<weir_loop> loops_;
};

class Translated {
  public:
    Translated(const Net &net, uint64_t seed); // the seed is that of the folding
    ~Translated() { weir_net_free(net_); }
    Translated(const Translated &) = delete;
    Translated &operator=(const Translated &) = delete;
    weir_net *net() const { return net_; }
    void rebuild(); // after a change of `programs`

    std::vector<std::unique_ptr<Program>> programs; // of each process; NULL of an end
    std::vector<weir_domain> domains;
    std::vector<weir_channel_timing> timing;
    std::vector<uint64_t> arrivals;
    std::vector<std::string> patterns;
    std::vector<const char *> pauses;
    weir_replay_parameters parameters{};

  private:
    std::vector<std::string> names_;
    std::vector<weir_net_process> processes_;
    std::vector<weir_net_channel> channels_;
    weir_net *net_ = nullptr;
};

// Runs a replay and compares; also a refusal is a difference. `answer` gets the numbers of the
// result, none of its arrays.
std::string replay_difference(const Net &net, const Result &expected, const Translated &translated,
                              unsigned want, weir_replay_result *answer = nullptr);

// The value of an environment variable.
uint64_t setting(const char *name, uint64_t otherwise);

} // namespace regsim

#endif
