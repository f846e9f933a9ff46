// A packing on paper: places, sums, clocks against the device, and what a budget makes leave.
#include "report/packing_report.h"
#include <gtest/gtest.h>
#include <jansson.h>
#include <string>
#include <vector>

namespace {

struct Page : testing::Test {
    weir_graph *graph = weir_graph_new("toy");
    std::vector<weir_array> arrays;
    std::vector<weir_memory_group> groups;
    weir_packing packing = {};
    weir_device device = {};
    weir_grade grades[2] = {};
    weir_packing_view view = {};

    Page() {
        weir_domain domain = {};
        domain.name = "main";
        domain.period_ps = 4000;
        weir_graph_add_domain(graph, &domain);
        weir_process process = {};
        process.name = "dense1";
        process.operator_name = "matvec";
        weir_graph_add_process(graph, &process);
        add("dense1.weights", WEIR_ARRAY_ROM, 512, 18);
        add("dense1.biases", WEIR_ARRAY_ROM, 100, 10);
        add("dense1.vector", WEIR_ARRAY_BUFFER, 200, 16);
        group({0, 1, 2}, WEIR_STORAGE_BRAM);
        device.name = "mine";
        device.bram36 = 4;
        device.lut = 1000;
        device.n_grades = 2;
        device.grades = grades;
        grades[0].name = "-2";
        grades[0].bram_mhz = 600;
        grades[1].name = "-1";
        grades[1].bram_mhz = 450;
        packing.alone.bram18 = 3;
        packing.bound = 1;
        packing.optimal = true;
        packing.heuristic = 1;
        packing.relaxed = 0.75;
        packing.n_candidates = 5;
        packing.memory_clock = 2;
        view.graph = graph;
        view.packing = &packing;
        view.lut = UINT64_MAX;
    }
    ~Page() override { weir_graph_free(graph); }
    void add(const char *name, weir_array_kind kind, uint64_t words, uint32_t bits) {
        weir_array array = {};
        array.name = name;
        array.kind = kind;
        array.words = words;
        array.bits = bits;
        arrays.push_back(array);
        packing.arrays = arrays.data();
        packing.n_arrays = (uint32_t)arrays.size();
    }
    void group(std::vector<uint32_t> members, weir_storage storage) {
        weir_memory_group made;
        ASSERT_TRUE(weir_group_plan(arrays.data(), members.data(), (uint32_t)members.size(),
                                    storage, 2, &made));
        groups.push_back(made);
        packing.cost.bram18 += made.cost.bram18;
        packing.groups = groups.data();
        packing.n_groups = (uint32_t)groups.size();
    }
    std::string text() {
        weir_text *out = weir_text_new();
        weir_packing_text(&view, out);
        std::string page = weir_text_string(out);
        weir_text_free(out);
        return page;
    }
};

#define HAS(page, part) EXPECT_NE((page).find(part), std::string::npos) << (page)

TEST_F(Page, PlacesAndSums) {
    std::string page = text();
    HAS(page, "toy: memories, clocked at most 2 x as fast as their domain\n"
              "2 readers of ROMs, 1 buffers, 0 FIFOs; 13,416 bits\n");
    HAS(page, "dense1.biases   rom     main     100    10      1");
    HAS(page, "saved: 2 BRAM18, 66.7 %");
    HAS(page, "no packing of these arrays takes fewer than 1 BRAM18: this one is the least");
    HAS(page, "heuristic 1, linear relaxation 0.75 over 5 groups\n");
    HAS(page, "fastest memory clock: 500 MHz\n");
    EXPECT_EQ(page.find("budget"), std::string::npos);
    packing.optimal = false;
    page = text();
    HAS(page, "takes fewer than 1 BRAM18\n");
}

TEST_F(Page, ClockLimits) {
    view.device = &device;
    HAS(text(), "fastest memory clock: 500 MHz; allowed by block RAM of grades -2 (600)\n");
    EXPECT_DOUBLE_EQ(weir_packing_mhz(&view), 500);
    EXPECT_DOUBLE_EQ(weir_packing_limit_mhz(&device), 600);
    grades[0].bram_mhz = 499;
    HAS(text(), "fastest memory clock: 500 MHz; block RAM allows 499 at most\n");
    groups[0].clock = 1;
    EXPECT_EQ(text().find("fastest"), std::string::npos);
}

TEST_F(Page, Budget) {
    weir_spill_item item = {};
    item.name = "dense1.weights";
    item.bits = 9216;
    item.frame_bytes = 1152;
    item.outside = true;
    weir_spill spill = {};
    spill.budget_bits = 5000;
    spill.fixed_bits = 4200;
    spill.free_bits = 9216;
    spill.n_items = 1;
    spill.items = &item;
    spill.frame_bytes = spill.greedy_bytes = 1152;
    spill.bound_bytes = 1000;
    spill.interval_ps = 1000000;
    spill.bandwidth = 1e8;
    view.spill = &spill;
    std::string page = text();
    HAS(page,
        "on-chip budget: 5,000 bits; 4,200 must stay (buffers, biases, tables), 9,216 may leave");
    HAS(page, "  dense1.weights   9,216          1,152  outside  chip");
    HAS(page, "to and from outside: 1,152 bytes a frame\n"
              "  greedy rule 1,152, no choice takes less than 1,000\n");
    HAS(page, "at the interval of 1.000 us that takes 1.152 GB/s");
    HAS(page, "with 0.100 GB/s the interval is 11.520 us");
}

TEST_F(Page, Json) {
    weir_text *out = weir_text_new();
    weir_packing_json(&view, out);
    json_t *root = json_loads(weir_text_string(out), 0, nullptr);
    weir_text_free(out);
    ASSERT_NE(root, nullptr);
    EXPECT_EQ(json_integer_value(json_object_get(json_object_get(root, "packed"), "bram18")), 1);
    EXPECT_EQ(json_integer_value(json_object_get(root, "bound_bram18")), 1);
    json_t *group = json_array_get(json_object_get(root, "groups"), 0);
    EXPECT_STREQ(json_string_value(json_object_get(group, "storage")), "bram");
    EXPECT_EQ(json_array_size(json_object_get(group, "members")), 3u);
    json_t *array = json_array_get(json_object_get(root, "arrays"), 2);
    EXPECT_STREQ(json_string_value(json_object_get(array, "kind")), "buffer");
    EXPECT_STREQ(json_string_value(json_object_get(array, "process")), "dense1");
    EXPECT_EQ(json_integer_value(json_object_get(array, "words")), 200);
    json_decref(root);
}

} // namespace
