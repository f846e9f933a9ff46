/* Settings and costs in which two runs differ, each by its name. */
#include "base/format.h"
#include "report/diff.h"
#include "report/resources.h"
#include <inttypes.h>
#include <string.h>

typedef struct settings {
    weir_table *table;
    uint32_t n;
} settings;

static void add(settings *s, const char *owner, const char *what, const char *a, const char *b) {
    char name[160];
    if (strcmp(a, b) == 0) return;
    snprintf(name, sizeof name, "%s%s%s", owner, *owner != '\0' ? ": " : "", what);
    weir_table_cell(s->table, name);
    weir_table_cell(s->table, *a != '\0' ? a : "-");
    weir_table_cell(s->table, *b != '\0' ? b : "-");
    s->n++;
}

static void add_count(settings *s, const char *owner, const char *what, uint64_t a, uint64_t b) {
    char text_a[WEIR_FORMAT], text_b[WEIR_FORMAT];
    add(s, owner, what, weir_format_count(text_a, a), weir_format_count(text_b, b));
}

static const char *or_empty(const char *text) {
    return text != NULL ? text : "";
}

static void add_domains(settings *s, const weir_record *a, const weir_record *b) {
    for (uint32_t i = 0; i < a->n_domains; i++) {
        const weir_record_domain *d = &a->domains[i], *e = NULL;
        for (uint32_t k = 0; k < b->n_domains; k++)
            if (strcmp(b->domains[k].name, d->name) == 0) e = &b->domains[k];
        if (e == NULL) {
            add(s, d->name, "clock domain", "there", "gone");
            continue;
        }
        add_count(s, d->name, "period, ps", d->period_ps, e->period_ps);
        add_count(s, d->name, "phase, ps", d->phase_ps, e->phase_ps);
    }
    for (uint32_t k = 0; k < b->n_domains; k++) {
        bool found = false;
        for (uint32_t i = 0; i < a->n_domains; i++)
            found |= strcmp(a->domains[i].name, b->domains[k].name) == 0;
        if (!found) add_count(s, b->domains[k].name, "period, ps", 0, b->domains[k].period_ps);
    }
}

static void add_process(settings *s, const weir_record_process *p, const weir_record_process *q) {
    add(s, p->name, "domain", p->domain_name, q->domain_name);
    add(s, p->name, "strategy", or_empty(p->strategy), or_empty(q->strategy));
    add(s, p->name, "precision", or_empty(p->precision), or_empty(q->precision));
    add_count(s, p->name, "reuse factor", p->reuse_factor, q->reuse_factor);
    add_count(s, p->name, "PE", p->pe, q->pe);
    add_count(s, p->name, "SIMD", p->simd, q->simd);
    add_count(s, p->name, "multipliers", p->multipliers, q->multipliers);
    add_count(s, p->name, "cycles of a frame", p->steps_per_frame, q->steps_per_frame);
}

static void add_channel(settings *s, const weir_record_channel *c, const weir_record_channel *d) {
    add_count(s, c->name, "depth", c->depth, d->depth);
    add_count(s, c->name, "bits of a beat", c->beat_bits, d->beat_bits);
    add(s, c->name, "storage", c->storage, d->storage);
    add(s, c->name, "latency class", c->latency_class, d->latency_class);
}

void weir_diff_settings(const weir_record *a, const weir_record *b, weir_text *out) {
    settings s = {.table = weir_table_new(3)};
    weir_table_column(s.table, 0, "settings that differ", false);
    weir_table_column(s.table, 1, "a", true);
    weir_table_column(s.table, 2, "b", true);
    add(&s, "", "design", a->design, b->design);
    add(&s, "", "engine", a->engine, b->engine);
    add(&s, "", "device", or_empty(a->device.name), or_empty(b->device.name));
    add_count(&s, "", "arrival period, ps", a->arrival_period_ps, b->arrival_period_ps);
    add(&s, "", "source pause", or_empty(a->source_pause), or_empty(b->source_pause));
    add(&s, "", "sink pause", or_empty(a->sink_pause), or_empty(b->sink_pause));
    add_domains(&s, a, b);
    for (uint32_t i = 0; i < a->n_processes; i++)
        for (uint32_t k = 0; k < b->n_processes; k++)
            if (strcmp(a->processes[i].name, b->processes[k].name) == 0)
                add_process(&s, &a->processes[i], &b->processes[k]);
    for (uint32_t i = 0; i < a->n_channels; i++)
        for (uint32_t k = 0; k < b->n_channels; k++)
            if (strcmp(a->channels[i].name, b->channels[k].name) == 0)
                add_channel(&s, &a->channels[i], &b->channels[k]);
    weir_text_add(out, "\n");
    if (s.n > 0)
        weir_table_print(s.table, 2, out);
    else
        weir_text_add(out, "settings: none differs\n");
    weir_table_free(s.table);
}

void weir_diff_costs(const weir_record *a, const weir_record *b, weir_table *table,
                     weir_diff_row row) {
    const weir_usage p = weir_record_usage(a), q = weir_record_usage(b);
    if (!p.known || !q.known) return;
    for (int r = 0; r < WEIR_CARRY; r++)
        row(table, weir_resource_title((weir_resource)r), p.total[r], q.total[r]);
}
