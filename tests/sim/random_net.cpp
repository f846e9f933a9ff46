#include "sim/random_net.hpp"
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

namespace regsim {
namespace {

class Maker {
  public:
    Maker(uint64_t seed, const Style &style) : random_(seed), style_(style) {}
    Net make();

  private:
    // What a process does in one round of its frame, before operations are laid out.
    struct Slot {
        uint32_t loop, trip;
    };

    uint64_t upto(uint64_t n) { return random_() % (n + 1); }
    uint64_t between(uint64_t a, uint64_t b) { return a + upto(b - a); }
    bool chance(unsigned percent) { return random_() % 100 < percent; }
    template <typename T> T pick(std::initializer_list<T> list) {
        return list.begin()[upto(list.size() - 1)];
    }

    void make_domains();
    void make_process(uint32_t p);
    uint32_t add_end(Kind kind, uint32_t neighbour);
    void connect(uint32_t from, uint32_t to, bool feedback);
    void connect_token(uint32_t from, uint32_t to);
    uint32_t add_channel(uint32_t from, uint32_t to, uint32_t initial);
    std::vector<Slot> slots(uint32_t p) const;
    std::vector<Slot> choose(const std::vector<Slot> &all, size_t count);
    uint32_t stage_of(uint32_t p, uint32_t loop, bool input, uint32_t port) const;
    void put(uint32_t p, const Slot &slot, weir_operation_kind kind, uint32_t port);
    void put_all(uint32_t p, const std::vector<Slot> &where, weir_operation_kind moves,
                 weir_operation_kind waits, uint32_t port);
    void make_preambles();
    void preamble_step(Process &process, const std::vector<weir_operation> &list);
    void make_posts();
    void repeat_rounds();
    void make_arrivals();
    std::string pattern();
    bool is_end(uint32_t p) const {
        return net_.processes[p].kind == Kind::source || net_.processes[p].kind == Kind::sink;
    }

