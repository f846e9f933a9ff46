#include "sim/register_sim.hpp"
#include <algorithm>
#include <deque>
#include <memory>

namespace regsim {
namespace {

// A chain of registers, in the domain of the side that looks through it.
struct Chain {
    std::vector<uint64_t> stages;
    Chain(uint32_t length, uint64_t value) : stages(length, value) {}
    uint64_t out(uint64_t in) const { return stages.empty() ? in : stages.back(); }
    void clock(uint64_t in) {
        for (size_t i = stages.size(); i-- > 1;)
            stages[i] = stages[i - 1];
        if (!stages.empty()) stages[0] = in;
    }
};

struct Fifo {
    const Channel &spec;
    uint64_t written, taken = 0; // counters of the two sides, initial beats counted as written
    Chain seen_written, seen_taken;
    uint64_t in_memory = 0; // words behind the output register
    bool output_valid = false;
    uint32_t gap_left = 0;
    bool write = false, read = false; // fire at this edge
    Events log;

    explicit Fifo(const Channel &channel)
        : spec(channel), written(channel.initial),
          seen_written(channel.forward - 1, channel.initial), seen_taken(channel.backward - 1, 0) {
        output_valid = channel.initial > 0;
        in_memory = channel.initial > 0 ? channel.initial - 1 : 0;
        log.max_occupancy = channel.initial;
    }
    uint64_t arrived() const { return seen_written.out(written); } // beats the reader knows of
    uint64_t freed() const { return seen_taken.out(taken); } // beats that the writer knows gone
    bool can_read() const { return spec.memory ? output_valid : arrived() > taken; }
    bool can_write() const { return gap_left == 0 && written - freed() < spec.depth; }

    // Every register takes its next value; which domains have an edge now is given.
    void clock(bool producer_edge, bool consumer_edge, uint64_t write_edge, uint64_t read_edge) {
        if (consumer_edge) seen_written.clock(written);
        if (producer_edge) seen_taken.clock(taken);
        if (spec.memory) {
            bool fetch = in_memory > 0 && (!output_valid || read);
            output_valid = fetch || (output_valid && !read);
            in_memory += (write ? 1 : 0) - (fetch ? 1 : 0);
        }
        if (write) {
            written++;
            gap_left = spec.write_gap > 1 ? spec.write_gap - 1 : 0;
            log.writes.push_back(write_edge);
        } else if (producer_edge && gap_left > 0) {
            gap_left--;
        }
        if (read) {
            taken++;
            log.reads.push_back(read_edge);
        }
        log.max_occupancy = std::max(log.max_occupancy, uint32_t(written - taken));
        write = read = false;
    }
};

// What all processes have: ports, and a decision (evaluate) apart from the change (commit).
struct Machine {
    const Net &net;
    const Process &spec;
    std::vector<Fifo> &fifos;
    bool broken = false;
    Machine(const Net &n, const Process &p, std::vector<Fifo> &f) : net(n), spec(p), fifos(f) {}
    virtual ~Machine() = default;
    virtual void evaluate(uint64_t edge) = 0;
    virtual bool commit(uint64_t edge) = 0; // true where something changed or will by itself

    static bool is_input(const weir_operation &o) {
        return o.kind == WEIR_READ || o.kind == WEIR_ACQUIRE;
    }
    static bool is_post(const weir_operation &o) {
        return o.kind == WEIR_POST || o.kind == WEIR_LEAD;
    }
    Fifo &at(const weir_operation &o) const {
        return fifos[is_input(o) ? spec.inputs[o.port] : spec.outputs[o.port]];
    }
    bool ready(const weir_operation &o) const {
        return is_input(o) ? at(o).can_read() : at(o).can_write();
    }
    void fire(const weir_operation &o) {
        if (o.kind == WEIR_READ) at(o).read = true;
        if (o.kind == WEIR_WRITE || is_post(o)) at(o).write = true;
    }
};

struct Source : Machine {
    uint64_t frame = 0, beat = 0, dropped = 0;
    bool sends = false;
    std::vector<uint64_t> sent_frames;
    using Machine::Machine;

