/* Stimulus: reading of .npy and text files into flat float frames. The .npy format is that of
 * NumPy's "NPY format" page (versions 1.0, 2.0, 3.0). Which of the two a file is, its first bytes
 * tell. */
#include "traces/stimulus.h"
#include "base/arena.h"
#include "base/random.h"
#include "base/text.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ERRORS 10 /* a wrong file is wrong on every line */
#define MAX_AXES 32

typedef struct npy {
    const char *path;
    const uint8_t *bytes;
    size_t length, data; /* data: offset of the first value */
    char type;
    unsigned size;
    bool fortran;
    uint32_t n_axes;
    uint64_t axes[MAX_AXES];
    weir_diag *diag;
} npy;

static weir_loc whole(const char *path) {
    return (weir_loc){path, 0};
}

static const char *npy_value(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (at == NULL) return NULL;
    at += strlen(key);
    while (*at == ' ' || *at == ':')
        at++;
    return at;
}

static bool npy_descr(npy *file, const char *header) {
    const char *at = npy_value(header, "'descr'");
    char descr[16] = "";
    if (at != NULL && *at == '\'') {
        size_t length = strcspn(at + 1, "'");
        if (length < sizeof descr) memcpy(descr, at + 1, length);
    }
    static const char *const allowed[] = {"<f4", "<f8", "|i1", "<i2", "<i4",
                                          "<i8", "|u1", "<u2", "<u4", NULL};
    for (int i = 0; allowed[i] != NULL; i++)
        if (strcmp(descr, allowed[i]) == 0) {
            file->type = descr[1];
            file->size = (unsigned)(descr[2] - '0');
            return true;
        }
    return weir_error(file->diag, whole(file->path),
                      "element type \"%s\"; allowed: <f4, <f8, |i1, <i2, <i4, <i8, |u1, <u2, <u4",
                      descr);
}

static bool npy_shape(npy *file, const char *header) {
    const char *at = npy_value(header, "'shape'");
    if (at == NULL || *at != '(')
        return weir_error(file->diag, whole(file->path), "the header has no 'shape', needs one");
    at++;
    for (;;) {
        while (*at == ' ' || *at == ',')
            at++;
        if (*at == ')') return true;
        char *end;
        errno = 0;
        uint64_t axis = strtoull(at, &end, 10);
        if (end == at || !isdigit((unsigned char)*at) || errno != 0)
            return weir_error(file->diag, whole(file->path),
                              "the header's 'shape' is damaged near \"%.8s\", must be a list of "
                              "integers",
                              at);
        if (file->n_axes == MAX_AXES)
            return weir_error(file->diag, whole(file->path), "more than %d axes, maximum %d",
                              MAX_AXES, MAX_AXES);
        file->axes[file->n_axes++] = axis;
        at = end;
    }
}

static bool npy_header(npy *file) {
    const uint8_t *b = file->bytes;
    if (file->length < 10)
        return weir_error(file->diag, whole(file->path), "%zu bytes, a .npy header has at least 10",
                          file->length);
    unsigned major = b[6];
    if (major < 1 || major > 3)
        return weir_error(file->diag, whole(file->path),
                          ".npy version %u.%u; allowed: 1.0, 2.0, 3.0", major, b[7]);
    size_t start = major == 1 ? 10 : 12, size = (size_t)b[8] | (size_t)b[9] << 8;
    if (major > 1 && file->length >= 12) size |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (file->length < start || size > file->length - start)
        return weir_error(file->diag, whole(file->path),
                          "truncated: the header needs %zu bytes, the file has %zu", start + size,
                          file->length);
    file->data = start + size;
    char *header = strndup((const char *)b + start, size);
    const char *order = npy_value(header, "'fortran_order'");
    file->fortran = order != NULL && strncmp(order, "True", 4) == 0;
    bool type = npy_descr(file, header), shape = npy_shape(file, header);
    free(header);
    if (type && shape && file->fortran && file->n_axes > 1)
        return weir_error(file->diag, whole(file->path), "Fortran order; allowed: C order");
    return type && shape;
}

