// Register-level simulator of process networks: what replay is held against.
//
// It knows no recurrence. Each process is the registers that hardware of its class has (pipeline
// stages with valid bits, a counter for the initiation interval, a skid FIFO at each output of a
// free-running pipeline), each channel is two counters with the delay or synchroniser chains that
// the other side sees them through, or a memory with an output register. All domains step edge by
// edge: what fires is decided from registers alone, then all registers change at once.
//
// A process does its preamble once and then its frame `frames` times. The run ends when nothing has
// changed for longer than any chain, pause or gap is; `deadlock` means that a sink lacks a frame
// that was not dropped. Units: edges of the owner's domain, picoseconds where named so.
#ifndef WEIR_TESTS_REGISTER_SIM_HPP
#define WEIR_TESTS_REGISTER_SIM_HPP

#include "traces/schedule.h"
#include <cstdint>
#include <string>
#include <vector>

namespace regsim {

struct Domain {
    uint64_t period_ps = 1, phase_ps = 0;
    uint64_t edge_ps(uint64_t edge) const { return phase_ps + edge * period_ps; }
};

using Operations = std::vector<weir_operation>;

// A pipelined loop of a lockstep process: trip i enters stage 0 at local cycle i * ii of the loop;
// the loop is left once the last trip has left the last stage and `gap` more cycles have passed.
struct Loop {
    uint32_t trips = 1, ii = 1, stages = 1, gap = 0;
    std::vector<std::vector<Operations>> at; // [trip][stage]
};

enum class Kind { source, sink, lockstep, elastic, credit, frp };

struct Process {
    Kind kind = Kind::lockstep;
    uint32_t domain = 0;
    uint64_t start = 0;
    std::vector<uint32_t> inputs, outputs; // channel at each port
    // Lockstep.
    std::vector<Loop> preamble_loops, loops;
    // The others: operations of each initiation; every port has one stage. Of lockstep, the stages are
    // the places of a register slice at the port, 0: none.
    uint32_t stages = 1, ii = 1;
    std::vector<uint32_t> read_stage, write_stage;
    std::vector<Operations> preamble, frame;
    std::string pause; // source, sink: '0' of the pattern is a cycle without a beat
};

struct Channel {
    uint32_t producer = 0, producer_port = 0, consumer = 0, consumer_port = 0;
    uint32_t depth = 1, forward = 1, backward = 1, write_gap = 0, initial = 0;
    bool memory = false;      // forward 2 is a memory with an output register, not a delay chain
    uint64_t frame_beats = 0; // written by the producer in a frame
    bool at_port = false;     // frames begin (end) at the reader (writer) of a source's (sink's)
};

struct Net {
    std::vector<Domain> domains;
    std::vector<Process> processes;
    std::vector<Channel> channels;
    uint64_t frames = 1;
    std::vector<uint64_t> arrival_ps; // empty: periodic
    uint64_t arrival_period_ps = 0;
    bool drop = false;
    bool ahead = false; // slices, posts or leads: processes go on as if there were one frame more

    uint64_t process_frames() const { return frames + ahead; }
    uint64_t arrives_ps(uint64_t frame) const {
        return arrival_ps.empty() ? frame * arrival_period_ps : arrival_ps[frame];
    }
};

struct Events {
    std::vector<uint64_t> writes, reads; // edges
    uint32_t max_occupancy = 0;
};

struct Result {
    std::vector<Events> channels;
    bool deadlock = false;
    bool broken = false; // a FIFO overflowed or was read while empty: the simulator is wrong
    uint64_t last_event_ps = 0;
    uint64_t n_frames = 0, n_dropped = 0;
    std::vector<uint64_t> index, first_in_ps, last_out_ps; // of completed frames
    uint64_t events = 0;
};

Result simulate(const Net &net);

} // namespace regsim

#endif
