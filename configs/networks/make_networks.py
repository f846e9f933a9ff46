#!/usr/bin/env python3
"""Writes the networks of this folder as ONNX: digits, chain, skip, binary and trigger.

    make_networks.py [FOLDER]

Only the standard library is needed: the few protobuf messages of an ONNX model are encoded here
(field numbers as in hls/onnx.proto). The weights are random with a fixed seed, multiples of 1/256
scaled by the fan-in, so that the values of inputs between -1 and 1 stay within a few units and the
files are the same everywhere.
"""

import os
import random
import struct
import sys

FLOAT, INT64 = 1, 7  # ONNX data types
QONNX = "qonnx.custom_op.general"
OPSET, IR_VERSION = 13, 7


# --- protobuf's wire format -------------------------------------------------------------------


def varint(value):
    value &= (1 << 64) - 1
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    data.append(value)
    return bytes(data)


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    if isinstance(data, str):
        data = data.encode()
    return varint(field << 3 | 2) + varint(len(data)) + data


# --- ONNX messages ----------------------------------------------------------------------------


def tensor(name, dims, data_type, data):
    sizes = b"".join(number(1, size) for size in dims)
    return sizes + number(2, data_type) + block(8, name) + block(9, data)


def attribute(name, value):
    if isinstance(value, int):
        return block(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return block(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, str):
        return block(1, name) + block(4, value) + number(20, 3)
    return block(1, name) + b"".join(number(8, v) for v in value) + number(20, 7)


def value_info(name, dims):
    shape = b"".join(block(1, number(1, size)) for size in dims)
    return block(1, name) + block(2, block(1, number(1, FLOAT) + block(2, shape)))


class Network:
    """A chain of nodes; each takes the one before it."""

    def __init__(self, name, shape, seed):
        self.name = name
        self.random = random.Random(seed)
        self.nodes, self.tensors = [], []
        self.input = self.tail = "x"
        self.shape = shape

    def weights(self, name, dims, reach, columns=0, keep=0):
        """`columns`: as many columns, each of mean zero, lest what all inputs share decides.

        `keep`: after as many weights one that is zero; 0: none.
        """
        count = 1
        for size in dims:
            count *= size
        values = [(2 * self.random.random() - 1) * reach for _ in range(count)]
        for column in range(columns):
            mean = sum(values[column::columns]) * columns / count
            for i in range(column, count, columns):
                values[i] -= mean
        values = [round(value * 256) / 256 for value in values]
        if keep:
            values[keep :: keep + 1] = [0.0] * len(values[keep :: keep + 1])
        self.tensors.append(tensor(name, dims, FLOAT, struct.pack("<%df" % count, *values)))
        return name

    def constant(self, name, values, dims=()):
        data = struct.pack("<%df" % len(values), *values)
        self.tensors.append(tensor(name, dims, FLOAT, data))
        return name

    def node(self, op_type, name, constants=(), domain="", **attributes):
        inputs = [self.tail, *constants]
        self.tail = name + "_out"
        data = b"".join(block(1, text) for text in inputs) + block(2, self.tail)
        data += block(3, name) + block(4, op_type) + (block(7, domain) if domain else b"")
        for key in sorted(attributes):
            data += block(5, attribute(key, attributes[key]))
        self.nodes.append(data)

    def conv(self, name, dims, pads, **attributes):
        """dims: outputs, inputs of a group, kernel."""
        fan_in = 1
        for size in dims[1:]:
            fan_in *= size
        constants = [
            self.weights(name + "_weights", dims, (6 / fan_in) ** 0.5),
            self.weights(name + "_bias", dims[:1], 0.25),
        ]
        self.node("Conv", name, constants, kernel_shape=dims[2:], pads=pads, **attributes)

    def quant(self, name, scale, bits, signed=1, narrow=0, dims=()):
        """A QONNX Quant of the tail, or of the constant that the tail has been set to."""
        grid = [
            self.constant(name + "_scale", scale, dims),
            self.constant(name + "_zero", [0.0]),
            self.constant(name + "_bits", [float(bits)]),
        ]
        self.node(
            "Quant", name, grid, QONNX, signed=signed, narrow=narrow, rounding_mode="ROUND"
        )
        return self.tail

    def bipolar(self, name, scale, dims=()):
        """A QONNX BipolarQuant of the tail: the scale, or minus the scale below zero."""
        self.node("BipolarQuant", name, [self.constant(name + "_scale", scale, dims)], QONNX)
        return self.tail

    def bipolar_weights(self, name, dims, scale, scale_dims=()):
        tail = self.tail
        self.tail = self.weights(name + "_weights", dims, 1)
        grid = self.bipolar(name + "_grid", scale, scale_dims)
        self.tail = tail
        return grid

    def batch_norm(self, name, channels):
        terms = [
            self.weights(name + "_gain", [channels], 2),
            self.weights(name + "_shift", [channels], 1),
            self.weights(name + "_mean", [channels], 1),
            self.constant(name + "_variance", [1.0] * channels, [channels]),
        ]
        self.node("BatchNormalization", name, terms, epsilon=0.0)

    def quantised_conv(self, name, dims, group=1, scale=(0.125,), bias=True):
        """A convolution with weights of 4 bits that keeps the size; `scale`: one, or one an output."""
        tail, pad = self.tail, dims[2] // 2
        count = dims[0] * dims[1] * dims[2] * dims[3]
        values = [(2 * self.random.random() - 1) * 8 * scale[0] for _ in range(count)]
        self.tail = self.constant(name + "_weights", values, dims)
        grid = [len(scale), 1, 1, 1] if len(scale) > 1 else []
        constants = [self.quant(name + "_grid", scale, 4, narrow=1, dims=grid)]
        if bias:
            constants.append(self.weights(name + "_bias", dims[:1], 0.5))
        self.tail = tail
        self.node(
            "Conv", name, constants, kernel_shape=dims[2:], pads=[pad] * 4, group=group
        )

    def dense(self, name, inputs, outputs, keep=0):
        reach = (24 / inputs) ** 0.5
        constants = [
            self.weights(name + "_weights", [inputs, outputs], reach, outputs, keep),
            self.weights(name + "_bias", [outputs], 0.25),
        ]
        self.node("Gemm", name, constants)

    def write(self, folder, output_shape):
        graph = b"".join(block(1, data) for data in self.nodes) + block(2, self.name)
        graph += b"".join(block(5, data) for data in self.tensors)
        graph += block(11, value_info(self.input, self.shape))
        graph += block(12, value_info(self.tail, output_shape))
        model = number(1, IR_VERSION) + block(2, "weir") + block(7, graph)
        model += block(8, block(1, "") + number(2, OPSET))
        if QONNX.encode() in graph:
            model += block(8, block(1, QONNX) + number(2, 1))
        with open(os.path.join(folder, self.name + ".onnx"), "wb") as file:
            file.write(model)


# --- the networks -----------------------------------------------------------------------------


def digits(folder):
    """A small image classifier: 1 x 12 x 12 to 10 classes."""
    net = Network("digits", [1, 1, 12, 12], seed=3)
    net.conv("conv1", [4, 1, 3, 3], [1, 1, 1, 1])
    net.node("Relu", "relu1")
    net.node("MaxPool", "pool1", kernel_shape=[2, 2], strides=[2, 2])
    net.conv("conv2", [8, 4, 3, 3], [0, 0, 0, 0])
    net.node("Relu", "relu2")
    net.node("AveragePool", "pool2", kernel_shape=[2, 2], strides=[2, 2])
    net.node("Flatten", "flatten")
    net.dense("dense1", 32, 16)
    net.node("Relu", "relu3")
    net.dense("dense2", 16, 10)
    net.node("Softmax", "softmax", axis=1)
    net.write(folder, [1, 10])


def chain(folder):
    """Six like convolutions over 64 positions of 8 channels: folding alone tells them apart."""
    net = Network("chain", [1, 8, 64], seed=2)
    for layer in range(1, 7):
        net.conv("conv%d" % layer, [8, 8, 3], [1, 1])
        net.node("Relu", "relu%d" % layer)
    net.write(folder, [1, 8, 64])


def skip(folder):
    """Two levels of a quantised U-Net and a sum: forks, joins, grids with and without powers of two.

    Separable convolutions of 16 x 16 x 3, a concatenation around the lower level, a sum around the
    last convolution.
    """
    net = Network("skip", [1, 3, 16, 16], seed=5)
    net.quant("input_grid", [0.0625], 5)
    net.quantised_conv("conv1", [3, 1, 3, 3], group=3, bias=False)
    net.quant("conv1_out_grid", [0.125], 4)
    net.quantised_conv("conv2", [8, 3, 1, 1])
    net.node("LeakyRelu", "leaky1", alpha=0.125)
    upper = net.quant("leaky1_grid", [0.125], 4)
    net.node("MaxPool", "pool1", kernel_shape=[2, 2], strides=[2, 2])
    net.quantised_conv("conv3", [8, 1, 3, 3], group=8)
    net.quant("conv3_out_grid", [0.3], 5)
    net.quantised_conv("conv4", [8, 8, 1, 1], scale=[0.05 + 0.01 * n for n in range(8)])
    net.node("Relu", "relu1")
    net.quant("relu1_grid", [0.25], 4, signed=0)
    sizes = [net.constant("roi", [], [0]), net.constant("sizes", [1.0, 1.0, 2.0, 2.0], [4])]
    net.node(
        "Resize",
        "resize1",
        sizes,
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    net.node("Concat", "concat1", [upper], axis=1)
    net.quantised_conv("conv5", [8, 16, 1, 1])
    before = net.quant("conv5_out_grid", [0.25], 5)
    net.quantised_conv("conv6", [8, 8, 3, 3])
    net.quant("conv6_out_grid", [0.5], 5)
    net.node("Add", "sum1", [before])
    net.quant("sum1_grid", [0.5], 6)
    net.quantised_conv("conv7", [2, 8, 1, 1])
    net.write(folder, [1, 2, 16, 16])


def binary(folder):
    """A binarised classifier: from the second layer on, weights and most values are one of two.

    Batch normalisations with gains of either sign become thresholds; a tensor of two values is
    pooled and padded; scales with and without powers of two; one unsigned narrow grid.
    """
    net = Network("binary", [1, 1, 12, 12], seed=7)
    net.quant("input_grid", [0.03125], 6)
    net.quantised_conv("conv1", [8, 1, 3, 3])
    net.batch_norm("norm1", 8)
    net.bipolar("sign1", [1.0])
    net.node("MaxPool", "pool1", kernel_shape=[2, 2], strides=[2, 2])
    weights = net.bipolar_weights("conv2", [8, 8, 3, 3], [0.25])
    net.node("Conv", "conv2", [weights], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    net.batch_norm("norm2", 8)
    net.bipolar("sign2", [0.3])
    scales = [0.05 + 0.01 * n for n in range(16)]
    weights = net.bipolar_weights("conv3", [16, 8, 3, 3], scales, [16, 1, 1, 1])
    net.node("Conv", "conv3", [weights], kernel_shape=[3, 3], pads=[0, 0, 0, 0])
    net.node("Relu", "relu3")
    net.quant("relu3_grid", [0.25], 3, signed=0, narrow=1)
    net.node("MaxPool", "pool3", kernel_shape=[2, 2], strides=[2, 2])
    net.node("Flatten", "flatten")
    weights = net.bipolar_weights("dense", [64, 10], [0.125])
    net.node("Gemm", "dense", [weights, net.weights("dense_bias", [10], 0.5)])
    net.write(folder, [1, 10])


def trigger(folder):
    """Small enough to be built with every position in its own place: 2 x 6 x 5 to 3 classes.

    Strided, padded and grouped convolutions, a batch normalisation that stays a layer of its own, a
    padded average whose divisors differ, and one weight in three zero in the dense layer.
    """
    net = Network("trigger", [1, 2, 6, 5], seed=11)
    net.conv("conv1", [4, 2, 3, 3], [1, 1, 1, 1], strides=[2, 1])
    net.node("Relu", "relu1")
    net.conv("conv2", [4, 2, 1, 3], [0, 1, 0, 1], group=2)
    net.node("Tanh", "tanh2")
    net.batch_norm("norm2", 4)
    net.node(
        "AveragePool", "pool2", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 1, 1]
    )
    net.node("Flatten", "flatten")
    net.dense("dense1", 24, 5, keep=2)
    net.node("Relu", "relu3")
    net.dense("dense2", 5, 3)
    net.node("Softmax", "softmax", axis=1)
    net.write(folder, [1, 3])


def turns(folder):
    """Layers that may take turns in a block: three like convolutions, and three dense layers of which
    the second follows the first without anything in between.
    """
    net = Network("turns", [1, 2, 8, 8], seed=13)
    net.conv("conv1", [4, 2, 3, 3], [1, 1, 1, 1])
    net.node("Relu", "relu1")
    net.conv("conv2", [8, 4, 3, 3], [1, 1, 1, 1])
    net.node("Relu", "relu2")
    net.node("MaxPool", "pool2", kernel_shape=[2, 2], strides=[2, 2])
    net.conv("conv3", [4, 8, 3, 3], [0, 0, 0, 0])
    net.node("Relu", "relu3")
    net.node("Flatten", "flatten")
    net.dense("dense1", 16, 12)
    net.dense("dense2", 12, 8)
    net.node("Relu", "relu4")
    net.dense("dense3", 8, 4)
    net.write(folder, [1, 4])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    digits(folder)
    chain(folder)
    skip(folder)
    binary(folder)
    trigger(folder)
    turns(folder)


if __name__ == "__main__":
    main()