    bool waits_for_arrival(uint64_t edge) const {
        return net.domains[spec.domain].edge_ps(edge) < net.arrives_ps(frame);
    }
    void evaluate(uint64_t edge) override {
        Fifo &out = fifos[spec.outputs[0]];
        bool paused = !spec.pause.empty() && spec.pause[edge % spec.pause.size()] == '0';
        sends = frame < net.frames && !paused && !waits_for_arrival(edge) && out.can_write();
        if (sends) out.write = true;
    }
    bool commit(uint64_t edge) override {
        if (frame >= net.frames) return false;
        if (!sends) return waits_for_arrival(edge);
        if (beat == 0) sent_frames.push_back(frame);
        if (++beat < fifos[spec.outputs[0]].spec.frame_beats) return true;
        beat = 0;
        frame++;
        while (net.drop && frame < net.frames && !waits_for_arrival(edge)) {
            frame++;
            dropped++;
        }
        return true;
    }
};

struct Sink : Machine {
    bool takes = false;
    uint64_t left;
    Sink(const Net &n, const Process &p, std::vector<Fifo> &f)
        : Machine(n, p, f), left(n.process_frames() * n.channels[p.inputs[0]].frame_beats) {}
    void evaluate(uint64_t edge) override {
        Fifo &in = fifos[spec.inputs[0]];
        bool paused = !spec.pause.empty() && spec.pause[edge % spec.pause.size()] == '0';
        takes = left > 0 && !paused && in.can_read();
        if (takes) in.read = true;
    }
    bool commit(uint64_t) override {
        if (takes) left--;
        return takes;
    }
};

// Registers between a port and its FIFO that move beats on their own: a beat in them can leave in the
// cycle after it came, a place is free in the cycle after its beat left.
struct Slice {
    uint32_t places = 0, held = 0;
    bool input = false, fifo_side = false, own_side = false; // moves at this edge
    void evaluate(Fifo &fifo) {
        fifo_side = input ? held < places && fifo.can_read() : held > 0 && fifo.can_write();
        if (fifo_side) (input ? fifo.read : fifo.write) = true;
    }
    bool ready() const { return input ? held > 0 : held < places; }
    bool commit() {
        bool moved = fifo_side || own_side;
        held += uint32_t(input ? fifo_side : own_side);
        held -= uint32_t(input ? own_side : fifo_side);
        fifo_side = own_side = false;
        return moved;
    }
};

// One loop at a time; the whole pipeline moves or stands. In a cycle with posts these and what is
// acquired are apart from the rest: either side moves once it can, the pipeline once both have.
struct Lockstep : Machine {
    static constexpr int64_t empty = -1;
    uint64_t frame = 0;
    bool in_preamble;
    size_t loop = 0;
    uint32_t issued = 0, cool = 0, gap_left = 0;
    std::vector<int64_t> pipe;
    std::vector<Slice> read_slices, write_slices;
    bool moves = false, done = false;
    bool sides_done[2] = {false, false}, sides_move[2] = {false, false}; // the rest, those apart

