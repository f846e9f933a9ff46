#include "hls/fixed.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WIDTH 63
#define MAX_INTEGER 1024 /* far beyond any use, and small enough never to overflow an int */

static const char *const rounding_names[] = {
    "AP_TRN",     "AP_TRN_ZERO", "AP_RND", "AP_RND_ZERO", "AP_RND_MIN_INF",
    "AP_RND_INF", "AP_RND_CONV", "CEIL",   "UP",
};
static const char *const overflow_names[] = {"AP_WRAP",    "AP_SAT",     "AP_SAT_ZERO",
                                             "AP_SAT_SYM", "SAT_NARROW", "SIGN"};

/* Takes `word` from the text if it is there, blanks before it ignored. */
static bool take(const char **text, const char *word) {
    while (isspace((unsigned char)**text))
        (*text)++;
    size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0) return false;
    *text += length;
    return true;
}

static bool take_int(const char **text, int min, int max, int *value) {
    char *end;
    while (isspace((unsigned char)**text))
        (*text)++;
    if (**text != '-' && !isdigit((unsigned char)**text)) return false;
    long number = strtol(*text, &end, 10);
    if (end == *text || number < min || number > max) return false;
    *text = end;
    *value = (int)number;
    return true;
}

/* Takes one of `names`, with or without its "AP_". */
static bool take_name(const char **text, const char *const *names, int n_names, int *value) {
    char word[32];
    size_t length = 0;
    while (isspace((unsigned char)**text))
        (*text)++;
    while (isalpha((unsigned char)(*text)[length]) || (*text)[length] == '_')
        length++;
    if (length == 0 || length >= sizeof word) return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    for (int i = 0; i < n_names; i++)
        if (strcmp(word, names[i]) == 0 ||
            (strncmp(names[i], "AP_", 3) == 0 && strcmp(word, names[i] + 3) == 0)) {
            *text += length;
            *value = i;
            return true;
        }
    return false;
}

static bool take_modes(const char **text, weir_fixed *fixed) {
    int rounding, overflow, bits;
    if (!take(text, ",")) return true;
    if (!take_name(text, rounding_names, 9, &rounding)) return false;
    fixed->rounding = (weir_rounding)rounding;
    if (!take(text, ",")) return true;
    if (!take_name(text, overflow_names, 6, &overflow)) return false;
    fixed->overflow = (weir_overflow)overflow;
    /* The fifth argument, the saturation bits of AP_WRAP, is 0 in everything that is supported. */
    return !take(text, ",") || take_int(text, 0, 0, &bits);
}

bool weir_fixed_parse(weir_fixed *fixed, const char *text) {
    weir_fixed result = {.is_signed = true};
    bool integer_only = false;
    take(&text, "ap_");
    if (take(&text, "u")) result.is_signed = false;
    if (take(&text, "int"))
        integer_only = true;
    else if (!take(&text, "fixed"))
        return false;
    if (!take(&text, "<") || !take_int(&text, 1, MAX_WIDTH, &result.width)) return false;
    result.integer = result.width;
    if (!integer_only) {
        if (!take(&text, ",") || !take_int(&text, -MAX_INTEGER, MAX_INTEGER, &result.integer))
            return false;
        if (!take_modes(&text, &result)) return false;
    }
    if (!take(&text, ">")) return false;
    take(&text, "");
    if (*text != '\0' || !weir_fixed_valid(result)) return false;
    *fixed = result;
    return true;
}

void weir_fixed_text(weir_fixed fixed, char *out, size_t size) {
    const char *prefix = fixed.is_signed ? "ap_fixed" : "ap_ufixed";
    if (fixed.overflow != WEIR_WRAP)
        snprintf(out, size, "%s<%d,%d,%s,%s>", prefix, fixed.width, fixed.integer,
                 rounding_names[fixed.rounding], overflow_names[fixed.overflow]);
    else if (fixed.rounding != WEIR_TRN)
        snprintf(out, size, "%s<%d,%d,%s>", prefix, fixed.width, fixed.integer,
                 rounding_names[fixed.rounding]);
    else
        snprintf(out, size, "%s<%d,%d>", prefix, fixed.width, fixed.integer);
}

