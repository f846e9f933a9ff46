#!/usr/bin/env python3
"""Writes small networks for the tests of bad input: make_bad_onnx.py KIND FILE.

    tiny         one dense layer of 8 inputs and 4 outputs: nothing wrong with it
    nan          the same with a weight that is not a number
    unsupported  with an operator that no process exists for
    no_shape     with an input that has no shape
"""

import os
import struct
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "configs", "networks"))
from make_networks import FLOAT, OPSET, block, number, tensor, value_info  # noqa: E402


def node(op_type, name, inputs):
    data = b"".join(block(1, text) for text in inputs) + block(2, name + "_out")
    return data + block(3, name) + block(4, op_type)


def model(kind):
    weights = [((i * 7) % 13 - 6) / 16 for i in range(32)]
    if kind == "nan":
        weights[5] = float("nan")
    nodes = [node("Gemm", "dense1", ["x", "weights", "bias"])]
    nodes.append(node("Erf" if kind == "unsupported" else "Relu", "act1", ["dense1_out"]))
    graph = b"".join(block(1, data) for data in nodes) + block(2, "tiny")
    graph += block(5, tensor("weights", [8, 4], FLOAT, struct.pack("<32f", *weights)))
    graph += block(5, tensor("bias", [4], FLOAT, struct.pack("<4f", 0, 0.5, -0.5, 0.25)))
    if kind == "no_shape":
        graph += block(11, block(1, "x") + block(2, block(1, number(1, FLOAT))))
    else:
        graph += block(11, value_info("x", [1, 8]))
    graph += block(12, value_info("act1_out", [1, 4]))
    return number(1, 7) + block(7, graph) + block(8, block(1, "") + number(2, OPSET))


def main():
    kind, path = sys.argv[1:]
    if kind not in ("tiny", "nan", "unsupported", "no_shape"):
        sys.exit("unknown kind " + kind)
    with open(path, "wb") as file:
        file.write(model(kind))


if __name__ == "__main__":
    main()
