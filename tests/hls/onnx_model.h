/* ONNX models for tests, written with the same protobuf structs that the reader parses.
 *
 *   onnx_model m;
 *   m.input("x", {1, 3, 8, 8});
 *   m.constant("w", {4, 3, 3, 3}, weights);
 *   m.node("Conv", "conv1", {"x", "w"}, "y").set("pads", {1, 1, 1, 1});
 *   m.output("y");
 *   m.save(path);
 */
#ifndef WEIR_TESTS_ONNX_MODEL_H
#define WEIR_TESTS_ONNX_MODEL_H

#include "onnx.pb-c.h"

#include <cstdint>
#include <deque>
#include <fstream>
#include <map>
#include <string>
#include <vector>

struct onnx_model {
    using ints = std::vector<int64_t>;
    using floats = std::vector<float>;

    struct attribute {
        std::string name, text;
        ints list;
        int64_t i = 0;
        float f = 0;
        char kind = 'i';
        floats reals = {};
    };
    struct node_type {
        std::string op, name, domain;
        std::vector<std::string> in, out;
        std::deque<attribute> attributes;
        node_type &set(const char *key, ints value) { return add({key, "", value, 0, 0, 'l'}); }
        node_type &set_int(const char *key, int64_t value) {
            return add({key, "", {}, value, 0, 'i'});
        }
        node_type &set_float(const char *key, float value) {
            return add({key, "", {}, 0, value, 'f'});
        }
        node_type &set_floats(const char *key, floats values) {
            return add({key, "", {}, 0, 0, 'r', values});
        }
        node_type &in_domain(const char *of) {
            domain = of;
            return *this;
        }
        node_type &set_text(const char *key, const char *value) {
            return add({key, value, {}, 0, 0, 's'});
        }
        node_type &add(attribute a) {
            attributes.push_back(a);
            return *this;
        }
    };
    struct tensor_type {
        std::string name;
        ints dims;
        floats values;
        ints whole;
        int data_type = 1;
        bool raw = false, external = false;
    };
    struct value_type {
        std::string name;
        ints dims; /* -1: a named dimension, -2: an empty one */
        bool shape = true;
        int type = 1;
    };

    int64_t opset = 13, ir = 7;
    std::string graph_name = "test";
    std::deque<node_type> nodes;
    std::deque<tensor_type> tensors;
    std::deque<value_type> inputs, outputs;

    value_type &input(const char *name, ints dims) {
        inputs.push_back({name, dims});
        return inputs.back();
    }
    void output(const char *name) { outputs.push_back({name, {}}); }
    tensor_type &constant(const char *name, ints dims, floats values) {
        tensors.push_back({name, dims, values, {}});
        return tensors.back();
    }
    tensor_type &constant_ints(const char *name, ints values) {
        tensors.push_back({name, {(int64_t)values.size()}, {}, values, 7});
        return tensors.back();
    }
    node_type &node(const char *op, const char *name, std::vector<std::string> in,
                    const char *out) {
        nodes.push_back({op, name, "", in, {out}, {}});
        return nodes.back();
    }

    std::string bytes() const { return packer(*this).bytes(); }
    void save(const std::string &path) const { std::ofstream(path, std::ios::binary) << bytes(); }

  private:
    /* protobuf-c wants arrays of pointers into memory that outlives the packing. */
    struct packer {
        std::deque<OnnxNode> nodes;
        std::deque<OnnxAttribute> attributes;
        std::deque<OnnxTensor> tensors;
        std::deque<OnnxValue> values;
        std::deque<OnnxType> types;
        std::deque<OnnxTensorType> tensor_types;
        std::deque<OnnxShape> shapes;
        std::deque<OnnxDimension> dimensions;
        std::deque<std::vector<void *>> lists;
        OnnxGraph graph = ONNX_GRAPH__INIT;
        OnnxOpset opset = ONNX_OPSET__INIT;
        OnnxModel model = ONNX_MODEL__INIT;

        static char *text(const std::string &s) { return const_cast<char *>(s.c_str()); }
        template <class T> T **list(const std::vector<void *> &items) {
            lists.push_back(items);
            return reinterpret_cast<T **>(lists.back().data());
        }
        char **texts(const std::vector<std::string> &strings) {
            std::vector<void *> items;
            for (auto &s : strings)
                items.push_back(text(s));
            return list<char>(items);
        }