    Lockstep(const Net &n, const Process &p, std::vector<Fifo> &f)
        : Machine(n, p, f), in_preamble(!p.preamble_loops.empty()) {
        for (uint32_t places : p.read_stage)
            read_slices.push_back({places, 0, true, false, false});
        for (uint32_t places : p.write_stage)
            write_slices.push_back({places, 0, false, false, false});
        enter();
    }
    const std::vector<Loop> &list() const { return in_preamble ? spec.preamble_loops : spec.loops; }
    const Loop &now() const { return list()[loop]; }
    void enter() {
        issued = cool = 0;
        pipe.assign(now().stages, empty);
        issue();
    }
    void issue() {
        if (issued >= now().trips || cool > 0) return;
        pipe[0] = issued++;
        cool = now().ii;
    }
    template <typename Visit> void each(Visit visit) const {
        for (size_t s = 0; s < pipe.size(); s++)
            if (pipe[s] != empty)
                for (const weir_operation &o : now().at[size_t(pipe[s])][s])
                    visit(o);
    }
    Slice &slice(const weir_operation &o) {
        return (is_input(o) ? read_slices : write_slices)[o.port];
    }
    bool can(const weir_operation &o) { return slice(o).places > 0 ? slice(o).ready() : ready(o); }
    void perform(const weir_operation &o) {
        bool waits = o.kind == WEIR_ACQUIRE || o.kind == WEIR_RESERVE;
        if (slice(o).places == 0)
            fire(o);
        else if (!waits)
            slice(o).own_side = true;
    }
    bool apart(const weir_operation &o) const {
        bool found = false;
        each([&](const weir_operation &x) {
            bool same_port = is_input(x) == is_input(o) && x.port == o.port;
            found = found || (same_port && (x.kind == WEIR_ACQUIRE || is_post(x)));
        });
        return found;
    }
    void evaluate_sides() {
        bool posts = false, leads = false;
        each([&](const weir_operation &o) {
            posts = posts || is_post(o);
            leads = leads || o.kind == WEIR_LEAD;
        });
        for (int side : {1, 0}) {
            sides_move[side] = !sides_done[side];
            each([&](const weir_operation &o) {
                if (posts && apart(o) != (side == 1)) return;
                sides_move[side] = sides_move[side] && can(o);
            });
        }
        if (!posts) sides_move[0] = sides_move[1] = sides_move[0] && sides_move[1];
        if (leads) sides_move[0] = sides_move[0] && (sides_done[1] || sides_move[1]);
        each([&](const weir_operation &o) {
            if (sides_move[posts && apart(o)]) perform(o);
        });
        moves = (sides_done[0] || sides_move[0]) && (sides_done[1] || sides_move[1]);
    }
    void evaluate(uint64_t edge) override {
        for (size_t i = 0; i < read_slices.size(); i++)
            if (read_slices[i].places > 0) read_slices[i].evaluate(fifos[spec.inputs[i]]);
        for (size_t q = 0; q < write_slices.size(); q++)
            if (write_slices[q].places > 0) write_slices[q].evaluate(fifos[spec.outputs[q]]);
        moves = false;
        if (done || edge < spec.start) return;
        moves = true;
        if (gap_left == 0) evaluate_sides();
    }
    void leave() {
        if (++loop < list().size()) return enter();
        loop = 0;
        if (in_preamble)
            in_preamble = false;
        else
            frame++;
        done = frame == net.process_frames();
        if (!done) enter();
    }
    bool commit(uint64_t edge) override {
        bool moved = false;
        for (Slice &x : read_slices)
            moved = x.commit() || moved;
        for (Slice &x : write_slices)
            moved = x.commit() || moved;
        return advance(edge) || moved;
    }
    bool advance(uint64_t edge) {
        if (done) return false;
        if (edge < spec.start) return true;
        if (!moves) {
            bool some = sides_move[0] || sides_move[1];
            for (int side : {0, 1}) {
                sides_done[side] = sides_done[side] || sides_move[side];
                sides_move[side] = false;
            }
            return some;
        }
        sides_done[0] = sides_done[1] = sides_move[0] = sides_move[1] = false;
        if (gap_left > 0) {
            if (--gap_left == 0) leave();
            return true;
        }
        std::rotate(pipe.begin(), pipe.end() - 1, pipe.end());
        pipe[0] = empty;
        if (cool > 0) cool--;
        issue();
        bool flushed = std::all_of(pipe.begin(), pipe.end(), [](int64_t i) { return i == empty; });
        if (flushed && issued >= now().trips) {
            gap_left = now().gap;
            if (gap_left == 0) leave();
        }
        return true;
    }
};

// The initiations of the other classes: one ROM of operations, walked by a counter.
struct Sequenced : Machine {
    uint64_t next = 0;
    uint32_t cool = 0;
    using Machine::Machine;
    uint64_t total() const {
        return spec.preamble.size() + net.process_frames() * spec.frame.size();
    }
    const Operations &operations(uint64_t i) const {
        if (i < spec.preamble.size()) return spec.preamble[i];
        return spec.frame[(i - spec.preamble.size()) % spec.frame.size()];
    }
    uint32_t stage(const weir_operation &o) const {
        return is_input(o) ? spec.read_stage[o.port] : spec.write_stage[o.port];
    }
};

struct Elastic : Sequenced {
    struct Stage {
        bool valid = false, leaves = false;
        uint64_t item = 0;
    };
    std::vector<Stage> pipe;
    Elastic(const Net &n, const Process &p, std::vector<Fifo> &f)
        : Sequenced(n, p, f), pipe(p.stages) {
        refill();
    }
    void refill() {
        if (pipe[0].valid || cool > 0 || next >= total()) return;
        pipe[0].valid = true;
        pipe[0].item = next++;
    }
    void evaluate(uint64_t edge) override {
        bool room = true; // behind the stage looked at
        for (size_t s = pipe.size(); s-- > 0;) {
            Stage &x = pipe[s];
            x.leaves = x.valid && room && edge >= spec.start;
            if (x.leaves)
                for (const weir_operation &o : operations(x.item))
                    if (stage(o) == s && !ready(o)) x.leaves = false;
            if (x.leaves)
                for (const weir_operation &o : operations(x.item))
                    if (stage(o) == s) fire(o);
            room = !x.valid || x.leaves;
        }
    }
    bool commit(uint64_t edge) override {
        if (edge < spec.start) return true;
        bool moved = cool > 0;
        bool issued = pipe[0].leaves;
        for (size_t s = pipe.size(); s-- > 0;) {
            if (!pipe[s].leaves) continue;
            moved = true;
            pipe[s].valid = false;
            if (s + 1 == pipe.size()) continue;
            broken = broken || pipe[s + 1].valid;
            pipe[s + 1].valid = true;
            pipe[s + 1].item = pipe[s].item;
        }
        if (issued)
            cool = spec.ii - 1;
        else if (cool > 0)
            cool--;
        refill();
        return moved;
    }
};

// Never stalls once issued: credits are taken at issue for all that the iteration will do.
struct Credit : Sequenced {
    std::deque<std::pair<uint64_t, uint64_t>> flying; // initiation and its edge
    std::vector<uint64_t> reads_promised, writes_promised;
    bool issues = false;
    Credit(const Net &n, const Process &p, std::vector<Fifo> &f)
        : Sequenced(n, p, f), reads_promised(p.inputs.size()), writes_promised(p.outputs.size()) {}

