/* Reports as XML: *_csynth.xml of C synthesis and export_*.xml of Vivado's runs. Only the elements that
 * are wanted are looked at; the rest, which goes into the megabytes, is passed over. */
#include "hls/vitis_report.h"
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    weir_vendor_report *out;
    char text[512]; /* of the element that is open */
    size_t length;
    bool resources, latency, any_resources; /* inside their elements; has one been closed */
} reading;

static void XMLCALL opened(void *context, const XML_Char *name, const XML_Char **attributes) {
    (void)attributes;
    reading *r = context;
    r->length = 0;
    r->resources |= strcmp(name, "Resources") == 0 && !r->any_resources;
    r->latency |= strcmp(name, "SummaryOfOverallLatency") == 0;
}

static void XMLCALL letters(void *context, const XML_Char *text, int length) {
    reading *r = context;
    for (int i = 0; i < length && r->length + 1 < sizeof r->text; i++)
        if (strchr(" \t\r\n", text[i]) == NULL) r->text[r->length++] = text[i];
}

static void set_count(uint64_t *figure, const char *text) {
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits < 19 && text[digits] == '\0') *figure = strtoull(text, NULL, 10);
}

static void XMLCALL closed(void *context, const XML_Char *name) {
    reading *r = context;
    weir_vendor_figures *f = &r->out->figures;
    const struct {
        const char *name;
        bool inside;
        uint64_t *figure;
    } elements[] = {
        {"Best-caseLatency", r->latency, &f->latency_min},
        {"Worst-caseLatency", r->latency, &f->latency_max},
        {"Interval-min", r->latency, &f->ii_min},
        {"Interval-max", r->latency, &f->ii_max},
        {"LUT", r->resources, &f->lut},
        {"FF", r->resources, &f->ff},
        {"DSP", r->resources, &f->dsp},
        {"DSP48E", r->resources, &f->dsp}, /* until 2020.1 */
        {"BRAM_18K", r->resources, &f->bram18},
        {"BRAM", r->resources, &f->bram18}, /* of Vivado's runs, in RAMB18 too */
        {"URAM", r->resources, &f->uram},
    };
    r->text[r->length] = '\0';
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (elements[i].inside && strcmp(elements[i].name, name) == 0)
            set_count(elements[i].figure, r->text);
    if (strcmp(name, "TopModelName") == 0) snprintf(r->out->top, sizeof r->out->top, "%s", r->text);
    if (strcmp(name, "TargetClockPeriod") == 0) {
        double ns = strtod(r->text, NULL);
        if (ns > 0 && ns < 1e9) r->out->period_ps = (uint64_t)llround(ns * 1000);
    }
    r->any_resources |= strcmp(name, "Resources") == 0;
    r->resources &= strcmp(name, "Resources") != 0;
    r->latency &= strcmp(name, "SummaryOfOverallLatency") != 0;
    r->length = 0;
}

static weir_report_state read_xml(const char *text, size_t length, weir_vendor_report *out) {
    *out = (weir_vendor_report){.figures = weir_no_figures};
    reading r = {.out = out};
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetUserData(parser, &r);
    XML_SetElementHandler(parser, opened, closed);
    XML_SetCharacterDataHandler(parser, letters);
    bool good = XML_Parse(parser, text, (int)length, 1) == XML_STATUS_OK;
    if (!good) {
        out->line = (int)XML_GetCurrentLineNumber(parser);
        snprintf(out->lacks, sizeof out->lacks, "%s", XML_ErrorString(XML_GetErrorCode(parser)));
    }
    XML_ParserFree(parser);
    if (!good) return WEIR_REPORT_DAMAGED;
    return r.any_resources ? WEIR_REPORT_GOOD : WEIR_REPORT_OTHER;
}

weir_report_state weir_report_csynth_xml(const char *text, size_t length, weir_vendor_report *out) {
    return read_xml(text, length, out);
}

weir_report_state weir_report_export_xml(const char *text, size_t length, weir_vendor_report *out) {
    weir_report_state state = read_xml(text, length, out);
    if (state == WEIR_REPORT_GOOD && out->figures.lut == WEIR_NO_FIGURE) return WEIR_REPORT_OTHER;
    if (out->figures.uram == WEIR_NO_FIGURE) out->figures.uram = 0; /* devices without any */
    return state;
}
