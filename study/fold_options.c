/* The options of each group of layers: what a ladder of targets gives, and what else each rung has. */
#include "hls/lower.h"
#include "study/fold_parts.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BITS = 56, SPLITS = 2 }; /* of an interval in ps: a day */

uint64_t weir_fold_target(uint64_t cycles) {
    uint64_t target = (uint64_t)((double)cycles / 1.02);
    while (weir_step_limit(target + 1) <= cycles)
        target++;
    while (target > 1 && weir_step_limit(target) > cycles)
        target--;
    return target;
}

bool weir_fold_targets(const weir_fold_space *space, uint64_t limit_ps,
                       weir_fold_setting *settings) {
    for (uint32_t g = 0; g < space->n_groups; g++) {
        uint64_t cycles = limit_ps / space->groups[g].period_ps;
        if (cycles == 0) return false;
        settings[g] = (weir_fold_setting){
            .target_cycles = weir_fold_target(cycles), .low_ps = limit_ps, .high_ps = limit_ps};
    }
    return true;
}

static bool try_rung(weir_fold_space *space, uint64_t limit_ps, weir_fold_setting *settings,
                     weir_fold_trial *trial, weir_diag *diag) {
    space->n_compiled++;
    return weir_fold_targets(space, limit_ps, settings) &&
           weir_fold_try(space, settings, limit_ps, trial, diag);
}

static bool same(const weir_option *a, const weir_option *b) {
    return a->time_ps == b->time_ps && memcmp(a->cost, b->cost, sizeof a->cost) == 0;
}

static void add_option(weir_fold_group *group, const weir_option *option,
                       const weir_fold_setting *setting) {
    for (uint32_t o = 0; o < group->n_options; o++) {
        if (!same(&group->options[o], option)) continue;
        if (setting->low_ps < group->settings[o].low_ps)
            group->settings[o].low_ps = setting->low_ps;
        return;
    }
    if (group->n_options == group->room) {
        group->room = group->room > 0 ? 2 * group->room : 16;
        group->options = weir_xrealloc(group->options, group->room * sizeof *group->options);
        group->settings = weir_xrealloc(group->settings, group->room * sizeof *group->settings);
    }
    group->options[group->n_options] = *option;
    group->settings[group->n_options++] = *setting;
}

/* ---- what else a rung has ---- */

/* PE twice (four times) and SIMD half (a quarter) of what the target chose: as many multipliers, other
 * sums and other words of the weights' memory. */
static bool splits(const weir_fold_group *group, const weir_fold_trial *rung, uint32_t g,
                   uint32_t power, weir_fold_setting *setting) {
    uint64_t pe = rung->folded[g].pe << power, simd = rung->folded[g].simd >> power;
    if (pe == 0 || simd << power != rung->folded[g].simd || simd == 0) return false;
    if (group->outputs % pe != 0) return false;
    setting->pe = pe;
    setting->simd = simd;
    return true;
}

/* Variant 0: constants; 1 and above: splits. False: no group has it. */
static bool set_variant(const weir_fold_space *space, const weir_fold_trial *rung, uint32_t variant,
                        weir_fold_setting *settings, bool *varied) {
    bool any = false;
    for (uint32_t g = 0; g < space->n_groups; g++) {
        const weir_fold_group *group = &space->groups[g];
        varied[g] = variant == 0 ? group->may_be_constants && rung->folded[g].pe > 0
                                 : splits(group, rung, g, variant, &settings[g]);
        settings[g].constants = variant == 0 && varied[g];
        any = any || varied[g];
    }
    return any;
}

typedef struct job { /* one variant of one rung */
    uint64_t limit_ps;
    weir_fold_setting *settings;
    bool *varied; /* the groups that differ from the rung */
    bool built;
    weir_fold_trial trial;
} job;

typedef struct jobs {
    const weir_fold_space *space;
    uint32_t n, room;
    job *all;
    atomic_uint next;
} jobs;

