/* Layout: how the elements of a tensor, as the ONNX file sees it, lie in our stream.
 *
 * A tensor has dimensions (batch included, which is 1) and a list of axes, each with a size and a
 * stride in stream elements; walking the axes like the digits of a number gives the file's element
 * order. Reshape changes the dimensions and keeps the axes, Transpose reorders the axes, so neither
 * costs hardware: the mapping is undone in the weights of the next layer, or in the order of the
 * network's output. For a tensor of rows x columns x channels in NCHW the axes are
 * (channels, 1), (rows, columns * channels), (columns, channels).
 */
#ifndef WEIR_HLS_ONNX_LAYOUT_H
#define WEIR_HLS_ONNX_LAYOUT_H

#include "hls/network.h"

#define WEIR_ONNX_RANK 8
#define WEIR_ONNX_AXES 24

typedef struct weir_onnx_axis {
    uint32_t size, stride;
} weir_onnx_axis;

typedef struct weir_onnx_layout {
    uint32_t rank, n_axes;
    uint32_t dims[WEIR_ONNX_RANK];
    weir_onnx_axis axes[WEIR_ONNX_AXES]; /* all of a size above 1 */
} weir_onnx_layout;

/* The layout whose file order is the stream's. */
weir_onnx_layout weir_onnx_layout_plain(uint32_t rank, const uint32_t *dims);
/* The file's tensor [1, channels, rows, columns] (rank 4), [1, channels, columns] (rank 3), of
 * `shape`, with the channels at dimension `channel_dim`; rank 2 and 1 are plain vectors. */
weir_onnx_layout weir_onnx_layout_image(uint32_t rank, uint32_t channel_dim, weir_shape shape);
/* Product of the dimensions. */
uint64_t weir_onnx_layout_elements(const weir_onnx_layout *layout);

/* Other dimensions of the same product; the caller has checked the product. */
void weir_onnx_layout_reshape(weir_onnx_layout *layout, uint32_t rank, const uint32_t *dims);
/* Dimension d becomes the old dimension perm[d]. False if the axes cannot be cut at the dimensions
 * (a Reshape regrouped elements that a Transpose had moved). */
bool weir_onnx_layout_transpose(weir_onnx_layout *layout, const uint32_t *perm);
/* offsets[i] = stream elements between index 0 and i of dimension `dim`; false as above. */
bool weir_onnx_layout_offsets(const weir_onnx_layout *layout, uint32_t dim, uint32_t *offsets);
/* Whether both have the same dimensions and the same element order. */
bool weir_onnx_layout_same(const weir_onnx_layout *a, const weir_onnx_layout *b);
/* Two streams of the same elements: the digits of an element's place in the one and in the other. */
typedef struct weir_onnx_digit {
    uint32_t size, from, to; /* strides */
} weir_onnx_digit;
/* From two layouts of the same tensor; false if their axes cannot be cut to fit. */
bool weir_onnx_layout_digits(const weir_onnx_layout *from, const weir_onnx_layout *to,
                             weir_onnx_digit digits[WEIR_ONNX_AXES], uint32_t *n_digits);
/* Brings a layout over the one stream to the other; false as above, the layout is then unchanged. */
bool weir_onnx_layout_translate(weir_onnx_layout *layout, const weir_onnx_digit *digits,
                                uint32_t n_digits);
/* order[i] = stream index of the file's element i, for the whole tensor. */
void weir_onnx_layout_order(const weir_onnx_layout *layout, uint32_t *order);

#endif
