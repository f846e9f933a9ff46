#include "base/format.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

const char *weir_format_count(char *out, uint64_t value) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *weir_format_time(char *out, uint64_t ps) {
    static const struct {
        uint64_t ps;
        const char *name;
    } units[] = {{1000000000000, "s"}, {1000000000, "ms"}, {1000000, "us"}, {1000, "ns"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ps < units[i].ps) continue;
        /* Integer arithmetic, rounded half up: 999.9995 ns may show as 1000.000 ns. */
        uint64_t thousandths = units[i].ps / 1000, count = (ps + thousandths / 2) / thousandths;
        char whole[WEIR_FORMAT];
        snprintf(out, WEIR_FORMAT, "%s.%03u %s", weir_format_count(whole, count / 1000),
                 (unsigned)(count % 1000), units[i].name);
        return out;
    }
    snprintf(out, WEIR_FORMAT, "%u ps", (unsigned)ps);
    return out;
}

const char *weir_format_percent(char *out, uint64_t part, uint64_t whole) {
    if (whole == 0)
        snprintf(out, WEIR_FORMAT, "-");
    else
        snprintf(out, WEIR_FORMAT, "%.1f", 100.0 * (double)part / (double)whole);
    return out;
}

const char *weir_format_mhz(char *out, uint64_t period_ps) {
    if (1000000 % period_ps == 0)
        snprintf(out, WEIR_FORMAT, "%llu MHz", (unsigned long long)(1000000 / period_ps));
    else
        snprintf(out, WEIR_FORMAT, "%.3f MHz", 1e6 / (double)period_ps);
    return out;
}

void weir_format_paragraph(weir_text *out, int indent, const char *words) {
    int column = 0;
    while (*words != '\0') {
        words += strspn(words, " \n");
        int length = (int)strcspn(words, " \n");
        if (length == 0) break;
        if (column > 0 && column + 1 + length > WEIR_REPORT_COLUMNS) {
            weir_text_add(out, "\n");
            column = 0;
        }
        if (column == 0) {
            weir_text_addf(out, "%*s%.*s", indent, "", length, words);
            column = indent + length;
        } else {
            weir_text_addf(out, " %.*s", length, words);
            column += 1 + length;
        }
        words += length;
    }
    weir_text_add(out, "\n");
}

typedef struct column {
    const char *title;
    bool right;
    int width;
} column;

struct weir_table {
    weir_arena *arena;
    uint32_t n_columns;
    column *columns;
    size_t n_cells, room;
    const char **cells;
    int widest; /* it is printed */
};

weir_table *weir_table_new(uint32_t columns) {
    weir_arena *arena = weir_arena_new();
    weir_table *table = WEIR_NEW(arena, weir_table, 1);
    table->arena = arena;
    table->n_columns = columns;
    table->widest = WEIR_REPORT_COLUMNS;
    table->columns = WEIR_NEW(arena, column, columns);
    return table;
}

void weir_table_free(weir_table *table) {
    if (table == NULL) return;
    free(table->cells);
    weir_arena_free(table->arena);
}

void weir_table_column(weir_table *table, uint32_t index, const char *title, bool right) {
    table->columns[index] = (column){weir_arena_strdup(table->arena, title), right, 0};
}

void weir_table_widest(weir_table *table, int columns) {
    table->widest = columns;
}

void weir_table_cell(weir_table *table, const char *cell) {
    if (table->n_cells == table->room) {
        table->room = table->room == 0 ? 64 : 2 * table->room;
        table->cells = weir_xrealloc(table->cells, table->room * sizeof *table->cells);
    }
    table->cells[table->n_cells++] = weir_arena_strdup(table->arena, cell);
}

/* Columns are two spaces apart. The widest left-aligned column loses a character at a time. */
static void fit_columns(weir_table *table, int indent) {
    int total = indent - 2;
    for (uint32_t c = 0; c < table->n_columns; c++) {
        column *col = &table->columns[c];
        col->width = (int)strlen(col->title);
        for (size_t i = c; i < table->n_cells; i += table->n_columns)
            if ((int)strlen(table->cells[i]) > col->width)
                col->width = (int)strlen(table->cells[i]);
        total += col->width + 2;
    }
    for (; total > table->widest; total--) {
        column *widest = NULL;
        for (uint32_t c = 0; c < table->n_columns; c++) {
            column *col = &table->columns[c];
            if (!col->right && col->width > 8 && (widest == NULL || col->width > widest->width))
                widest = col;
        }
        if (widest == NULL) return;
        widest->width--;
    }
}

static void print_row(const weir_table *table, int indent, const char *const *cells,
                      weir_text *out) {
    weir_text_addf(out, "%*s", indent, "");
    for (uint32_t c = 0; c < table->n_columns; c++) {
        const column *col = &table->columns[c];
        const char *cell = cells[c], *gap = c == 0 ? "" : "  ";
        bool last = c + 1 == table->n_columns;
        if ((int)strlen(cell) > col->width)
            weir_text_addf(out, "%s%.*s~%s", gap, col->width / 2, cell,
                           cell + strlen(cell) - (col->width - 1 - col->width / 2));
        else if (col->right)
            weir_text_addf(out, "%s%*s", gap, col->width, cell);
        else
            weir_text_addf(out, "%s%-*s", gap, last ? 0 : col->width, cell);
    }
    weir_text_add(out, "\n");
}

void weir_table_print(weir_table *table, int indent, weir_text *out) {
    fit_columns(table, indent);
    const char **titles = WEIR_NEW(table->arena, const char *, table->n_columns);
    for (uint32_t c = 0; c < table->n_columns; c++)
        titles[c] = table->columns[c].title;
    print_row(table, indent, titles, out);
    for (size_t row = 0; row + table->n_columns <= table->n_cells; row += table->n_columns)
        print_row(table, indent, table->cells + row, out);
}