    std::mt19937_64 random_;
    Style style_;
    Net net_;
    uint64_t rounds_ = 1;
    bool special_ = false;    // slices, posts, leads, frames at ports
    bool unbalanced_ = false; // also by a preamble: the frames of two processes may differ then
    std::vector<std::vector<uint32_t>> read_at_, write_at_; // stage of each port in lockstep loops
};

void Maker::make_domains() {
    uint64_t n = chance(40) ? 1 : between(1, style_.most_domains);
    for (uint64_t d = 0; d < n; d++) {
        Domain domain;
        domain.period_ps = pick<uint64_t>({1, 2, 3, 4, 5, 6, 7, 10, 13});
        if (n > 1 || chance(50)) domain.phase_ps = upto(2 * domain.period_ps);
        if (chance(4)) domain.phase_ps += upto(40 * domain.period_ps);
        net_.domains.push_back(domain);
    }
}

void Maker::make_process(uint32_t p) {
    Process x;
    Kind kinds[] = {Kind::lockstep, Kind::elastic, Kind::credit, Kind::frp};
    x.kind = style_.elastic ? Kind::elastic : kinds[upto(style_.frp ? 3 : 2)];
    x.domain = uint32_t(upto(net_.domains.size() - 1));
    x.start = chance(60) ? 0 : upto(12);
    if (x.kind == Kind::lockstep) {
        uint64_t loops = between(1, 3);
        for (uint64_t l = 0; l < loops; l++) {
            Loop loop;
            loop.trips = uint32_t(between(1, 6));
            loop.ii = pick<uint32_t>({1, 1, 1, 2, 3});
            loop.stages = pick<uint32_t>({1, 1, 2, 3, 4, 6});
            loop.gap = pick<uint32_t>({0, 0, 0, 1, 3});
            loop.at.assign(loop.trips, std::vector<Operations>(loop.stages));
            x.loops.push_back(loop);
        }
    } else {
        x.stages = uint32_t(between(1, 7));
        x.ii = pick<uint32_t>({1, 1, 1, 2, 3, 4});
        x.frame.resize(chance(12) ? between(10, 60) : between(1, 10)); // 8 beats a port at most
    }
    net_.processes.push_back(x);
    read_at_.resize(p + 1);
    write_at_.resize(p + 1);
}

uint32_t Maker::add_end(Kind kind, uint32_t neighbour) {
    Process x;
    x.kind = kind;
    x.domain =
        chance(60) ? net_.processes[neighbour].domain : uint32_t(upto(net_.domains.size() - 1));
    if (chance(30)) x.pause = pattern();
    net_.processes.push_back(x);
    read_at_.emplace_back();
    write_at_.emplace_back();
    return uint32_t(net_.processes.size() - 1);
}

std::string Maker::pattern() {
    std::string text(between(1, 7), '1');
    for (char &c : text)
        if (chance(50)) c = '0';
    text[upto(text.size() - 1)] = '1';
    return text;
}

std::vector<Maker::Slot> Maker::slots(uint32_t p) const {
    const Process &x = net_.processes[p];
    std::vector<Slot> all;
    if (x.kind == Kind::lockstep) {
        for (uint32_t l = 0; l < x.loops.size(); l++)
            for (uint32_t i = 0; i < x.loops[l].trips; i++)
                all.push_back({l, i});
    } else {
        for (uint32_t i = 0; i < x.frame.size(); i++)
            all.push_back({0, i});
    }
    return all;
}

std::vector<Maker::Slot> Maker::choose(const std::vector<Slot> &all, size_t count) {
    std::vector<size_t> numbers(all.size());
    for (size_t i = 0; i < numbers.size(); i++)
        numbers[i] = i;
    for (size_t i = 0; i < count; i++)
        std::swap(numbers[i], numbers[i + upto(numbers.size() - 1 - i)]);
    std::sort(numbers.begin(), numbers.begin() + long(count));
    std::vector<Slot> chosen;
    for (size_t i = 0; i < count; i++)
        chosen.push_back(all[numbers[i]]);
    return chosen;
}

uint32_t Maker::stage_of(uint32_t p, uint32_t loop, bool input, uint32_t port) const {
    uint32_t drawn = input ? read_at_[p][port] : write_at_[p][port];
    return drawn % net_.processes[p].loops[loop].stages;
}

void Maker::put(uint32_t p, const Slot &slot, weir_operation_kind kind, uint32_t port) {
    Process &x = net_.processes[p];
    weir_operation operation = {uint16_t(kind), uint16_t(port)};
    if (x.kind == Kind::lockstep) {
        bool input = kind == WEIR_READ || kind == WEIR_ACQUIRE;
        uint32_t stage = stage_of(p, slot.loop, input, port);
        x.loops[slot.loop].at[slot.trip][stage].push_back(operation);
    } else {
        x.frame[slot.trip].push_back(operation);
    }
}

void Maker::put_all(uint32_t p, const std::vector<Slot> &where, weir_operation_kind moves,
                    weir_operation_kind waits, uint32_t port) {
    for (const Slot &slot : where)
        put(p, slot, moves, port);
    if (!chance(12) || (moves == WEIR_WRITE && net_.processes[p].kind == Kind::frp)) return;
    // A wait for the next beat (space) ahead of one that moves a beat.
    std::vector<Slot> all = slots(p);
    const Slot &last = where.back();
    for (int tries = 0; tries < 2; tries++) {
        const Slot &slot = all[upto(all.size() - 1)];
        if (slot.loop < last.loop || (slot.loop == last.loop && slot.trip <= last.trip))
            put(p, slot, waits, port);
    }
}

uint32_t Maker::add_channel(uint32_t from, uint32_t to, uint32_t initial) {
    Process &producer = net_.processes[from], &consumer = net_.processes[to];
    Channel c;
    c.producer = from;
    c.consumer = to;
    c.producer_port = uint32_t(producer.outputs.size());
    c.consumer_port = uint32_t(consumer.inputs.size());
    c.depth = pick<uint32_t>({1, 2, 2, 3, 4, 5, 8, 16});
    c.initial = initial;
    if (producer.domain != consumer.domain) {
        c.forward = uint32_t(between(1, 4));
        c.backward = uint32_t(between(1, 4));
    } else if (chance(25)) {
        c.memory = true;
        c.forward = 2;
        c.depth = std::max(c.depth, 2u);
    } else if (chance(50)) {
        c.forward = uint32_t(between(1, 4));
        c.backward = uint32_t(between(1, 3));
    }
    if (producer.kind != Kind::credit && chance(8)) c.write_gap = uint32_t(between(0, 3));
    c.depth = std::max(c.depth, initial);
    producer.outputs.push_back(uint32_t(net_.channels.size()));
    consumer.inputs.push_back(uint32_t(net_.channels.size()));
    bool writes_last = producer.kind == Kind::frp, reads_first = consumer.kind == Kind::frp;
    producer.write_stage.push_back(writes_last ? producer.stages - 1
                                               : uint32_t(upto(producer.stages - 1)));
    consumer.read_stage.push_back(reads_first ? 0 : uint32_t(upto(consumer.stages - 1)));
    if (chance(40) && !writes_last) producer.write_stage.back() = producer.stages - 1;
    if (chance(40)) consumer.read_stage.back() = 0;
    bool slice = special_ && producer.kind == Kind::lockstep && chance(40);
    if (slice) producer.write_stage.back() = uint32_t(between(1, WEIR_MOST_SLICE));
    net_.ahead |= slice;
    slice = special_ && consumer.kind == Kind::lockstep && chance(40);
    if (slice) consumer.read_stage.back() = uint32_t(between(1, WEIR_MOST_SLICE));
    net_.ahead |= slice;
    c.at_port = special_ && (is_end(from) || is_end(to)) && chance(40);
    write_at_[from].push_back(uint32_t(upto(11)));
    read_at_[to].push_back(uint32_t(upto(11)));
    net_.channels.push_back(c);
    return uint32_t(net_.channels.size() - 1);
}

void Maker::connect(uint32_t from, uint32_t to, bool feedback) {
    if (net_.processes[from].outputs.size() >= 4 || net_.processes[to].inputs.size() >= 4) return;
    bool between_processes = !is_end(from) && !is_end(to);
    uint32_t initial = 0;
    if (between_processes && (feedback || chance(4))) initial = uint32_t(upto(3));
    uint32_t c = add_channel(from, to, initial);
    Channel &channel = net_.channels[c];
    size_t most = 8;
    if (!is_end(from)) most = std::min(most, slots(from).size());
    if (!is_end(to)) most = std::min(most, slots(to).size());
    size_t beats = chance(60) ? most : between(1, most), reads = beats;
    if (!style_.balanced && !is_end(to) && chance(2)) {
        reads = between(1, slots(to).size());
        unbalanced_ = true;
    }
    channel.frame_beats = beats;
    if (!is_end(from))
        put_all(from, choose(slots(from), beats), WEIR_WRITE, WEIR_RESERVE, channel.producer_port);
    if (!is_end(to))
        put_all(to, choose(slots(to), reads), WEIR_READ, WEIR_ACQUIRE, channel.consumer_port);
}

// A start token or a block of memory handed over: acquired first, released last.
void Maker::connect_token(uint32_t from, uint32_t to) {
    Process &producer = net_.processes[from], &consumer = net_.processes[to];
    if (producer.outputs.size() >= 4 || consumer.inputs.size() >= 4) return;
    uint32_t c = add_channel(from, to, 0);
    Channel &channel = net_.channels[c];
    channel.frame_beats = 1;
    std::vector<Slot> writes = slots(from), reads = slots(to);
    bool block = chance(50);
    if (block && producer.kind != Kind::frp) {
        put(from, writes.front(), WEIR_RESERVE, channel.producer_port);
        put(from, writes.back(), WEIR_WRITE, channel.producer_port);
    } else {
        put(from, writes.front(), WEIR_WRITE, channel.producer_port);
    }
    if (chance(30)) {
        put(to, reads.front(), WEIR_READ, channel.consumer_port);
    } else {
        put(to, reads.front(), WEIR_ACQUIRE, channel.consumer_port);
        put(to, reads.back(), WEIR_READ, channel.consumer_port);
    }
}

void Maker::preamble_step(Process &process, const std::vector<weir_operation> &list) {
    unbalanced_ = true;
    if (process.kind != Kind::lockstep) {
        process.preamble.push_back(list);
        return;
    }
    Loop loop;
    loop.at.assign(1, std::vector<Operations>(1, list));
    loop.gap = uint32_t(upto(2));
    process.preamble_loops.push_back(loop);
}

// A few initiations before the first frame: writes of some beats, reads of beats that are there.
void Maker::make_preambles() {
    std::vector<uint32_t> held(net_.channels.size());
    for (size_t c = 0; c < held.size(); c++)
        held[c] = net_.channels[c].initial;
    for (uint32_t p = 0; p < net_.processes.size(); p++) {
        Process &x = net_.processes[p];
        if (is_end(p) || !chance(12)) continue;
        uint64_t steps = between(1, 3);
        for (uint64_t i = 0; i < steps; i++) {
            std::vector<weir_operation> list;
            for (uint16_t port = 0; port < x.inputs.size(); port++) {
                if (held[x.inputs[port]] == 0 || !chance(50)) continue;
                list.push_back({uint16_t(WEIR_READ), port});
                held[x.inputs[port]]--;
            }
            for (uint16_t port = 0; port < x.outputs.size(); port++) {
                const Channel &channel = net_.channels[x.outputs[port]];
                if (is_end(channel.consumer) || !chance(40)) continue;
                list.push_back({uint16_t(WEIR_WRITE), port});
                held[x.outputs[port]]++;
            }
            preamble_step(x, list);
        }
    }
}

// Some writes of lockstep processes are not held back with their cycle, or hold it back.
void Maker::make_posts() {
    for (Process &x : net_.processes)
        for (Loop &loop : x.loops)
            for (auto &trip : loop.at)
                for (Operations &operations : trip)
                    for (weir_operation &o : operations)
                        if (special_ && o.kind == WEIR_WRITE && chance(15)) {
                            o.kind = uint16_t(chance(50) ? WEIR_POST : WEIR_LEAD);
                            net_.ahead = true;
                        }
}

// A frame is some rounds of what was laid out.
void Maker::repeat_rounds() {
    for (Process &x : net_.processes) {
        std::vector<Loop> loops = x.loops;
        std::vector<Operations> frame = x.frame;
        for (uint64_t r = 1; r < rounds_; r++) {
            x.loops.insert(x.loops.end(), loops.begin(), loops.end());
            x.frame.insert(x.frame.end(), frame.begin(), frame.end());
        }
    }
    for (Channel &channel : net_.channels)
        channel.frame_beats *= rounds_;
}

void Maker::make_arrivals() {
    uint64_t sources = 0, slow = 0;
    for (const Process &x : net_.processes)
        sources += x.kind == Kind::source;
    for (const Domain &domain : net_.domains)
        slow = std::max(slow, domain.period_ps);
    net_.drop = style_.drop && sources == 1 && !unbalanced_ && chance(20);
    if (net_.drop || chance(30)) {
        uint64_t at = upto(20 * slow);
        for (uint64_t f = 0; f < net_.frames; f++) {
            net_.arrival_ps.push_back(at);
            if (chance(80)) at += upto(30 * slow);
        }
    } else if (chance(40)) {
        net_.arrival_period_ps = between(1, 60 * slow);
    }
}

Net Maker::make() {
    make_domains();
    rounds_ = pick<uint64_t>({1, 1, 2, 3});
    net_.frames = between(1, style_.most_frames);
    special_ = style_.ahead && chance(20);
    uint32_t n = uint32_t(between(1, style_.most_processes));
    for (uint32_t p = 0; p < n; p++)
        make_process(p);
    bool one_source = chance(60);
    connect(add_end(Kind::source, 0), 0, false);
    for (uint32_t p = 1; p < n; p++) {
        if (!one_source && chance(25))
            connect(add_end(Kind::source, p), p, false);
        else
            connect(uint32_t(upto(p - 1)), p, false);
    }
    for (uint64_t extra = n > 1 ? upto(n) : 0; extra > 0; extra--) {
        uint32_t to = uint32_t(between(1, n - 1));
        uint32_t from = uint32_t(upto(to - 1));
        if (chance(25))
            connect_token(from, to);
        else
            connect(from, to, false);
    }
    if (n > 1 && chance(25)) {
        uint32_t from = uint32_t(between(1, n - 1));
        connect(from, uint32_t(upto(from)), true);
    }
    for (uint32_t p = 0; p < n; p++)
        if (net_.processes[p].outputs.empty() || p == n - 1)
            connect(p, add_end(Kind::sink, p), false);
    if (!style_.balanced) make_preambles();
    make_posts();
    repeat_rounds();
    make_arrivals();
    return std::move(net_);
}

const char *kind_name(Kind kind) {
    const char *names[] = {"source", "sink", "lockstep", "elastic", "credit", "frp"};
    return names[size_t(kind)];
}

void print(std::ostringstream &out, const char *what, const std::vector<Operations> &list) {
    const char *kinds[] = {"r", "w", "a", "s", "p", "l"};
    out << "    " << what << ":";
    for (const Operations &operations : list) {
        out << " {";
        for (const weir_operation &o : operations)
            out << " " << kinds[o.kind] << o.port;
        out << " }";
    }
    out << "\n";
}

// Folding: a stretch that repeats itself becomes a node, or does not, as the dice fall.
class Folder {
  public:
    Folder(std::mt19937_64 &random, std::vector<weir_loop> &loops)
        : random_(random), loops_(loops) {}
    void fold(const uint32_t *sets, size_t n) {
        for (size_t at = 0; at < n;) {
            size_t length = 1, count = repeats(sets, at, n, 1);
            if (count < 2 || random_() % 4 == 0) {
                size_t tried = 1 + random_() % 12;
                size_t found = repeats(sets, at, n, tried);
                if (found > 1 && random_() % 8 != 0) {
                    length = tried;
                    count = found;
                }
            }
            if (random_() % 8 == 0) count = 1 + random_() % count;
            emit(sets + at, length, count);
            at += length * count;
        }
    }

