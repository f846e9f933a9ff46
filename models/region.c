/* Region: columns, frames and load time of what is configured while the rest runs. */
#include "models/region.h"
#include <math.h>
#include <string.h>

/* Heights of a clock region: UG909, "Configuration Frames": 50 CLB, 10 DSP tiles and 10 RAMB36 in
 * 7 series, 60 CLB, 24 DSP and 12 RAMB36 in UltraScale and UltraScale+. A CLB has 8 LUT and 16 FF
 * (UG474 and UG574, "CLB overview"), a DSP tile of 7 series two slices (UG479, "DSP48E1 tile"), and a
 * column 16 UltraRAM in a clock region (UG573, "UltraRAM"). */
static const weir_column columns[] = {
    [WEIR_XC7] = {.clb = 50, .lut = 400, .ff = 800, .dsp = 20, .bram18 = 20},
    [WEIR_XCU] = {.clb = 60, .lut = 480, .ff = 960, .dsp = 24, .bram18 = 24},
    [WEIR_XCUP] = {.clb = 60, .lut = 480, .ff = 960, .dsp = 24, .bram18 = 24, .uram = 16},
};

enum { WORD_BITS = 32 };

const weir_column *weir_column_of(weir_family family) {
    return &columns[family];
}

static uint64_t whole_columns(uint64_t need, uint32_t holds) {
    return holds > 0 ? (need + holds - 1) / holds : 0;
}

static void set_columns(weir_region *region, const weir_column *column,
                        const uint64_t need[WEIR_RESOURCES]) {
    uint64_t by_lut = whole_columns(need[WEIR_LUT], column->lut);
    uint64_t by_ff = whole_columns(need[WEIR_FF], column->ff);
    region->clb_columns = by_lut > by_ff ? by_lut : by_ff;
    region->dsp_columns = whole_columns(need[WEIR_DSP], column->dsp);
    region->bram_columns = whole_columns(need[WEIR_BRAM18], column->bram18);
    region->uram_columns = whole_columns(need[WEIR_URAM], column->uram);
    region->total[WEIR_LUT] = region->clb_columns * column->lut;
    region->total[WEIR_FF] = region->clb_columns * column->ff;
    region->total[WEIR_DSP] = region->dsp_columns * column->dsp;
    region->total[WEIR_BRAM18] = region->bram_columns * column->bram18;
    /* Of a kind that the device lacks there is no column: what is needed, for who compares. */
    region->total[WEIR_URAM] =
        column->uram > 0 ? region->uram_columns * column->uram : need[WEIR_URAM];
    /* Not all LUT of a column can be memory: their own share counts. */
    region->total[WEIR_LUT_MEMORY] = need[WEIR_LUT_MEMORY];
}

static void set_share(weir_region *region, const weir_device *device) {
    static const weir_resource kinds[] = {WEIR_LUT, WEIR_LUT_MEMORY, WEIR_DSP, WEIR_BRAM18,
                                          WEIR_URAM};
    region->scarcest = WEIR_LUT;
    region->part = region->total[WEIR_LUT];
    region->whole = device->lut;
    for (size_t k = 1; k < sizeof kinds / sizeof *kinds; k++) {
        uint64_t part = region->total[kinds[k]], whole = weir_device_has(device, kinds[k]);
        if (whole == 0 || part * region->whole <= region->part * whole) continue;
        region->scarcest = kinds[k];
        region->part = part;
        region->whole = whole;
    }
}

bool weir_region_of(const weir_device *device, const uint64_t need[WEIR_RESOURCES], weir_loc loc,
                    weir_region *region, weir_diag *diag) {
    const weir_configuration_port *port = &device->configuration;
    memset(region, 0, sizeof *region);
    if (port->name == NULL || !(port->mhz > 0))
        return weir_error(
            diag, loc,
            "device %s: its configuration port is not known, so nothing says how long "
            "a load takes",
            device->name);
    if (port->bits == 0)
        return weir_error(diag, loc,
                          "device %s: the length of its bitstream is not known (configuration.bits "
                          "and .frame_words of its file), so nothing says how long a load takes",
                          device->name);
    set_columns(region, weir_column_of(device->family), need);
    set_share(region, device);
    region->frame_bits = (uint64_t)port->frame_words * WORD_BITS;
    /* Shares are of some 10^6, bitstreams of some 10^9 bits. */
    uint64_t per = region->whole * region->frame_bits;
    region->frames = (region->part * port->bits + per - 1) / per;
    region->bits = region->frames * region->frame_bits;
    region->load_cycles = (region->bits + port->width_bits - 1) / port->width_bits;
    region->load_ps = (uint64_t)ceil((double)region->load_cycles * 1e6 / port->mhz);
    return true;
}
