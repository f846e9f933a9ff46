/* Draft: a design that what-if changes are made in, one after the other.
 *
 * A draft starts as a copy of a design; transforms (study/transform.h) change its settings and note
 * what they changed, a line each. Compiled (hls/compile.h) it gives a graph that every engine runs
 * wherever Weir writes the RTL. What a setting means for a layer is the layer compiler's: what cannot
 * be built is refused there, with the layer's name.
 */
#ifndef WEIR_STUDY_DRAFT_H
#define WEIR_STUDY_DRAFT_H

#include "base/text.h"
#include "hls/design.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_turns {  /* parts of the network loaded in turn into one region */
    uint32_t n_parts;        /* 0: all of it is there at once */
    const char *const *cuts; /* first layer of each part but the first; NULL: where they balance */
    uint64_t batch;          /* frames a turn */
    weir_loc loc;            /* of the change that asks for them */
} weir_turns;

typedef struct weir_draft {
    weir_design *design;
    bool reload;      /* the network is to be read anew: cropped, or pruned, in another way */
    weir_turns turns; /* of partial reconfiguration */
    weir_text *changed;
} weir_draft;

/* `base` must outlive the draft. */
weir_draft *weir_draft_new(const weir_design *base);
void weir_draft_free(weir_draft *draft);
void weir_draft_note(weir_draft *draft, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Layers that `names` means: one, several with commas between, or "*" (`kinds` says which those are;
 * NULL: all that have settings). Indices into the network, of the draft's arena; 0 with an error that
 * lists the layers there are. */
typedef bool (*weir_layer_test)(const weir_layer *layer);
bool weir_layer_has_weights(const weir_layer *layer); /* a convolution or a dense layer */
uint32_t weir_draft_layers(weir_draft *draft, const char *names, weir_layer_test kinds,
                           const uint32_t **layers, weir_loc loc, weir_diag *diag);
weir_layer_settings *weir_draft_settings(weir_draft *draft, uint32_t layer);

/* A domain of this name and period: that there is, or one that nothing uses any more with another
 * period, or a new one; a number is added to a name that is taken. Its index. */
uint32_t weir_draft_domain(weir_draft *draft, const char *name, uint64_t period_ps);
/* The settings of a FIFO, added where there are none. */
weir_fifo_settings *weir_draft_fifo(weir_draft *draft, const char *name, weir_loc loc);

#ifdef __cplusplus
}
#endif
#endif
