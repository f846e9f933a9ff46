/* Short cuts for tests of operators' reference inference: streams, types, one frame through infer. */
#ifndef WEIR_TESTS_HLS_OPERATOR_INFER_H
#define WEIR_TESTS_HLS_OPERATOR_INFER_H

#include "hls/op_common.h"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

inline weir_fixed type_of(const char *text) {
    weir_fixed type = {};
    EXPECT_TRUE(weir_fixed_parse(&type, text)) << text;
    return type;
}

inline weir_stream stream_of(uint32_t rows, uint32_t columns, uint32_t channels, uint32_t lanes,
                             const char *type) {
    return {rows, columns, channels, lanes, weir_fixed_element(type_of(type))};
}

inline std::vector<int32_t> infer_frame(const weir_operator &op, const std::vector<int32_t> &in) {
    std::vector<int32_t> out(weir_stream_elements(&op.out[0]));
    const int32_t *from = in.data();
    int32_t *to = out.data();
    op.kind->infer(&op, &from, &to);
    return out;
}

inline double real_value(int32_t value, weir_element element) {
    return std::ldexp((double)weir_op_value(element, value), -weir_op_fraction(element));
}

inline double step_of(weir_element element) {
    return std::ldexp(1.0, -weir_op_fraction(element));
}

inline std::vector<int32_t> random_frame(const weir_stream &stream, std::mt19937_64 &random) {
    std::vector<int32_t> values(weir_stream_elements(&stream));
    std::uniform_int_distribution<int64_t> any(weir_op_low(stream.element),
                                               weir_op_high(stream.element));
    for (int32_t &value : values)
        value = (int32_t)any(random);
    return values;
}

/* An arena and a list of diagnostics for operators that are only inferred. */
struct Workshop {
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    ~Workshop() {
        weir_diag_free(diag);
        weir_arena_free(arena);
    }
    std::string errors() const {
        std::string all;
        for (size_t i = 0; i < weir_diag_count(diag); i++) {
            const weir_diag_item *item = weir_diag_at(diag, i);
            all += std::to_string(item->line) + ": " + item->text + "\n";
        }
        return all;
    }
};

#endif
