/* Made by bench/resources/fit.py from bench/resources/sweep.csv: coefficients of hls/estimate.h. */
#ifndef WEIR_HLS_ESTIMATE_FIT_H
#define WEIR_HLS_ESTIMATE_FIT_H

#include "hls/estimate.h"

typedef struct weir_fit {
    const char *kind;
    double band;
    double lut[WEIR_FEATURES], ff[WEIR_FEATURES];
} weir_fit;

static const weir_fit weir_fits[] = {{"window", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"matvec", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"matvec_latency", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"width", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"pool", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"global_pool", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"activation", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"scale", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"depthwise", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"fork", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"add", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"concat", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"resize", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}},{"softmax", 0.5, {1,1,1,1,1,1,1,1}, {1,1,0,0,0,0,0,0,1}}};

#endif
