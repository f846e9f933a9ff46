/* Grids in the ONNX reader: QONNX's Quant, BipolarQuant and Trunc give a tensor one scale and zero
 * point, or one a channel, and a number of bits.
 *
 * Constants carry their grid along (weir_onnx_constant.quant), so that the layer that takes them up
 * knows the integers behind its weights; computed tensors get theirs from QUANT layers. Operators:
 * QONNX, documents of IntQuant, BipolarQuant (version 1) and Trunc (versions 1 and 2).
 */
#ifndef WEIR_HLS_ONNX_GRID_H
#define WEIR_HLS_ONNX_GRID_H

#include "hls/onnx_reader.h"

/* Reads a Quant's scale, zero point and bit width (inputs 1 to 3) and attributes for a tensor of
 * these dimensions. `dim` is where the channels run if there are several, else -1. */
bool weir_onnx_read_grid(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank,
                         const uint32_t *dims, weir_quant *quant, int *dim);
bool weir_onnx_read_scales(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank,
                           const uint32_t *dims, bool zero_point, weir_quant *quant, int *dim);
bool weir_onnx_read_bits(weir_onnx_reader *reader, const OnnxNode *node, uint32_t index, int *bits);
bool weir_onnx_read_rounding(weir_onnx_reader *reader, const OnnxNode *node, const char *otherwise,
                             weir_quant_rounding *rounding);
/* A grid in the arena; `order` (may be NULL) is the new place of each channel. */
const weir_quant *weir_onnx_keep_grid(weir_onnx_reader *reader, const weir_quant *quant,
                                      const uint32_t *order);
/* The grid of weights or a bias whose output channels run along `dim`, NULL if they have none;
 * false with an error if it has channels elsewhere. */
bool weir_onnx_channel_grid(weir_onnx_reader *reader, const OnnxNode *node,
                            const weir_onnx_constant *constant, int dim, const weir_quant **quant);
/* Whether the draft's values stay as they are on the grid, whatever the network's input. */
bool weir_onnx_on_grid(const weir_onnx_reader *reader, uint32_t layer, const weir_quant *quant);

/* --- onnx_linear.c --- */
/* Moves the value to scale * value + shift. */
bool weir_onnx_scale_value(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                           double scale, double shift);

#endif