    bool has_credit(const weir_operation &o) const {
        const Fifo &fifo = at(o);
        if (is_input(o)) return fifo.arrived() > reads_promised[o.port];
        return writes_promised[o.port] + fifo.spec.initial - fifo.freed() < fifo.spec.depth;
    }
    void perform(uint64_t item, uint64_t age) {
        for (const weir_operation &o : operations(item)) {
            if (stage(o) != age) continue;
            broken = broken || !ready(o);
            fire(o);
        }
    }
    void evaluate(uint64_t edge) override {
        issues = next < total() && cool == 0 && edge >= spec.start;
        if (issues)
            for (const weir_operation &o : operations(next))
                issues = issues && has_credit(o);
        for (auto &[item, since] : flying)
            perform(item, edge - since);
        if (issues) perform(next, 0);
    }
    bool commit(uint64_t edge) override {
        if (edge < spec.start) return true;
        bool moved = issues || cool > 0 || !flying.empty();
        if (cool > 0) cool--;
        if (issues) {
            for (const weir_operation &o : operations(next)) {
                if (o.kind == WEIR_READ) reads_promised[o.port]++;
                if (o.kind == WEIR_WRITE) writes_promised[o.port]++;
            }
            flying.emplace_back(next++, edge);
            cool = spec.ii - 1;
        }
        while (!flying.empty() && edge - flying.front().second + 1 >= spec.stages)
            flying.pop_front();
        return moved;
    }
};

// Free-running pipeline: results fall into a skid FIFO with a bypass at each output; an iteration
// is issued only if every skid FIFO could hold it and all that are on their way.
struct FreeRunning : Sequenced {
    std::deque<std::pair<uint64_t, uint64_t>> flying;
    std::vector<uint32_t> skid; // words held, per output
    std::vector<bool> arrives, sends;
    uint32_t capacity;
    bool issues = false;
    FreeRunning(const Net &n, const Process &p, std::vector<Fifo> &f)
        : Sequenced(n, p, f), skid(p.outputs.size()), arrives(p.outputs.size()),
          sends(p.outputs.size()), capacity((p.stages + p.ii - 1) / p.ii) {}

