#include "hls/estimate_parameters.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ".NAME(123)", the first one of each name. */
static void read_parameters(weir_parameters *p, const char *text) {
    for (const char *at = strchr(text, '.'); at != NULL; at = strchr(at + 1, '.')) {
        char name[32], end;
        long long value;
        if (sscanf(at, ".%31[A-Z0-9_](%lld%c", name, &value, &end) != 3 || end != ')') continue;
        bool known = p->n == WEIR_MAX_PARAMETERS;
        for (uint32_t i = 0; i < p->n && !known; i++)
            known = strcmp(p->list[i].name, name) == 0;
        if (known) continue;
        strcpy(p->list[p->n].name, name);
        p->list[p->n++].value = value;
    }
}

static uint32_t bits_of(unsigned long long value) {
    uint32_t bits = 0;
    for (; value > 0; value >>= 1)
        bits++;
    return bits;
}

/* " + " and " - " of an expression. */
static uint32_t count_additions(const char *text, const char *end) {
    uint32_t n = 0;
    for (const char *at = text; at + 2 < end; at++)
        n += at[0] == ' ' && (at[1] == '+' || at[1] == '-') && at[2] == ' ';
    return n;
}

/* "p0_5 <= 12'(x0) * 12'sd5;" or "s0_0_0 <= (18'(p0_5) + ...);": the width stands in the text. */
static void read_assignment(weir_parameters *p, const char *text, const char *end, uint32_t x_bits,
                            uint32_t reach) {
    char target;
    uint32_t first, width;
    unsigned long long factor;
    if (sscanf(text, " %c%u", &target, &first) != 2) return;
    if (target == 'x') {
        p->registered += x_bits;
        return;
    }
    if (target != 'p' && target != 's') return;
    const char *value = strstr(text, "<=");
    while (value < end && !isdigit((unsigned char)*value))
        value++;
    if (sscanf(value, "%u'", &width) != 1) return;
    if (width > reach) width = reach;
    p->registered += width;
    const char *times = strstr(text, " * ");
    if (target == 'p' && times != NULL && times < end) {
        p->multiplied = weir_xrealloc(p->multiplied, (p->n_multiplied + 1) * sizeof *p->multiplied);
        if (sscanf(times, " * %*u'sd%llu", &factor) != 1) factor = 0;
        p->multiplied[p->n_multiplied].a = x_bits;
        p->multiplied[p->n_multiplied].b = bits_of(factor) + 1;
        p->multiplied[p->n_multiplied++].y = width;
        return;
    }
    p->added += (uint64_t)count_additions(value, end) * width;
}

/* Bits of the sums that the result needs: what wraps away is not built. */
static uint32_t reach_of(const weir_parameters *p) {
    int64_t reach = weir_parameter(p, "OUT_WIDTH", 64) + weir_parameter(p, "IN_FRACTION", 0) -
                    weir_parameter(p, "OUT_FRACTION", 0);
    bool wraps = weir_parameter(p, "OVERFLOW", 0) == 0;
    return !wraps || reach > 64 ? 64 : reach > 1 ? (uint32_t)reach : 1;
}

static void read_latency(weir_parameters *p, const char *text, uint32_t x_bits) {
    uint32_t reach = reach_of(p);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        if (end == NULL) end = line + strlen(line);
        const char *arrow = strstr(line, " <= ");
        if (arrow != NULL && arrow < end) read_assignment(p, line, end, x_bits, reach);
        line = *end == '\n' ? end + 1 : NULL;
    }
}

/* Each instance's ".COUNT(n)": four elements become one at a time, with a register behind each. */
static void read_reductions(weir_parameters *p, const char *text) {
    for (const char *at = strstr(text, ".COUNT("); at != NULL; at = strstr(at + 1, ".COUNT(")) {
        unsigned long left = strtoul(at + strlen(".COUNT("), NULL, 10);
        p->joined += left - 1;
        do {
            left = (left + 3) / 4;
            p->held += left;
        } while (left > 1);
    }
    static const char factor[] = ".multiplier(";
    for (const char *at = strstr(text, factor); at != NULL; at = strstr(at + 1, factor)) {
        const char *number = strstr(at, "'d");
        unsigned long long value = number != NULL ? strtoull(number + 2, NULL, 10) : 0;
        p->scaled += (value & (value - 1)) != 0;
    }
}

/* Different elements that wires lead to: what comes of equal ones is one register. */
static void read_wires(weir_parameters *p, const char *text) {
    static const char slice[] = "_data[";
    enum { PORT = 2 }; /* "n0" of "in0_data[15:0]" */
    for (const char *at = strstr(text, slice); at != NULL; at = strstr(at + 1, slice)) {
        size_t length = PORT + strcspn(at, "]");
        const char *earlier = strstr(text, slice);
        while (earlier < at && strncmp(earlier - PORT, at - PORT, length) != 0)
            earlier = strstr(earlier + 1, slice);
        p->wired += earlier == at;
    }
}

weir_parameters *weir_parameters_read(const weir_operator *op) {
    weir_parameters *p = weir_xcalloc(1, sizeof *p);
    weir_text *text = weir_text_new();
    op->kind->emit(op, "module", text);
    read_parameters(p, weir_text_string(text));
    weir_element in = op->n_inputs > 0 ? op->in[0].element : (weir_element){0};
    if ((strcmp(op->kind->name, "matvec") == 0 && strcmp(op->strategy, "latency") == 0) ||
        strcmp(op->kind->name, "unrolled") == 0)
        read_latency(p, weir_text_string(text), (uint32_t)in.width + !in.is_signed);
    if (strcmp(op->kind->name, "unrolled_pool") == 0) read_reductions(p, weir_text_string(text));
    if (strcmp(op->kind->name, "gather") == 0) read_wires(p, weir_text_string(text));
    weir_text_free(text);
    return p;
}

void weir_parameters_free(weir_parameters *parameters) {
    free(parameters->multiplied);
    free(parameters);
}

int64_t weir_parameter(const weir_parameters *parameters, const char *name, int64_t otherwise) {
    for (uint32_t i = 0; i < parameters->n; i++)
        if (strcmp(parameters->list[i].name, name) == 0) return parameters->list[i].value;
    return otherwise;
}
