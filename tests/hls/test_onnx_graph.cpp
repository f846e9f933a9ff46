/* The ONNX reader: forks and joins, Resize, channels-last nodes and crops. */
#include "hls/onnx_load.h"

namespace {

/* One line a layer: the names of its inputs. */
texts inputs_of(const weir_network *network) {
    texts lines;
    for (uint32_t l = 1; network && l < weir_network_layers(network); l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        std::string line = layer->name;
        for (uint32_t i = 0; i < layer->n_inputs; i++) {
            EXPECT_LT(layer->inputs[i], l);
            line +=
                std::string(i ? ", " : ": ") + weir_network_layer(network, layer->inputs[i])->name;
        }
        lines.push_back(line);
    }
    return lines;
}

TEST(onnx_graph, forks_and_joins) {
    onnx_model m = start({1, 3, 4, 5});
    m.constant("w", {3, 3, 3, 3}, floats(81));
    m.node("Relu", "r", {"x"}, "a");
    m.node("Conv", "c", {"a", "w"}, "b").set("pads", {1, 1, 1, 1});
    m.node("Add", "sum", {"b", "x"}, "d");
    m.node("Mul", "product", {"d", "a"}, "e");
    m.node("Concat", "all", {"e", "x", "d", "x"}, "f").set_int("axis", -3);
    m.node("Concat", "one", {"f"}, "y").set_int("axis", 1);
    texts errors;
    network_ptr network = load(m, &errors);
    ASSERT_EQ(errors, texts());
    EXPECT_EQ(describe(network.get()),
              (texts{"input input 4x5x3", "r relu 4x5x3", "c conv 4x5x3", "sum add 4x5x3",
                     "product mul 4x5x3", "all concat 4x5x12", "output output 4x5x12"}));
    EXPECT_EQ(inputs_of(network.get()),
              (texts{"r: input", "c: r", "sum: c, input", "product: sum, r",
                     "all: product, input, sum, input", "output: all"}));
    EXPECT_EQ(weir_network_layer(network.get(), 5)->in.channels, 3u);
}

/* What another node reads stays as it is. */
TEST(onnx_graph, a_fork_is_not_folded_into) {
    for (bool forked : {false, true}) {
        onnx_model m = start({1, 3, 4, 5});
        m.constant("w", {3, 3, 1, 1}, floats(9, 0.5f));
        m.constant("k", {}, {2});
        m.node("Conv", "c", {"x", "w"}, "a");
        m.node("Identity", "i", {"a"}, "b");
        m.node("Mul", "k", {"b", "k"}, "d");
        m.node("Add", "sum", {"d", forked ? "a" : "x"}, "y");
        texts errors;
        network_ptr network = load(m, &errors);
        ASSERT_EQ(errors, texts());
        EXPECT_EQ(weir_network_layers(network.get()), forked ? 5u : 4u);
        EXPECT_EQ(weir_network_layer(network.get(), 1)->weights[0], forked ? 0.5f : 1.0f);
    }
}

/* Channels-last nodes in a channels-last network: no order differs, and no node transposes. */
TEST(onnx_graph, channels_last_nodes) {
    const char *last = "qonnx.custom_op.channels_last";
    onnx_model m = start({1, 6, 8, 2});
    m.constant("w", {3, 1, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    m.constant("d", {3, 3, 3, 1}, floats(27, 1));
    m.constant("v", {3}, floats(3, 1));
    m.node("Conv", "c", {"x", "w"}, "a").in_domain(last).set("kernel_shape", {1, 3});
    m.node("Conv", "depth", {"a", "d"}, "b").in_domain(last).set_int("group", 3);
    m.node("Relu", "r", {"b"}, "e");
    m.node("BatchNormalization", "n", {"e", "v", "v", "v", "v"}, "f").in_domain(last);
    m.node("MaxPool", "p", {"f"}, "g").in_domain(last).set("kernel_shape", {2, 2});
    m.node("AveragePool", "q", {"g"}, "h").in_domain(last).set("kernel_shape", {1, 2});
    m.node("Concat", "j", {"h", "h"}, "y").set_int("axis", 3);
    texts errors;
    network_ptr network = load(m, &errors);
    ASSERT_EQ(errors, texts());
    EXPECT_EQ(describe(network.get()),
              (texts{"input input 6x8x2", "c conv 6x6x3", "depth conv 4x4x3", "r relu 4x4x3",
                     "n scale 4x4x3", "p max_pool 3x3x3", "q average_pool 3x2x3", "j concat 3x2x6",
                     "output output 3x2x6"}));
    EXPECT_EQ(weir_network_input_order(network.get()), nullptr);
    EXPECT_EQ(weir_network_output_order(network.get()), nullptr);
    const weir_layer *conv = weir_network_layer(network.get(), 1);
    /* [column][input][filter] of [filter][row][column][input] */
    EXPECT_EQ(floats(conv->weights, conv->weights + 6), (floats{1, 7, 13, 2, 8, 14}));
    EXPECT_EQ(weir_network_layer(network.get(), 2)->groups, 3u);
}

TEST(onnx_graph, a_sequence_with_channels_last) {
    const char *last = "qonnx.custom_op.channels_last";
    onnx_model m = start({1, 9, 2});
    m.constant("w", {4, 3, 2}, floats(24));
    m.constant("scales", {3}, {1, 2, 1});
    m.opset = 10;
    m.node("Conv", "c", {"x", "w"}, "a").in_domain(last);
    m.node("Resize", "r", {"a", "scales"}, "b");
    m.node("MaxPool", "p", {"b"}, "y").in_domain(last).set("kernel_shape", {2});
    EXPECT_EQ(describe(m), (texts{"input input 1x9x2", "c conv 1x7x4", "r resize 1x14x4",
                                  "p max_pool 1x13x4", "output output 1x13x4"}));
}

onnx_model resized(std::function<void(onnx_model &)> add) {
    onnx_model m = start({1, 4, 5, 6});
    m.opset = 11;
    m.constant("w", {4, 4, 1, 1}, floats(16));
    m.constant("scales", {4}, {1, 1, 2, 3});
    m.constant("doubles", {4}, {1, 1, 2, 2});
    m.constant("none", {0}, {});
    m.constant_ints("sizes", {1, 4, 10, 18});
    m.node("Conv", "c", {"x", "w"}, "a");
    add(m);
    return m;
}

TEST(onnx_graph, resize_in_every_form) {
    const std::function<void(onnx_model &)> forms[] = {
        [](onnx_model &m) {
            m.node("Resize", "r", {"a", "none", "scales"}, "y");
        },
        [](onnx_model &m) {
            m.node("Resize", "r", {"a", "", "none", "sizes"}, "y");
        },
        [](onnx_model &m) {
            m.opset = 10;
            m.node("Resize", "r", {"a", "scales"}, "y").set_text("mode", "nearest");
        },
        [](onnx_model &m) {
            m.opset = 9;
            m.node("Upsample", "r", {"a", "scales"}, "y");
        },
        [](onnx_model &m) {
            m.opset = 7;
            m.node("Upsample", "r", {"a"}, "y").set_floats("scales", {1, 1, 2, 3});
        },
    };
    for (auto &form : forms) {
        texts errors;
        network_ptr network = load(resized(form), &errors);
        ASSERT_EQ(errors, texts());
        EXPECT_EQ(describe(network.get()), (texts{"input input 5x6x4", "c conv 5x6x4",
                                                  "r resize 10x18x4", "output output 10x18x4"}));
        EXPECT_EQ(weir_network_layer(network.get(), 2)->resize_rows, 2u);
        EXPECT_EQ(weir_network_layer(network.get(), 2)->resize_columns, 3u);
    }
}

/* Every mode that gives the same elements by these factors; "by 2" also those that round halves
 * down. */
TEST(onnx_graph, resize_modes_that_repeat_elements) {
    struct mode {
        const char *coordinates, *nearest, *scales;
    };
    const mode modes[] = {
        {"asymmetric", "floor", "scales"},
        {"asymmetric", "round_prefer_floor", "doubles"},
        {"half_pixel", "round_prefer_floor", "scales"},
        {"half_pixel", "round_prefer_ceil", "scales"},
        {"pytorch_half_pixel", "round_prefer_floor", "scales"},
        {"tf_half_pixel_for_nn", "floor", "scales"},
    };
    for (const mode &test : modes) {
        onnx_model m = resized([&](onnx_model &model) {
            model.node("Resize", "r", {"a", "", test.scales}, "y")
                .set_text("coordinate_transformation_mode", test.coordinates)
                .set_text("nearest_mode", test.nearest);
        });
        EXPECT_EQ(describe(m).size(), 4u) << test.coordinates << " " << test.nearest;
    }
}

TEST(onnx_graph, resize_by_one_is_nothing) {
    onnx_model m = resized([](onnx_model &model) {
        model.constant("ones", {4}, {1, 1, 1, 1});
        model.node("Resize", "r", {"a", "", "ones"}, "y");
    });
    EXPECT_EQ(describe(m), (texts{"input input 5x6x4", "c conv 5x6x4", "output output 5x6x4"}));
}

/* --- crops --- */

network_ptr load_crop(const onnx_model &model, uint32_t rows, uint32_t columns, texts *errors) {
    std::string path = scratch("crop.onnx");
    model.save(path);
    weir_diag *diag = weir_diag_new();
    weir_network *network = weir_network_load_onnx_crop(path.c_str(), rows, columns, diag);
    unlink(path.c_str());
    for (size_t i = 0; i < weir_diag_count(diag); i++)
        errors->push_back(weir_diag_at(diag, i)->text);
    weir_diag_free(diag);
    return {network, weir_network_free};
}

onnx_model croppable(bool last) {
    onnx_model m = start(last ? ints{1, 12, 16, 3} : ints{1, 3, 12, 16});
    m.constant("w", last ? ints{3, 3, 3, 1} : ints{3, 1, 3, 3}, floats(27));
    auto &conv = m.node("Conv", "c", {"x", "w"}, "a").set_int("group", 3);
    if (last) conv.in_domain("qonnx.custom_op.channels_last");
    m.node("Relu", "r", {"a"}, "y");
    return m;
}

TEST(onnx_graph, a_crop_replaces_rows_and_columns) {
    for (bool last : {false, true}) {
        texts errors;
        network_ptr network = load_crop(croppable(last), 6, 9, &errors);
        ASSERT_EQ(errors, texts());
        EXPECT_EQ(describe(network.get()), (texts{"input input 6x9x3", "c conv 4x7x3",
                                                  "r relu 4x7x3", "output output 4x7x3"}));
        network = load_crop(croppable(last), 0, 5, &errors);
        EXPECT_EQ(describe(network.get())[0], "input input 12x5x3");
        network = load_crop(croppable(last), 0, 0, &errors);
        EXPECT_EQ(describe(network.get())[0], "input input 12x16x3");
    }
    onnx_model m = start({1, 3, 16});
    m.constant("w", {3, 3, 3}, floats(27));
    m.node("Conv", "c", {"x", "w"}, "y");
    texts errors;
    network_ptr network = load_crop(m, 0, 8, &errors);
    EXPECT_EQ(describe(network.get())[0], "input input 1x8x3");
    network = load_crop(m, 4, 8, &errors);
    EXPECT_EQ(errors, texts{"crop of 4 rows: input \"x\" has one row only"});
}

TEST(onnx_graph, crops_that_do_not_fit) {
    texts errors;
    onnx_model dense = start({1, 3, 12, 16});
    dense.constant("w", {3, 1, 3, 3}, floats(27));
    dense.constant("v", {420, 2}, floats(840));
    dense.node("Conv", "c", {"x", "w"}, "a").set_int("group", 3);
    dense.node("Flatten", "f", {"a"}, "b");
    dense.node("MatMul", "d", {"b", "v"}, "y");
    EXPECT_NE(load_crop(dense, 12, 16, &errors), nullptr);
    EXPECT_EQ(load_crop(dense, 12, 8, &errors), nullptr);
    EXPECT_EQ(load_crop(dense, 1, 8, &errors), nullptr);
    onnx_model sized = resized([](onnx_model &m) {
        m.node("Resize", "r", {"a", "", "", "sizes"}, "y");
    });
    EXPECT_EQ(load_crop(sized, 5, 3, &errors), nullptr);
    onnx_model flat = start({1, 4});
    flat.node("Relu", "r", {"x"}, "y");
    EXPECT_EQ(load_crop(flat, 2, 2, &errors), nullptr);
    EXPECT_EQ(
        errors,
        (texts{"node \"d\" (MatMul): 180 inputs do not fit weights \"v\" of 420 x 2 (with the "
               "input cropped to 12 x 8)",
               "node \"c\" (Conv): a kernel of 3 over an input of 1, padding included (with "
               "the input cropped to 1 x 8)",
               "node \"r\" (Resize): sizes fix its output, only scales follow a crop (with "
               "the input cropped to 5 x 3)",
               "crop of 2 x 2: input \"x\" has no rows and columns"}));
}

/* --- what is refused --- */

/* x, and a convolution of it with 4 output channels as "a". */
onnx_model branched(ints shape, std::function<void(onnx_model &)> change) {
    onnx_model m = start(shape);
    m.opset = 11;
    m.constant("w", {4, shape[1], 1, 1}, floats((size_t)(4 * shape[1]), 0.5f));
    m.constant("some", {4, 1, 1}, floats(4, 1));
    m.node("Conv", "conv1", {"x", "w"}, "a");
    change(m);
    return m;
}

std::vector<refusal> join_refusals() {
    return {
        {"shapes that differ",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("GlobalAveragePool", "p", {"a"}, "b");
                 m.node("Mul", "gate", {"a", "b"}, "y");
             });
         },
         {"node \"gate\" (Mul): inputs of 1 x 4 x 5 x 6 and 1 x 4 x 1 x 1 elements, they must have "
          "equal shapes"}},
        {"orders that differ",
         [] {
             return branched({1, 4, 4, 4}, [](onnx_model &m) {
                 m.node("Transpose", "t", {"a"}, "b").set("perm", {0, 2, 3, 1});
                 m.node("Add", "sum", {"a", "b"}, "y");
             });
         },
         {"node \"sum\" (Add): inputs \"a\" and \"b\" have their elements in different orders"}},
        {"concat of rows",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("Concat", "c", {"a", "x"}, "y").set_int("axis", 2);
             });
         },
         {"node \"c\" (Concat): dimension 2 of input \"a\" is not the channels, only those can be "
          "joined"}},
        {"concat of frames",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("Concat", "c", {"a", "x"}, "y").set_int("axis", -4);
             });
         },
         {"node \"c\" (Concat): axis 0 is the batch, only channels can be joined"}},
        {"concat nowhere",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("Concat", "c", {"a", "x"}, "y").set_int("axis", 4);
             });
         },
         {"node \"c\" (Concat): axis 4 of a tensor of 4 dimensions"}},
        {"concat without axis",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("Concat", "c", {"a", "x"}, "y");
             });
         },
         {"node \"c\" (Concat): has no axis"}},
        {"concat of other sizes",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("MaxPool", "p", {"x"}, "b").set("kernel_shape", {2, 2});
                 m.node("Concat", "c", {"a", "b"}, "y").set_int("axis", 1);
             });
         },
         {"node \"c\" (Concat): inputs of 1 x 4 x 5 x 6 and 1 x 4 x 4 x 5 elements, they must be "
          "the "
          "same but for dimension 1"}},
        {"concat with a constant",
         [] {
             return branched({1, 4, 5, 6}, [](onnx_model &m) {
                 m.node("Concat", "c", {"a", "some"}, "y").set_int("axis", 1);
             });
         },
         {"node \"c\" (Concat): input \"some\" is a constant, which is not supported here"}},
        {"channels-last weights in channels-first order",
         [] {
             onnx_model m = start({1, 8, 8, 2});
             m.constant("w", {5, 2, 3, 3}, floats(90));
             m.node("Conv", "c", {"x", "w"}, "y").in_domain("qonnx.custom_op.channels_last");
             return m;
         },
         {"node \"c\" (Conv): 2 input channels in 1 groups do not fit weights \"w\" of 5 x 3 "
          "channels"}},
    };
}

