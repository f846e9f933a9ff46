#include "study/spill.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

#define NODES 50000000 /* a second or so */

typedef struct knapsack {
    uint32_t n;
    const weir_spill_item **order; /* of most traffic for a bit first */
    bool *kept, *best;             /* in this order */
    uint64_t saved, nodes;         /* of the best */
} knapsack;

static int denser_first(const void *a, const void *b) {
    const weir_spill_item *x = *(const weir_spill_item *const *)a;
    const weir_spill_item *y = *(const weir_spill_item *const *)b;
    unsigned __int128 left = (unsigned __int128)x->frame_bytes * y->bits;
    unsigned __int128 right = (unsigned __int128)y->frame_bytes * x->bits;
    if (left != right) return left > right ? -1 : 1;
    return (x > y) - (x < y);
}

/* What items from `at` on can save in `room` bits at most, were one allowed to stay in part. */
static uint64_t most_from(const knapsack *k, uint32_t at, uint64_t room) {
    uint64_t saved = 0;
    for (; at < k->n; at++) {
        const weir_spill_item *item = k->order[at];
        if (item->bits > room)
            return saved + (uint64_t)((unsigned __int128)item->frame_bytes * room / item->bits);
        room -= item->bits;
        saved += item->frame_bytes;
    }
    return saved;
}

static void search(knapsack *k, uint32_t at, uint64_t room, uint64_t saved) {
    if (saved > k->saved) {
        k->saved = saved;
        memcpy(k->best, k->kept, k->n * sizeof *k->best);
    }
    if (k->nodes == 0 || at == k->n || saved + most_from(k, at, room) <= k->saved) return;
    k->nodes--;
    if (k->order[at]->bits <= room) {
        k->kept[at] = true;
        search(k, at + 1, room - k->order[at]->bits, saved + k->order[at]->frame_bytes);
        k->kept[at] = false;
    }
    search(k, at + 1, room, saved);
}

static void choose_greedily(const knapsack *k, weir_spill *spill, uint64_t room) {
    for (uint32_t i = 0; i < k->n; i++) {
        weir_spill_item *item = &spill->items[k->order[i] - spill->items];
        item->greedy = item->bits > room;
        if (item->greedy)
            spill->greedy_bytes += item->frame_bytes;
        else
            room -= item->bits;
    }
}

static void solve(weir_spill *spill) {
    uint32_t n = spill->n_items;
    uint64_t all = 0, room = spill->budget_bits > spill->fixed_bits
                                 ? spill->budget_bits - spill->fixed_bits
                                 : 0;
    knapsack k = {.n = n, .nodes = NODES};
    k.order = weir_xcalloc(n + 1, sizeof *k.order);
    k.kept = weir_xcalloc(n + 1, sizeof *k.kept);
    k.best = weir_xcalloc(n + 1, sizeof *k.best);
    for (uint32_t i = 0; i < n; i++) {
        k.order[i] = &spill->items[i];
        all += spill->items[i].frame_bytes;
    }
    qsort(k.order, n, sizeof *k.order, denser_first);
    spill->bound_bytes = all - most_from(&k, 0, room);
    choose_greedily(&k, spill, room);
    search(&k, 0, room, 0);
    spill->frame_bytes = all - k.saved;
    spill->optimal = k.nodes > 0 || spill->frame_bytes == spill->bound_bytes;
    for (uint32_t i = 0; i < n; i++) {
        weir_spill_item *item = &spill->items[k.order[i] - spill->items];
        item->outside = !k.best[i];
        if (k.best[i]) spill->kept_bits += item->bits;
    }
    free(k.order);
    free(k.kept);
    free(k.best);
}

weir_spill *weir_spill_choose(const weir_array *arrays, uint32_t n, uint64_t budget_bits) {
    weir_spill *spill = weir_xcalloc(1, sizeof *spill);
    spill->budget_bits = budget_bits;
    spill->items = weir_xcalloc(n + 1, sizeof *spill->items);
    for (uint32_t i = 0; i < n; i++) {
        const weir_array *array = &arrays[i];
        uint64_t bits = array->words * array->bits;
        bool is_fifo = array->kind == WEIR_ARRAY_FIFO;
        if (!array->weights && !is_fifo) { /* the readers of a table share its words */
            spill->fixed_bits += array->reader == 0 ? bits : 0;
            continue;
        }
        spill->free_bits += bits;
        uint64_t beats = array->reads_per_frame * (is_fifo ? 2 : 1); /* written, too */
        spill->items[spill->n_items++] =
            (weir_spill_item){.name = array->name,
                              .array = i,
                              .bits = bits,
                              .frame_bytes = (beats * array->bits + 7) / 8};
    }
    solve(spill);
    return spill;
}

void weir_spill_free(weir_spill *spill) {
    if (spill == NULL) return;
    free(spill->items);
    free(spill);
}