static void add_jobs(jobs *jobs, uint64_t limit_ps, const weir_fold_trial *rung) {
    const weir_fold_space *space = jobs->space;
    for (uint32_t variant = 0; variant <= SPLITS; variant++) {
        job made = {.limit_ps = limit_ps,
                    .settings = weir_xcalloc(space->n_groups + 1, sizeof *made.settings),
                    .varied = weir_xcalloc(space->n_groups + 1, sizeof *made.varied)};
        if (!weir_fold_targets(space, limit_ps, made.settings) ||
            !set_variant(space, rung, variant, made.settings, made.varied)) {
            free(made.settings);
            free(made.varied);
            continue;
        }
        if (jobs->n == jobs->room) {
            jobs->room = jobs->room > 0 ? 2 * jobs->room : 16;
            jobs->all = weir_xrealloc(jobs->all, jobs->room * sizeof *jobs->all);
        }
        jobs->all[jobs->n++] = made;
    }
}

static void *worker(void *context) {
    jobs *jobs = context;
    const volatile int *stop = jobs->space->request->evaluation->progress.stop;
    for (;;) {
        uint32_t j = atomic_fetch_add(&jobs->next, 1);
        if (j >= jobs->n || (stop != NULL && *stop != 0)) return NULL;
        job *job = &jobs->all[j];
        /* What cannot be built is no option: that is all there is to say. */
        weir_diag *quiet = weir_diag_new();
        job->built = weir_fold_try(jobs->space, job->settings, job->limit_ps, &job->trial, quiet);
        weir_diag_free(quiet);
    }
}

static void run_jobs(jobs *jobs) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t threads = jobs->space->request->evaluation->threads, started = 0;
    if (threads == 0) threads = cores > 0 ? (uint32_t)cores : 1;
    pthread_t *running = weir_xcalloc(threads + 1, sizeof *running);
    atomic_store(&jobs->next, 0);
    while (started + 1 < threads && pthread_create(&running[started], NULL, worker, jobs) == 0)
        started++;
    worker(jobs);
    for (uint32_t t = 0; t < started; t++)
        pthread_join(running[t], NULL);
    free(running);
}

/* In the order in which they were made, whichever thread did them. */
static void take_jobs(weir_fold_space *space, jobs *jobs) {
    for (uint32_t j = 0; j < jobs->n; j++) {
        job *job = &jobs->all[j];
        for (uint32_t g = 0; g < space->n_groups && job->built; g++)
            if (job->varied[g] && job->trial.groups[g].time_ps <= job->limit_ps)
                add_option(&space->groups[g], &job->trial.groups[g], &job->settings[g]);
        weir_fold_trial_free(&job->trial);
        free(job->settings);
        free(job->varied);
    }
    space->n_compiled += jobs->n;
    free(jobs->all);
}

/* ---- the ladder ---- */

static bool fits(const weir_fold_space *space, const weir_fold_trial *trial) {
    for (int r = 0; r < WEIR_RESOURCES; r++)
        if (space->budget[r] != WEIR_NO_LIMIT && trial->cost[r] > space->budget[r]) return false;
    return true;
}

/* Where the ladder begins: of limits an octave apart, from the fastest that can be built on, the first
 * with which the design as a whole fits; what the peer and what the program pick is no slower. Where
 * nothing fits, the slowest that can be built. */
static bool find_start(weir_fold_space *space, uint64_t *start, weir_diag *diag) {
    weir_fold_setting *settings = weir_xcalloc(space->n_groups + 1, sizeof *settings);
    bool built = false, done = false;
    for (uint32_t bits = 0; bits < MOST_BITS && !done; bits++) {
        weir_fold_trial trial;
        /* At the slow end errors are the design's own; before that its clocks' limit. */
        weir_diag *quiet = weir_diag_new();
        *start = UINT64_C(1) << bits;
        built = try_rung(space, *start, settings, &trial, bits + 1 < MOST_BITS ? quiet : diag);
        weir_diag_free(quiet);
        if (!built) continue;
        done = fits(space, &trial) || trial.time_ps < *start / 4;
        weir_fold_trial_free(&trial);
    }
    free(settings);
    return built;
}