static double npy_at(const npy *file, uint64_t index) {
    const uint8_t *at = file->bytes + file->data + index * file->size;
    uint64_t bits = 0;
    for (unsigned i = 0; i < file->size; i++)
        bits |= (uint64_t)at[i] << (8 * i);
    if (file->type == 'u') return (double)bits;
    if (file->type == 'f' && file->size == 4) {
        float value;
        uint32_t half = (uint32_t)bits;
        memcpy(&value, &half, sizeof value);
        return (double)value;
    }
    if (file->type == 'f') {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint64_t sign = UINT64_C(1) << (8 * file->size - 1);
    return (double)(int64_t)((bits ^ sign) - sign);
}

/* Number of frames that the shape holds, 0 with an error when it does not fit. */
static uint64_t npy_frames(const npy *file, uint64_t elements) {
    uint64_t rest = 1, total = 1;
    bool fits = true;
    weir_text *shape = weir_text_new();
    for (uint32_t i = 0; i < file->n_axes; i++) {
        weir_text_addf(shape, "%s%" PRIu64, i ? ", " : "", file->axes[i]);
        fits = fits && !__builtin_mul_overflow(total, file->axes[i], &total);
        if (i > 0) fits = fits && !__builtin_mul_overflow(rest, file->axes[i], &rest);
    }
    uint64_t frames = 0;
    if (fits && total == elements)
        frames = 1;
    else if (fits && file->n_axes > 0 && rest == elements)
        frames = file->axes[0];
    if (frames == 0) {
        weir_error(file->diag, whole(file->path),
                   "shape (%s) does not hold frames of %" PRIu64
                   " values, must be one frame or have a leading frame axis",
                   weir_text_string(shape), elements);
    } else if (file->length - file->data != total * file->size) {
        weir_error(file->diag, whole(file->path),
                   "%zu bytes of data, shape (%s) of %u-byte values needs %" PRIu64,
                   file->length - file->data, weir_text_string(shape), file->size,
                   total * file->size);
        frames = 0;
    }
    weir_text_free(shape);
    return frames;
}

/* Brings `count` frames down to `limit`; false if there are fewer. */
static bool limited(uint64_t *count, uint64_t limit, const char *path, weir_diag *diag) {
    if (limit == 0) return true;
    if (*count < limit)
        return weir_error(diag, whole(path), "%" PRIu64 " frames, %" PRIu64 " asked for", *count,
                          limit);
    *count = limit;
    return true;
}

static bool load_npy(weir_frames *frames, npy *file, uint64_t limit) {
    if (!npy_header(file)) return false;
    frames->count = npy_frames(file, frames->elements);
    if (frames->count == 0) return false;
    if (!limited(&frames->count, limit, file->path, file->diag)) return false;
    uint64_t total = frames->count * frames->elements;
    frames->values = weir_xcalloc(total, sizeof *frames->values);
    for (uint64_t i = 0; i < total; i++) {
        double value = npy_at(file, i);
        frames->values[i] = (float)value;
        if (!isfinite(frames->values[i]))
            return weir_error(file->diag, whole(file->path),
                              "frame %" PRIu64 ", value %" PRIu64 ": %g, must be a finite float",
                              i / frames->elements, i % frames->elements, value);
    }
    return true;
}

static char *next_word(char **at) {
    char *word = *at + strspn(*at, " \t\r\v\f");
    if (*word == '\0') return NULL;
    *at = word + strcspn(word, " \t\r\v\f");
    if (**at != '\0') *(*at)++ = '\0';
    return word;
}

/* One line of text into `values`; a blank line gives *blank. */
static bool read_line(char *line, float *values, uint64_t elements, bool *blank, weir_loc loc,
                      weir_diag *diag) {
    uint64_t found = 0;
    for (char *word; (word = next_word(&line)) != NULL; found++) {
        char *end;
        float value = strtof(word, &end);
        if (*end != '\0')
            return weir_error(diag, loc, "value %" PRIu64 ": \"%.40s\", must be a number",
                              found + 1, word);
        if (!isfinite(value))
            return weir_error(diag, loc, "value %" PRIu64 ": %.40s, must be a finite float",
                              found + 1, word);
        if (found < elements) values[found] = value;
    }
    *blank = found == 0;
    if (found != 0 && found != elements)
        return weir_error(diag, loc, "%" PRIu64 " values, a frame has %" PRIu64, found, elements);
    return true;
}

/* Cuts the next line off `*at`; NULL at the end of the text. */
static char *next_line(char **at) {
    char *line = *at;
    if (*line == '\0') return NULL;
    char *end = strchr(line, '\n');
    *at = end ? end + 1 : line + strlen(line);
    if (end != NULL) *end = '\0';
    return line;
}

static bool load_text(weir_frames *frames, char *text, const char *path, uint64_t limit,
                      weir_diag *diag) {
    uint64_t room = 1;
    for (const char *at = text; *at != '\0'; at++)
        room += *at == '\n';
    if (limit != 0 && limit < room) room = limit;
    uint64_t size;
    if (__builtin_mul_overflow(room, frames->elements, &size) || size > SIZE_MAX / sizeof(float))
        return weir_error(diag, whole(path), "too many frames of %" PRIu64 " values",
                          frames->elements);
    frames->values = weir_xcalloc(size, sizeof *frames->values);
    int errors = 0, number = 0;
    for (char *line;
         errors < MAX_ERRORS && frames->count < room && (line = next_line(&text)) != NULL;) {
        bool blank = false;
        float *values = frames->values + frames->count * frames->elements;
        if (!read_line(line, values, frames->elements, &blank, (weir_loc){path, ++number}, diag))
            errors++;
        else if (!blank)
            frames->count++;
    }
    if (errors == MAX_ERRORS)
        weir_diag_add(diag, WEIR_NOTE, whole(path), "later lines were not looked at");
    if (errors > 0) return false;
    if (frames->count == 0) return weir_error(diag, whole(path), "no frames, minimum 1");
    return limited(&frames->count, limit, path, diag);
}

bool weir_frames_load(weir_frames *frames, const char *path, uint64_t elements, uint64_t limit,
                      weir_diag *diag) {
    *frames = (weir_frames){.elements = elements};
    size_t length;
    char *bytes = weir_file_read(path, &length, diag);
    if (bytes == NULL) return false;
    bool good;
    if (length >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) {
        npy file = {.path = path, .bytes = (uint8_t *)bytes, .length = length, .diag = diag};
        good = load_npy(frames, &file, limit);
    } else if (memchr(bytes, '\0', length) != NULL) {
        good = weir_error(diag, whole(path),
                          "neither .npy nor text; allowed: a NumPy .npy file, "
                          "or text with one frame a line");
    } else {
        good = load_text(frames, bytes, path, limit, diag);
    }
    free(bytes);
    if (!good) weir_frames_free(frames);
    return good;
}

void weir_frames_random(weir_frames *frames, uint64_t count, uint64_t elements, uint64_t seed) {
    *frames = (weir_frames){.count = count, .elements = elements};
    frames->values = weir_xcalloc(count * elements, sizeof *frames->values);
    /* 24 bits: every value is exact in a float. */
    for (uint64_t i = 0; i < count * elements; i++)
        frames->values[i] = (float)(weir_random(&seed) >> 40) * 0x1p-23f - 1.0f;
}

void weir_frames_free(weir_frames *frames) {
    free(frames->values);
    *frames = (weir_frames){0};
}

void weir_arrival_periodic(uint64_t *times_ps, uint64_t count, uint64_t period_ps) {
    for (uint64_t i = 0; i < count; i++)
        times_ps[i] = period_ps > 0 && i > UINT64_MAX / period_ps ? UINT64_MAX : i * period_ps;
}

static bool read_time(const char *word, uint64_t *time) {
    char *end;
    errno = 0;
    *time = strtoull(word, &end, 10);
    return isdigit((unsigned char)*word) && *end == '\0' && errno == 0;
}

bool weir_arrival_load(uint64_t *times_ps, uint64_t count, const char *path, weir_diag *diag) {
    size_t length;
    char *text = weir_file_read(path, &length, diag), *at = text;
    if (text == NULL) return false;
    bool good = true;
    if (memchr(text, '\0', length) != NULL)
        good = weir_error(diag, whole(path), "not text; allowed: times in picoseconds");
    uint64_t found = 0, last = 0;
    int number = 0;
    for (char *line; good && found < count && (line = next_line(&at)) != NULL;) {
        weir_loc loc = {path, ++number};
        for (char *word; good && found < count && (word = next_word(&line)) != NULL;) {
            uint64_t time;
            if (!read_time(word, &time))
                good = weir_error(diag, loc, "arrival time \"%.40s\", must be whole picoseconds",
                                  word);
            else if (time < last)
                good = weir_error(diag, loc,
                                  "arrival time %" PRIu64 " ps, minimum %" PRIu64
                                  " (the time before it)",
                                  time, last);
            else
                times_ps[found++] = last = time;
        }
    }
    if (good && found < count)
        good = weir_error(diag, whole(path),
                          "%" PRIu64 " arrival times, %" PRIu64 " frames asked for", found, count);
    free(text);
    return good;
}