/* value / 2^drop as an integer, drop >= 1, |value| < 2^62. */
static int64_t quantise(int64_t value, int drop, weir_rounding rounding) {
    /* Below 2^-1 of a unit only the sign still matters. */
    if (drop > 62) {
        if (value < 0) return rounding == WEIR_TRN || rounding == WEIR_UP ? -1 : 0;
        return value > 0 && (rounding == WEIR_CEIL || rounding == WEIR_UP);
    }
    int64_t unit = (int64_t)1 << drop, half = unit / 2;
    int64_t floor = value >> drop, rest = value - floor * unit;
    switch (rounding) {
    case WEIR_TRN:
        return floor;
    case WEIR_TRN_ZERO:
        return floor + (value < 0 && rest != 0);
    case WEIR_RND:
        return floor + (rest >= half);
    case WEIR_RND_ZERO:
        return floor + (value < 0 ? rest >= half : rest > half);
    case WEIR_RND_MIN_INF:
        return floor + (rest > half);
    case WEIR_RND_INF:
        return floor + (value < 0 ? rest > half : rest >= half);
    case WEIR_RND_CONV:
        return floor + (rest > half || (rest == half && (floor & 1)));
    case WEIR_CEIL:
        return floor + (rest != 0);
    case WEIR_UP:
        return floor + (value > 0 && rest != 0);
    }
    return floor;
}

static int64_t wrap(uint64_t bits, weir_fixed to) {
    uint64_t mask = ((uint64_t)1 << to.width) - 1;
    bits &= mask;
    if (to.is_signed && (bits >> (to.width - 1))) bits |= ~mask;
    return (int64_t)bits;
}

int64_t weir_fixed_convert(int64_t value, int fraction, weir_fixed to) {
    if (to.overflow == WEIR_SIGN) return value < 0 ? -1 : 1;
    int drop = fraction - weir_fixed_fraction(to);
    uint64_t bits;
    bool overflow;
    if (drop > 0) {
        int64_t quantised = quantise(value, drop, to.rounding);
        bits = (uint64_t)quantised;
        overflow = quantised < weir_fixed_min(to) || quantised > weir_fixed_max(to);
    } else {
        /* Shifting left can leave 64 bits: compare on the near side of the shift, rounding the
         * limits towards zero. */
        int shift = -drop;
        bits = shift > 63 ? 0 : (uint64_t)value << shift;
        int64_t unit = shift > 62 ? INT64_MAX : (int64_t)1 << shift;
        overflow = value < weir_fixed_min(to) / unit || value > weir_fixed_max(to) / unit;
    }
    if (!overflow) return (int64_t)bits;
    switch (to.overflow) {
    case WEIR_WRAP:
        return wrap(bits, to);
    case WEIR_SAT_ZERO:
        return 0;
    case WEIR_SAT:
    case WEIR_SAT_SYM:
    case WEIR_SAT_NARROW:
    case WEIR_SIGN:
        break;
    }
    return value < 0 ? weir_fixed_min(to) : weir_fixed_max(to);
}

int64_t weir_fixed_from_double(double value, weir_fixed to) {
    int exponent;
    if (isnan(value)) return to.overflow == WEIR_SIGN ? -1 : 0;
    if (isinf(value)) return weir_fixed_convert(value < 0 ? -1 : 1, -2 * MAX_INTEGER, to);
    /* A double is a 53-bit integer times a power of two. */
    double mantissa = frexp(value, &exponent);
    return weir_fixed_convert((int64_t)ldexp(mantissa, 53), 53 - exponent, to);
}

double weir_fixed_to_double(int64_t value, weir_fixed type) {
    return ldexp((double)value, -weir_fixed_fraction(type));
}

int64_t weir_fixed_min(weir_fixed type) {
    if (!type.is_signed) return 0;
    if (type.overflow == WEIR_SIGN) return -1;
    int64_t min = -((int64_t)1 << (type.width - 1));
    /* Symmetric saturation never yields the lone most negative value, except that one bit has no
     * other negative value. */
    return type.overflow == WEIR_SAT_SYM && type.width > 1 ? min + 1 : min;
}

int64_t weir_fixed_max(weir_fixed type) {
    uint64_t beyond = (uint64_t)1 << (type.is_signed ? type.width - 1 : type.width);
    return (int64_t)(beyond - (type.overflow == WEIR_SAT_NARROW ? 2 : 1));
}

bool weir_fixed_whole(weir_fixed type) {
    bool lacks_lowest = type.overflow == WEIR_SAT_SYM && type.is_signed && type.width > 1;
    return !lacks_lowest && type.overflow != WEIR_SAT_NARROW && type.overflow != WEIR_SIGN;
}

bool weir_fixed_valid(weir_fixed type) {
    if (type.overflow == WEIR_SAT_NARROW) return !type.is_signed;
    return type.overflow != WEIR_SIGN || (type.is_signed && type.width == 2);
}

weir_element weir_fixed_element(weir_fixed type) {
    return (weir_element){
        .width = type.width, .integer = type.integer, .is_signed = type.is_signed};
}