/* An option that is no faster than another and in nothing cheaper is of no use. */
static void drop_dominated(const weir_fold_space *space, weir_fold_group *group) {
    uint32_t kept = 0;
    bool *useless = weir_xcalloc(group->n_options + 1, sizeof *useless);
    for (uint32_t a = 0; a < group->n_options; a++)
        for (uint32_t b = 0; b < group->n_options && !useless[a]; b++) {
            const weir_option *x = &group->options[a], *y = &group->options[b];
            bool worse = a != b && !useless[b] && y->time_ps <= x->time_ps;
            for (int r = 0; r < WEIR_RESOURCES && worse; r++)
                worse = space->budget[r] == WEIR_NO_LIMIT || y->cost[r] <= x->cost[r];
            useless[a] = worse;
        }
    for (uint32_t o = 0; o < group->n_options; o++) {
        if (useless[o]) continue;
        group->options[kept] = group->options[o];
        group->settings[kept++] = group->settings[o];
    }
    group->n_options = kept;
    free(useless);
}

/* Whether a product is folded in another way than on the rung before. */
static bool folds_anew(const weir_fold_space *space, const weir_fold_trial *rung,
                       weir_fold_setting *before) {
    bool anew = false;
    for (uint32_t g = 0; g < space->n_groups; g++) {
        anew = anew || before[g].pe != rung->folded[g].pe || before[g].simd != rung->folded[g].simd;
        before[g].pe = rung->folded[g].pe;
        before[g].simd = rung->folded[g].simd;
    }
    return anew;
}

/* Each rung makes faster what was slowest on the one before, which is what greedy balancing does. */
static void follow_peer(weir_fold_space *space, const weir_fold_trial *rung, uint64_t limit_ps) {
    if (space->peer.ended) return;
    if (!fits(space, rung)) {
        space->peer.ended = space->peer.found;
        return;
    }
    space->peer.found = true;
    space->peer.limit_ps = limit_ps;
    space->peer.time_ps = rung->time_ps;
    memcpy(space->peer.cost, rung->cost, sizeof rung->cost);
}

bool weir_fold_gather(weir_fold_space *space, weir_diag *diag) {
    const volatile int *stop = space->request->evaluation->progress.stop;
    uint64_t start_ps;
    if (!find_start(space, &start_ps, diag)) return false;
    weir_fold_setting *settings = weir_xcalloc(space->n_groups + 1, sizeof *settings);
    weir_fold_setting *before = weir_xcalloc(space->n_groups + 1, sizeof *before);
    jobs jobs = {.space = space};
    /* One rung an octave above, for a choice that has to give way once compiled. */
    uint64_t limit_ps = 2 * start_ps;
    while (limit_ps > 0 && (stop == NULL || *stop == 0)) {
        weir_fold_trial trial;
        weir_diag *quiet = weir_diag_new();
        bool built = try_rung(space, limit_ps, settings, &trial, quiet);
        weir_diag_free(quiet);
        if (!built) break; /* some process cannot be this fast: the ladder's end */
        for (uint32_t g = 0; g < space->n_groups; g++)
            add_option(&space->groups[g], &trial.groups[g], &settings[g]);
        follow_peer(space, &trial, limit_ps);
        if (limit_ps <= start_ps && folds_anew(space, &trial, before))
            add_jobs(&jobs, limit_ps, &trial);
        uint64_t below_ps = trial.below_ps > 0 ? trial.below_ps - 1 : 0;
        limit_ps = limit_ps > start_ps ? start_ps : below_ps;
        weir_fold_trial_free(&trial);
    }
    run_jobs(&jobs);
    take_jobs(space, &jobs);
    free(settings);
    free(before);
    for (uint32_t g = 0; g < space->n_groups; g++)
        drop_dominated(space, &space->groups[g]);
    return stop == NULL || *stop == 0 || weir_error(diag, WEIR_NOWHERE, "stopped early");
}