  private:
    static size_t repeats(const uint32_t *sets, size_t at, size_t n, size_t length) {
        size_t count = 1;
        while (at + (count + 1) * length <= n &&
               std::equal(sets + at, sets + at + length, sets + at + count * length))
            count++;
        return at + length <= n ? count : 0;
    }
    void emit(const uint32_t *sets, size_t length, size_t count) {
        if (length == 1 && random_() % 16 != 0) {
            loops_.push_back({count, sets[0], 0});
            return;
        }
        size_t node = loops_.size();
        loops_.push_back({count, 0, 0});
        if (length == 1)
            loops_.push_back({1, sets[0], 0});
        else
            fold(sets, length);
        loops_[node].length = uint32_t(loops_.size() - node - 1);
    }
    std::mt19937_64 &random_;
    std::vector<weir_loop> &loops_;
};

} // namespace

Net random_net(uint64_t seed, uint64_t number, const Style &style) {
    std::seed_seq mixed{uint32_t(seed), uint32_t(seed >> 32), uint32_t(number),
                        uint32_t(number >> 32)};
    uint32_t words[2];
    mixed.generate(words, words + 2);
    return Maker(uint64_t(words[1]) << 32 | words[0], style).make();
}

std::string describe(const Net &net) {
    std::ostringstream out;
    out << "frames " << net.frames << (net.drop ? ", dropped" : "") << ", arrivals";
    for (uint64_t f = 0; f < net.frames; f++)
        out << " " << net.arrives_ps(f);
    out << " ps\n";
    for (size_t d = 0; d < net.domains.size(); d++)
        out << "domain " << d << ": period " << net.domains[d].period_ps << ", phase "
            << net.domains[d].phase_ps << "\n";
    for (size_t p = 0; p < net.processes.size(); p++) {
        const Process &x = net.processes[p];
        out << "process " << p << ": " << kind_name(x.kind) << ", domain " << x.domain << ", start "
            << x.start << ", stages " << x.stages << ", ii " << x.ii << ", pause \"" << x.pause
            << "\"\n";
        Sequence sequence = initiations(x);
        if (!sequence.preamble.empty()) print(out, "preamble", sequence.preamble);
        if (!sequence.frame.empty()) print(out, "frame", sequence.frame);
    }
    for (size_t c = 0; c < net.channels.size(); c++) {
        const Channel &x = net.channels[c];
        out << "channel " << c << ": " << x.producer << "." << x.producer_port << " -> "
            << x.consumer << "." << x.consumer_port << ", depth " << x.depth << ", forward "
            << x.forward << ", backward " << x.backward << ", gap " << x.write_gap << ", initial "
            << x.initial << (x.memory ? ", memory" : "") << (x.at_port ? ", at its port" : "")
            << ", beats " << x.frame_beats;
        const Process &from = net.processes[x.producer], &to = net.processes[x.consumer];
        if (!from.write_stage.empty()) out << ", written at " << from.write_stage[x.producer_port];
        if (!to.read_stage.empty()) out << ", read at " << to.read_stage[x.consumer_port];
        out << "\n";
    }
    return out.str();
}

static std::string unequal(const std::string &what, uint64_t found, uint64_t expected) {
    return what + ": " + std::to_string(found) + ", simulated " + std::to_string(expected);
}

static std::string unequal_edges(const std::string &what, const uint64_t *found, uint64_t count,
                                 const std::vector<uint64_t> &expected) {
    for (uint64_t k = 0; k < count && k < expected.size(); k++)
        if (found[k] != expected[k])
            return unequal(what + " " + std::to_string(k), found[k], expected[k]);
    return count == expected.size() ? "" : unequal("number of " + what, count, expected.size());
}

static bool moves(const weir_operation &o, bool reads) {
    if (reads) return o.kind == WEIR_READ;
    return o.kind == WEIR_WRITE || o.kind == WEIR_POST || o.kind == WEIR_LEAD;
}

// Events of one side of a channel that belong to the preamble or to one of the first `frames`
// frames.
static uint64_t events_of(const Net &net, uint32_t process, bool reads, uint32_t port,
                          uint64_t frames) {
    const Process &x = net.processes[process];
    if (x.kind == Kind::source) return frames * net.channels[x.outputs[port]].frame_beats;
    if (x.kind == Kind::sink) return frames * net.channels[x.inputs[port]].frame_beats;
    auto count = [&](const std::vector<Operations> &list) {
        uint64_t n = 0;
        for (const Operations &operations : list)
            for (const weir_operation &o : operations)
                n += moves(o, reads) && o.port == port;
        return n;
    };
    Sequence sequence = initiations(x);
    return count(sequence.preamble) + frames * count(sequence.frame);
}

static std::string channel_difference(const Net &net, const Result &expected,
                                      const weir_replay_result &found, uint32_t c) {
    const Channel &channel = net.channels[c];
    Events events = expected.channels[c];
    uint64_t writes = found.writes[c], reads = found.reads[c];
    if (expected.n_dropped > 0) {
        uint64_t sent = net.frames - expected.n_dropped;
        uint64_t most = events_of(net, channel.producer, false, channel.producer_port, sent);
        writes = std::min(writes, most);
        events.writes.resize(std::min<size_t>(most, events.writes.size()));
        most = events_of(net, channel.consumer, true, channel.consumer_port, sent);
        reads = std::min(reads, most);
        events.reads.resize(std::min<size_t>(most, events.reads.size()));
    }
    std::string name = "channel " + std::to_string(c) + " ";
    if (found.trace != nullptr) {
        const weir_trace_channel &trace = found.trace->channels[c];
        if (trace.n_writes < writes || trace.n_reads < reads)
            return unequal(name + "events recorded", trace.n_writes + trace.n_reads,
                           writes + reads);
        std::string text = unequal_edges(name + "write", trace.writes, writes, events.writes);
        if (text.empty()) text = unequal_edges(name + "read", trace.reads, reads, events.reads);
        if (!text.empty()) return text;
    }
    if (writes != events.writes.size())
        return unequal(name + "writes", writes, events.writes.size());
    if (reads != events.reads.size()) return unequal(name + "reads", reads, events.reads.size());
    bool compared = found.max_occupancy != nullptr && expected.n_dropped == 0;
    if (compared && found.max_occupancy[c] != events.max_occupancy)
        return unequal(name + "occupancy", found.max_occupancy[c], events.max_occupancy);
    return "";
}

static std::string frame_difference(const Result &expected, const weir_replay_result &found) {
    uint64_t n = expected.n_frames;
    if (found.index != nullptr) {
        std::string text = unequal_edges("frame index", found.index, n, expected.index);
        if (text.empty())
            text = unequal_edges("first in of frame", found.first_in_ps, n, expected.first_in_ps);
        if (text.empty())
            text = unequal_edges("last out of frame", found.last_out_ps, n, expected.last_out_ps);
        if (!text.empty()) return text;
    }
    if (n == 0) return "";
    uint64_t first = expected.last_out_ps[0] - expected.first_in_ps[0];
    uint64_t last = expected.last_out_ps[n - 1] - expected.first_in_ps[n - 1];
    if (found.latency_ps != first) return unequal("latency_ps", found.latency_ps, first);
    if (found.last_latency_ps != last)
        return unequal("last_latency_ps", found.last_latency_ps, last);
    if (found.end_ps != expected.last_out_ps[n - 1])
        return unequal("end_ps", found.end_ps, expected.last_out_ps[n - 1]);
    return "";
}

std::string difference(const Net &net, const Result &expected, const weir_replay_result &found) {
    for (uint32_t c = 0; c < net.channels.size(); c++) {
        std::string text = channel_difference(net, expected, found, c);
        if (!text.empty()) return text;
    }
    if (found.deadlock != expected.deadlock)
        return unequal("deadlock", found.deadlock, expected.deadlock);
    if (found.deadlock && expected.n_dropped == 0 && found.deadlock_ps != expected.last_event_ps)
        return unequal("deadlock_ps", found.deadlock_ps, expected.last_event_ps);
    if (found.n_frames != expected.n_frames)
        return unequal("frames", found.n_frames, expected.n_frames);
    if (found.n_dropped != expected.n_dropped)
        return unequal("dropped", found.n_dropped, expected.n_dropped);
    return frame_difference(expected, found);
}

// The local cycles of loops one after the other.
static std::vector<Operations> flatten(const std::vector<Loop> &loops) {
    std::vector<Operations> cycles;
    for (const Loop &loop : loops) {
        size_t base = cycles.size();
        cycles.resize(base + (loop.trips - 1) * loop.ii + loop.stages + loop.gap);
        for (uint32_t i = 0; i < loop.trips; i++)
            for (uint32_t s = 0; s < loop.stages; s++) {
                Operations &cycle = cycles[base + i * loop.ii + s];
                cycle.insert(cycle.end(), loop.at[i][s].begin(), loop.at[i][s].end());
            }
    }
    return cycles;
}

Sequence initiations(const Process &process) {
    if (process.kind == Kind::lockstep)
        return {flatten(process.preamble_loops), flatten(process.loops)};
    return {process.preamble, process.frame};
}

Program::Program(const Process &process, const std::string &name, std::mt19937_64 &random)
    : name_(name), read_stage_(process.read_stage), write_stage_(process.write_stage) {
    std::map<std::vector<uint32_t>, uint32_t> known = {{{}, 0}};
    sets_.push_back({0, 0});
    auto number = [&](const Operations &list) {
        std::vector<uint32_t> key;
        for (const weir_operation &o : list)
            key.push_back(uint32_t(o.kind) << 16 | o.port);
        std::sort(key.begin(), key.end());
        auto [at, fresh] = known.try_emplace(key, uint32_t(sets_.size()));
        if (fresh) {
            sets_.push_back({uint32_t(operations_.size()), uint32_t(list.size())});
            operations_.insert(operations_.end(), list.begin(), list.end());
        }
        return at->second;
    };
    Sequence sequence = initiations(process);
    Folder folder(random, loops_);
    std::vector<uint32_t> numbers;
    for (const Operations &list : sequence.preamble)
        numbers.push_back(number(list));
    folder.fold(numbers.data(), numbers.size());
    schedule.n_preamble = uint32_t(loops_.size());
    numbers.clear();
    for (const Operations &list : sequence.frame)
        numbers.push_back(number(list));
    folder.fold(numbers.data(), numbers.size());

    const weir_timing_class classes[] = {WEIR_UNKNOWN, WEIR_UNKNOWN, WEIR_LOCKSTEP,
                                         WEIR_ELASTIC, WEIR_CREDIT,  WEIR_FRP};
    schedule.process = name_.data();
    schedule.timing = classes[size_t(process.kind)];
    schedule.stages = process.stages;
    schedule.ii_cycles = process.ii;
    schedule.start = process.start;
    schedule.n_inputs = uint32_t(process.inputs.size());
    schedule.n_outputs = uint32_t(process.outputs.size());
    schedule.read_stage = read_stage_.data();
    schedule.write_stage = write_stage_.data();
    schedule.n_operations = uint32_t(operations_.size());
    schedule.operations = operations_.data();
    schedule.n_sets = uint32_t(sets_.size());
    schedule.sets = sets_.data();
    schedule.n_loops = uint32_t(loops_.size());
    schedule.loops = loops_.data();
}

Translated::Translated(const Net &net, uint64_t seed) {
    std::mt19937_64 random(seed);
    for (size_t p = 0; p < net.processes.size(); p++)
        names_.push_back("p" + std::to_string(p));
    for (size_t c = 0; c < net.channels.size(); c++)
        names_.push_back("c" + std::to_string(c));
    for (size_t p = 0; p < net.processes.size(); p++) {
        const Process &x = net.processes[p];
        bool end = x.kind == Kind::source || x.kind == Kind::sink;
        programs.push_back(end ? nullptr : std::make_unique<Program>(x, names_[p], random));
        weir_net_process process = {};
        process.name = names_[p].c_str();
        process.kind = x.kind == Kind::source ? WEIR_SOURCE
                       : x.kind == Kind::sink ? WEIR_SINK
                                              : WEIR_PROCESS;
        process.domain = x.domain;
        process.schedule = end ? nullptr : &programs[p]->schedule;
        process.inputs = x.inputs.data();
        process.outputs = x.outputs.data();
        processes_.push_back(process);
        patterns.push_back(x.pause);
    }
    for (size_t c = 0; c < net.channels.size(); c++) {
        const Channel &x = net.channels[c];
        const char *name = names_[net.processes.size() + c].c_str();
        channels_.push_back({name, x.producer, x.producer_port, x.consumer, x.consumer_port,
                             x.frame_beats, x.initial, 0, 0, x.at_port});
        timing.push_back({x.depth, x.forward, x.backward, x.write_gap});
    }
    for (const Domain &x : net.domains)
        domains.push_back({"domain", x.period_ps, x.phase_ps, {}});
    rebuild();
    for (const std::string &pattern : patterns)
        pauses.push_back(pattern.empty() ? nullptr : pattern.c_str());
    arrivals = net.arrival_ps;
    parameters.domains = domains.data();
    parameters.channels = timing.data();
    parameters.frames = net.frames;
    parameters.arrival_ps = arrivals.empty() ? nullptr : arrivals.data();
    parameters.arrival_period_ps = net.arrival_period_ps;
    parameters.drop = net.drop;
    parameters.pauses = pauses.data();
}

void Translated::rebuild() {
    weir_net_free(net_);
    net_ = weir_net_new("random", uint32_t(domains.size()), processes_.data(),
                        uint32_t(processes_.size()), channels_.data(), uint32_t(channels_.size()));
}

std::string replay_difference(const Net &net, const Result &expected, const Translated &translated,
                              unsigned want, weir_replay_result *answer) {
    weir_diag *diag = weir_diag_new();
    weir_replay *replay = weir_replay_new(translated.net());
    const weir_replay_result *found = nullptr;
    std::string text;
    if (weir_replay_run(replay, &translated.parameters, want, &found, diag)) {
        text = difference(net, expected, *found);
        if (answer != nullptr) *answer = *found;
    } else {
        bool said = weir_diag_count(diag) > 0;
        text = std::string("refused: ") + (said ? weir_diag_at(diag, 0)->text : "no diagnostic");
    }
    weir_replay_free(replay);
    weir_diag_free(diag);
    return text;
}

uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != nullptr ? strtoull(text, nullptr, 0) : otherwise;
}

} // namespace regsim