        OnnxAttribute *pack(const attribute &a) {
            attributes.push_back(ONNX_ATTRIBUTE__INIT);
            OnnxAttribute *out = &attributes.back();
            out->name = text(a.name);
            out->has_i = a.kind == 'i';
            out->i = a.i;
            out->has_f = a.kind == 'f';
            out->f = a.f;
            out->has_s = a.kind == 's';
            out->s = {a.text.size(), (uint8_t *)text(a.text)};
            out->n_ints = a.list.size();
            out->ints = const_cast<int64_t *>(a.list.data());
            out->n_floats = a.reals.size();
            out->floats = const_cast<float *>(a.reals.data());
            return out;
        }
        OnnxNode *pack(const node_type &n) {
            std::vector<void *> list_of;
            for (auto &a : n.attributes)
                list_of.push_back(pack(a));
            nodes.push_back(ONNX_NODE__INIT);
            OnnxNode *out = &nodes.back();
            out->op_type = text(n.op);
            if (!n.name.empty()) out->name = text(n.name);
            if (!n.domain.empty()) out->domain = text(n.domain);
            out->n_input = n.in.size();
            out->input = texts(n.in);
            out->n_output = n.out.size();
            out->output = texts(n.out);
            out->n_attribute = list_of.size();
            out->attribute = list<OnnxAttribute>(list_of);
            return out;
        }
        OnnxTensor *pack(const tensor_type &t) {
            tensors.push_back(ONNX_TENSOR__INIT);
            OnnxTensor *out = &tensors.back();
            out->name = text(t.name);
            out->n_dims = t.dims.size();
            out->dims = const_cast<int64_t *>(t.dims.data());
            out->has_data_type = 1;
            out->data_type = t.data_type;
            out->has_data_location = t.external;
            out->data_location = t.external;
            if (t.raw) {
                out->has_raw_data = 1;
                if (t.whole.empty())
                    out->raw_data = {t.values.size() * 4, (uint8_t *)t.values.data()};
                else
                    out->raw_data = {t.whole.size() * 8, (uint8_t *)t.whole.data()};
                return out;
            }
            out->n_float_data = t.values.size();
            out->float_data = const_cast<float *>(t.values.data());
            out->n_int64_data = t.whole.size();
            out->int64_data = const_cast<int64_t *>(t.whole.data());
            return out;
        }
        OnnxValue *pack(const value_type &v) {
            std::vector<void *> dims;
            for (int64_t size : v.dims) {
                dimensions.push_back(ONNX_DIMENSION__INIT);
                dimensions.back().has_dim_value = size >= 0;
                dimensions.back().dim_value = size;
                if (size == -1) dimensions.back().dim_param = const_cast<char *>("N");
                dims.push_back(&dimensions.back());
            }
            shapes.push_back(ONNX_SHAPE__INIT);
            shapes.back().n_dim = dims.size();
            shapes.back().dim = list<OnnxDimension>(dims);
            tensor_types.push_back(ONNX_TENSOR_TYPE__INIT);
            tensor_types.back().has_elem_type = 1;
            tensor_types.back().elem_type = v.type;
            if (v.shape) tensor_types.back().shape = &shapes.back();
            types.push_back(ONNX_TYPE__INIT);
            types.back().tensor_type = &tensor_types.back();
            values.push_back(ONNX_VALUE__INIT);
            values.back().name = text(v.name);
            values.back().type = &types.back();
            return &values.back();
        }
        template <class P, class T> P **pack_all(const std::deque<T> &items, size_t &count) {
            std::vector<void *> packed;
            for (auto &item : items)
                packed.push_back(pack(item));
            count = packed.size();
            return list<P>(packed);
        }

        explicit packer(const onnx_model &m) {
            graph.name = text(m.graph_name);
            graph.node = pack_all<OnnxNode>(m.nodes, graph.n_node);
            graph.initializer = pack_all<OnnxTensor>(m.tensors, graph.n_initializer);
            graph.input = pack_all<OnnxValue>(m.inputs, graph.n_input);
            graph.output = pack_all<OnnxValue>(m.outputs, graph.n_output);
            opset.has_version = 1;
            opset.version = m.opset;
            model.has_ir_version = 1;
            model.ir_version = m.ir;
            model.graph = &graph;
            model.n_opset_import = 1;
            model.opset_import = list<OnnxOpset>({&opset});
        }
        std::string bytes() const {
            std::string out(onnx_model__get_packed_size(&model), '\0');
            onnx_model__pack(&model, (uint8_t *)out.data());
            return out;
        }
    };
};

#endif
