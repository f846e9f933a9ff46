/* weir_requant against weir_fixed_convert: every value of a small input for every rounding and
 * overflow mode over many pairs of types, and random values of wide inputs. The modules under test
 * hold one weir_requant for each type, side by side.
 */
#include "base/arena.h"
#include "base/text.h"
#include "hls/fixed.h"
#include "sim/build.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

struct Bank { /* one input, many output types */
    int in_width, in_fraction;
    std::vector<weir_fixed> types;
    std::string module, file;
    std::vector<const char *> sources;
    uint32_t out_bits = 0;
};

void add_types(Bank &bank, int width, int fraction) {
    for (bool is_signed : {false, true})
        for (int rounding = WEIR_TRN; rounding <= WEIR_UP; rounding++)
            for (int overflow = WEIR_WRAP; overflow <= WEIR_SIGN; overflow++) {
                weir_fixed type = {width, width - fraction, is_signed, (weir_rounding)rounding,
                                   (weir_overflow)overflow};
                if (!weir_fixed_valid(type)) continue;
                bank.types.push_back(type);
                bank.out_bits += (uint32_t)width;
            }
}

class Requant : public testing::Test {
  protected:
    Requant() : diag(weir_diag_new()) {
        std::string pattern = std::filesystem::temp_directory_path() / "weir-requant-XXXXXX";
        folder = mkdtemp(pattern.data());
    }
    ~Requant() override {
        std::filesystem::remove_all(folder);
        weir_diag_free(diag);
    }

    void write(Bank &bank, size_t index) {
        bank.module = "requant_bank_" + std::to_string(index);
        bank.file = folder + "/" + bank.module + ".sv";
        std::ofstream sv(bank.file);
        sv << "module " << bank.module << " (input logic clk, rst, in0_valid, out0_ready,\n"
           << "    input logic [" << bank.in_width - 1 << ":0] in0_data,\n"
           << "    output logic in0_ready, out0_valid, output logic [" << bank.out_bits - 1
           << ":0] out0_data);\n"
           << "    assign in0_ready = out0_ready;\n    assign out0_valid = in0_valid;\n";
        uint32_t at = 0;
        for (const weir_fixed &type : bank.types) {
            sv << "    weir_requant #(.IN_WIDTH(" << bank.in_width << "), .IN_FRACTION("
               << bank.in_fraction << "), .OUT_WIDTH(" << type.width << "), .OUT_FRACTION("
               << weir_fixed_fraction(type) << "), .OUT_SIGNED(" << type.is_signed
               << "), .ROUNDING(" << type.rounding << "), .OVERFLOW(" << type.overflow << ")) u"
               << at << " (.value(in0_data), .result(out0_data[" << at << "+:" << type.width
               << "]));\n";
            at += (uint32_t)type.width;
        }
        sv << "endmodule\n";
        bank.sources = {WEIR_RTL_FOLDER "/weir_requant.sv", bank.file.c_str()};
    }

    /* Builds all banks; `check` is then called with each bank and its model. */
    template <typename Check> void each(std::vector<Bank> &banks, Check check) {
        std::vector<weir_build_request> requests(banks.size());
        for (size_t b = 0; b < banks.size(); b++) {
            write(banks[b], b);
            requests[b].module = banks[b].module.c_str();
            requests[b].sources = banks[b].sources.data();
            requests[b].n_sources = 2;
            requests[b].n_inputs = requests[b].n_outputs = 1;
            requests[b].input_bits[0] = (uint32_t)banks[b].in_width;
            requests[b].output_bits[0] = banks[b].out_bits;
        }
        ASSERT_TRUE(weir_build(requests.data(), (uint32_t)requests.size(), nullptr, diag))
            << weir_diag_at(diag, 0)->text;
        for (size_t b = 0; b < banks.size(); b++) {
            weir_rtl_model *model = weir_model_open(requests[b].object, nullptr, 0, diag);
            ASSERT_NE(model, nullptr) << weir_diag_at(diag, 0)->text;
            check(banks[b], model);
            weir_model_close(model);
        }
    }

    /* One value through every type of the bank; false after the first difference. */
    static bool matches(const Bank &bank, weir_rtl_model *model, int64_t value) {
        memcpy(model->inputs[0].data, &value, model->inputs[0].data_bytes);
        if (bank.in_width < 64) {
            uint64_t bits = (uint64_t)value & (((uint64_t)1 << bank.in_width) - 1);
            memcpy(model->inputs[0].data, &bits, model->inputs[0].data_bytes);
        }
        *model->clk = 0;
        model->eval(model->self);
        *model->clk = 1;
        model->eval(model->self);
        const uint8_t *data = static_cast<const uint8_t *>(model->outputs[0].data);
        uint64_t at = 0;
        for (const weir_fixed &type : bank.types) {
            uint64_t found = 0;
            for (int b = 0; b < type.width; b++, at++)
                found |= (uint64_t)(data[at / 8] >> at % 8 & 1) << b;
            uint64_t mask = ((uint64_t)1 << type.width) - 1;
            uint64_t expected = (uint64_t)weir_fixed_convert(value, bank.in_fraction, type) & mask;
            if (found == expected) continue;
            char text[64];
            weir_fixed_text(type, text, sizeof text);
            ADD_FAILURE() << value << " * 2^-" << bank.in_fraction << " to " << text << ": RTL "
                          << found << ", C " << expected;
            return false;
        }
        return true;
    }

    weir_diag *diag;
    std::string folder;
};

TEST_F(Requant, EveryValueOfASmallInput) {
    const int fractions[][2] = {{4, 4},  {4, 3}, {4, 2},  {4, -1},  {4, -4},
                                {4, -9}, {2, 4}, {-3, 2}, {-2, -5}, {0, 12}};
    std::vector<Bank> banks;
    for (const auto &pair : fractions) {
        Bank bank = {};
        bank.in_width = 8;
        bank.in_fraction = pair[0];
        for (int width : {1, 3, 7, 11})
            add_types(bank, width, pair[1]);
        banks.push_back(bank);
    }
    each(banks, [](const Bank &bank, weir_rtl_model *model) {
        for (int64_t value = -128; value < 128; value++)
            if (!matches(bank, model, value)) return;
    });
}

TEST_F(Requant, WideInputs) {
    const int shapes[][4] = {/* in width, in fraction, out width, out fraction */
                             {63, 40, 16, 10}, {63, 70, 16, 3},  {40, 20, 32, 31},
                             {33, 0, 32, -8},  {63, 62, 32, -3}, {12, -40, 32, 25}};
    std::vector<Bank> banks;
    for (const auto &shape : shapes) {
        Bank bank = {};
        bank.in_width = shape[0];
        bank.in_fraction = shape[1];
        add_types(bank, shape[2], shape[3]);
        banks.push_back(bank);
    }
    const uint64_t seed = 31;
    std::cout << "seed " << seed << "\n";
    std::mt19937_64 random(seed);
    each(banks, [&random](const Bank &bank, weir_rtl_model *model) {
        for (int n = 0; n < 3000; n++) {
            /* All magnitudes alike, and near the halves as well. */
            int bits = 1 + (int)(random() % (uint64_t)(bank.in_width - 1));
            int64_t value = (int64_t)(random() >> (64 - bits));
            if (n % 3 == 0) value = ((int64_t)1 << (bits - 1)) + (int64_t)(random() % 3) - 1;
            if (random() & 1) value = -value;
            int64_t limit = (int64_t)1 << (bank.in_width - 1);
            if (value >= limit || value <= -limit) continue;
            if (!matches(bank, model, value)) return;
        }
    });
}

} // namespace