    void evaluate(uint64_t edge) override {
        issues = next < total() && cool == 0 && edge >= spec.start;
        for (uint32_t held : skid)
            issues = issues && held + flying.size() < capacity;
        if (issues)
            for (const weir_operation &o : operations(next))
                issues = issues && (!is_input(o) || ready(o));
        if (issues)
            for (const weir_operation &o : operations(next))
                if (o.kind == WEIR_READ) fire(o);
        arrives.assign(skid.size(), false);
        if (spec.stages == 1 && issues) arrive(next);
        for (auto &[item, since] : flying)
            if (edge - since == spec.stages - 1) arrive(item);
        for (size_t q = 0; q < skid.size(); q++) {
            Fifo &out = fifos[spec.outputs[q]];
            sends[q] = (skid[q] > 0 || arrives[q]) && out.can_write();
            if (sends[q]) out.write = true;
        }
    }
    void arrive(uint64_t item) {
        for (const weir_operation &o : operations(item))
            if (o.kind == WEIR_WRITE) arrives[o.port] = true;
    }
    bool commit(uint64_t edge) override {
        if (edge < spec.start) return true;
        bool moved = issues || cool > 0 || !flying.empty();
        for (size_t q = 0; q < skid.size(); q++) {
            moved = moved || sends[q];
            skid[q] += (arrives[q] ? 1 : 0) - (sends[q] ? 1 : 0);
            broken = broken || skid[q] > capacity;
        }
        while (!flying.empty() && edge - flying.front().second >= spec.stages - 1)
            flying.pop_front();
        if (cool > 0) cool--;
        if (issues) {
            if (spec.stages > 1) flying.emplace_back(next, edge);
            next++;
            cool = spec.ii - 1;
        }
        return moved;
    }
};

std::unique_ptr<Machine> make(const Net &net, const Process &process, std::vector<Fifo> &fifos) {
    switch (process.kind) {
    case Kind::source:
        return std::make_unique<Source>(net, process, fifos);
    case Kind::sink:
        return std::make_unique<Sink>(net, process, fifos);
    case Kind::lockstep:
        return std::make_unique<Lockstep>(net, process, fifos);
    case Kind::elastic:
        return std::make_unique<Elastic>(net, process, fifos);
    case Kind::credit:
        return std::make_unique<Credit>(net, process, fifos);
    case Kind::frp:
        return std::make_unique<FreeRunning>(net, process, fifos);
    }
    return nullptr;
}

// Frame times and counts from what the ends saw.
void account(const Net &net, const std::vector<std::unique_ptr<Machine>> &machines,
             Result &result) {
    uint64_t done = UINT64_MAX;
    for (size_t p = 0; p < net.processes.size(); p++) {
        const Process &process = net.processes[p];
        if (process.kind == Kind::source) {
            auto *source = static_cast<const Source *>(machines[p].get());
            result.n_dropped = std::max(result.n_dropped, source->dropped);
            if (result.index.size() < source->sent_frames.size())
                result.index = source->sent_frames;
        } else if (process.kind == Kind::sink) {
            uint32_t c = process.inputs[0];
            uint64_t frames = result.channels[c].reads.size() / net.channels[c].frame_beats;
            done = std::min(done, frames);
        }
    }
    result.n_frames = std::min<uint64_t>(done, result.index.size());
    result.deadlock = result.n_frames + result.n_dropped < net.frames;
    result.index.resize(result.n_frames);
    for (uint64_t f = 0; f < result.n_frames; f++) {
        uint64_t in = UINT64_MAX, out = 0;
        for (const Process &process : net.processes) {
            const Domain &domain = net.domains[process.domain];
            if (process.kind == Kind::source) {
                uint32_t c = process.outputs[0];
                const Channel &channel = net.channels[c];
                const Domain &reader = net.domains[net.processes[channel.consumer].domain];
                uint64_t beat = f * channel.frame_beats;
                const Events &events = result.channels[c];
                if (channel.at_port && beat < events.reads.size())
                    in = std::min(in, reader.edge_ps(events.reads[beat]));
                if (!channel.at_port && beat < events.writes.size())
                    in = std::min(in, domain.edge_ps(events.writes[beat]));
            } else if (process.kind == Kind::sink) {
                uint32_t c = process.inputs[0];
                const Channel &channel = net.channels[c];
                const Domain &writer = net.domains[net.processes[channel.producer].domain];
                uint64_t beat = (f + 1) * channel.frame_beats - 1;
                const Events &events = result.channels[c];
                out = std::max(out, channel.at_port ? writer.edge_ps(events.writes[beat])
                                                    : domain.edge_ps(events.reads[beat]));
            }
        }
        result.first_in_ps.push_back(in);
        result.last_out_ps.push_back(out);
    }
}

// No register moves by itself later than this many edges of the slowest clock after the last that
// did: longer than the longest chain, write gap and pause together.
constexpr uint64_t still_edges = 40;

} // namespace

Result simulate(const Net &net) {
    std::vector<Fifo> fifos;
    fifos.reserve(net.channels.size());
    for (const Channel &channel : net.channels)
        fifos.emplace_back(channel);
    std::vector<std::unique_ptr<Machine>> machines;
    for (const Process &process : net.processes)
        machines.push_back(make(net, process, fifos));

    size_t n = net.domains.size();
    std::vector<uint64_t> edge(n, 0);
    std::vector<bool> ticks(n);
    uint64_t longest = 0, latest_phase = 0;
    for (const Domain &domain : net.domains) {
        longest = std::max(longest, domain.period_ps);
        latest_phase = std::max(latest_phase, domain.phase_ps);
    }
    Result result;
    uint64_t moved_ps = latest_phase;
    for (;;) {
        uint64_t now = UINT64_MAX;
        for (size_t d = 0; d < n; d++)
            now = std::min(now, net.domains[d].edge_ps(edge[d]));
        if (now > moved_ps + still_edges * longest) break;
        for (size_t d = 0; d < n; d++)
            ticks[d] = net.domains[d].edge_ps(edge[d]) == now;
        for (size_t p = 0; p < machines.size(); p++) {
            uint32_t d = net.processes[p].domain;
            if (ticks[d]) machines[p]->evaluate(edge[d]);
        }
        for (size_t p = 0; p < machines.size(); p++) {
            uint32_t d = net.processes[p].domain;
            if (ticks[d] && machines[p]->commit(edge[d])) moved_ps = std::max(moved_ps, now);
            result.broken = result.broken || machines[p]->broken;
        }
        for (Fifo &fifo : fifos) {
            uint32_t from = net.processes[fifo.spec.producer].domain;
            uint32_t to = net.processes[fifo.spec.consumer].domain;
            if (!ticks[from] && !ticks[to]) continue;
            if (fifo.write || fifo.read) result.last_event_ps = now;
            fifo.clock(ticks[from], ticks[to], edge[from], edge[to]);
            result.broken = result.broken || fifo.taken > fifo.written ||
                            fifo.written - fifo.taken > fifo.spec.depth;
        }
        for (size_t d = 0; d < n; d++)
            edge[d] += ticks[d];
    }
    for (Fifo &fifo : fifos) {
        result.events += fifo.log.writes.size() + fifo.log.reads.size();
        result.channels.push_back(std::move(fifo.log));
    }
    account(net, machines, result);
    return result;
}

} // namespace regsim