onnx_model resize_model(floats scales, std::function<void(onnx_model &)> change) {
    return branched({1, 4, 5, 6}, [&](onnx_model &m) {
        m.constant("scales", {(int64_t)scales.size()}, scales);
        m.node("Resize", "r", {"a", "", "scales"}, "y")
            .set_text("coordinate_transformation_mode", "asymmetric")
            .set_text("nearest_mode", "floor");
        change(m);
    });
}

onnx_model resize_mode(floats scales, const char *coordinates, const char *nearest) {
    onnx_model m = resize_model(scales, [](onnx_model &) {});
    auto &attributes = m.nodes.back().attributes;
    attributes.clear();
    if (*coordinates) m.nodes.back().set_text("coordinate_transformation_mode", coordinates);
    if (*nearest) m.nodes.back().set_text("nearest_mode", nearest);
    return m;
}

std::vector<refusal> resize_refusals() {
    return {
        {"fractions",
         [] {
             return resize_model({1, 1, 2, 1.5f}, nothing);
         },
         {"node \"r\" (Resize): scale 1.5 of dimension 3, it must be a whole number"}},
        {"shrinking",
         [] {
             return resize_model({1, 1, 0.5f, 1}, nothing);
         },
         {"node \"r\" (Resize): scale 0.5 of dimension 2, it must be a whole number"}},
        {"channels",
         [] {
             return resize_model({1, 2, 2, 2}, nothing);
         },
         {"node \"r\" (Resize): enlarges dimension 1, only rows and columns can be enlarged"}},
        {"frames",
         [] {
             return resize_model({2, 1, 2, 2}, nothing);
         },
         {"node \"r\" (Resize): enlarges dimension 0, only rows and columns can be enlarged"}},
        {"too few scales",
         [] {
             return resize_model({2, 2}, nothing);
         },
         {"node \"r\" (Resize): 2 scales for 4 dimensions"}},
        {"interpolation",
         [] {
             return resize_model({1, 1, 2, 2},
                                 [](onnx_model &m) { m.nodes.back().set_text("mode", "linear"); });
         },
         {"node \"r\" (Resize): mode \"linear\", only nearest is supported"}},
        {"nothing to go by",
         [] {
             return resize_model({1, 1, 2, 2}, [](onnx_model &m) { m.nodes.back().in.pop_back(); });
         },
         {"node \"r\" (Resize): has neither scales nor sizes"}},
        {"sizes",
         [] {
             return resize_model({1, 1, 2, 2}, [](onnx_model &m) {
                 m.constant_ints("sizes", {1, 4, 10, 13});
                 m.nodes.back().in = {"a", "", "", "sizes"};
             });
         },
         {"node \"r\" (Resize): size 13 of dimension 3, it must be a whole multiple of 6"}},
        {"half pixel, floor",
         [] {
             return resize_mode({1, 1, 2, 2}, "half_pixel", "floor");
         },
         {"node \"r\" (Resize): coordinate_transformation_mode \"half_pixel\" with nearest_mode "
          "\"floor\" does more than to repeat elements"}},
        {"asymmetric by 3, rounded",
         [] {
             return resize_mode({1, 1, 3, 1}, "asymmetric", "");
         },
         {"node \"r\" (Resize): coordinate_transformation_mode \"asymmetric\" with nearest_mode "
          "\"round_prefer_floor\" does more than to repeat elements"}},
        {"align corners",
         [] {
             return resize_mode({1, 1, 2, 2}, "align_corners", "floor");
         },
         {"node \"r\" (Resize): coordinate_transformation_mode \"align_corners\" with nearest_mode "
          "\"floor\" does more than to repeat elements"}},
        {"a region",
         [] {
             return resize_mode({1, 1, 2, 2}, "tf_crop_and_resize", "floor");
         },
         {"node \"r\" (Resize): coordinate_transformation_mode \"tf_crop_and_resize\" with "
          "nearest_mode \"floor\" does more than to repeat elements"}},
    };
}

TEST(onnx_graph, refusals) {
    expect_refusals(join_refusals());
    expect_refusals(resize_refusals());
}

} // namespace
