#include "report/power.h"
#include "base/format.h"
#include "report/resources.h"
#include <string.h>

/* ------------------------------------------------------------------ activity */

/* Bit flips a bit and beat on the process's channels; the default where none was seen. */
static double toggle_rate_of(const weir_record *record, uint32_t process, bool *measured) {
    uint64_t flips = 0, bits = 0;
    for (uint32_t c = 0; c < record->n_channels; c++) {
        const weir_record_channel *channel = &record->channels[c];
        if (channel->producer != process && channel->consumer != process) continue;
        flips += channel->bit_flips;
        bits += channel->bits_compared;
    }
    *measured = bits > 0;
    return bits > 0 ? (double)flips / (double)bits : WEIR_TOGGLE_RATE;
}

static double busy_of(const weir_record_process *process) {
    uint64_t cycles = process->busy_cycles + process->starved_cycles + process->blocked_cycles +
                      process->idle_cycles;
    return cycles > 0 ? (double)process->busy_cycles / (double)cycles : 0;
}

/* Writes and reads are half an access each. */
static weir_activity fifo_activity(const weir_record *record, const weir_record_channel *channel,
                                   uint32_t vccint_mv) {
    const weir_record_domain *domain =
        &record->domains[record->processes[channel->consumer].domain];
    double beats = (double)(channel->writes + channel->reads) / 2;
    double busy = domain->cycles > 0 ? beats / (double)domain->cycles : 0;
    bool seen = channel->bits_compared > 0;
    return (weir_activity){
        .period_ps = domain->period_ps,
        .vccint_mv = vccint_mv,
        .busy = busy < 1 ? busy : 1,
        .toggle_rate =
            seen ? (double)channel->bit_flips / (double)channel->bits_compared : WEIR_TOGGLE_RATE,
    };
}

/* ------------------------------------------------------------------ sums */

static void add_processes(const weir_record *record, weir_record_power *power) {
    uint32_t measured = 0;
    power->processes = WEIR_NEW(record->arena, weir_power_use, record->n_processes);
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        if (!weir_is_hardware(process)) continue;
        bool seen;
        const weir_activity activity = {
            .period_ps = record->domains[process->domain].period_ps,
            .vccint_mv = power->vccint_mv,
            .busy = busy_of(process),
            .toggle_rate = toggle_rate_of(record, i, &seen),
        };
        measured += seen;
        weir_power_use *use = &power->processes[power->n_processes++];
        *use = (weir_power_use){process->name, true, activity.busy, activity.toggle_rate,
                                weir_power_of(power->model, &process->cost, &activity)};
        weir_power_add(&power->domains[process->domain].power, &use->power);
    }
    if (measured > 0)
        power->toggles =
            measured == power->n_processes ? WEIR_TOGGLES_MEASURED : WEIR_TOGGLES_PARTLY;
}

static void add_fifos(const weir_record *record, weir_record_power *power) {
    power->fifos.name = "fifos";
    for (uint32_t c = 0; c < record->n_channels; c++) {
        const weir_record_channel *channel = &record->channels[c];
        const weir_activity activity = fifo_activity(record, channel, power->vccint_mv);
        weir_power use = weir_power_of(power->model, &channel->cost, &activity);
        weir_power_add(&power->fifos.power, &use);
        weir_power_add(&power->domains[record->processes[channel->consumer].domain].power, &use);
    }
}

/* mW * ps is 10^-15 J. */
static weir_efficiency efficiency_of(const weir_record *record, const weir_record_power *power) {
    weir_efficiency of = {.known = record->steady_interval_ps > 0};
    if (!of.known) return of;
    double interval_ps = (double)record->steady_interval_ps;
    of.frames_per_second = 1e12 / interval_ps;
    of.pixels_per_second = of.frames_per_second * (double)record->frame_pixels;
    of.dynamic_uj = power->dynamic.total * interval_ps * 1e-9;
    if (power->static_mw <= 0) return of;
    of.frame_uj = power->total_mw * interval_ps * 1e-9;
    of.pixels_per_watt_second = of.pixels_per_second / (power->total_mw / 1000);
    return of;
}

weir_record_power weir_power_of_record(const weir_record *record) {
    const weir_record_device *device = &record->device;
    weir_record_power power = {.known = false};
    if (device->name == NULL || !weir_record_usage(record).known) return power;
    power.model = weir_power_model_of(device->static_class);
    if (power.model == NULL) return power;
    power.known = true;
    power.vccint_mv =
        device->supply.vccint_mv > 0 ? device->supply.vccint_mv : power.model->vccint_mv;
    power.at_rest =
        weir_power_static(device->static_class, device->supply.static_mw, device->has[WEIR_LUT]);
    power.static_mw = power.at_rest.mw;
    power.n_domains = record->n_domains;
    power.domains = WEIR_NEW(record->arena, weir_power_use, record->n_domains);
    for (uint32_t d = 0; d < record->n_domains; d++)
        power.domains[d].name = record->domains[d].name;
    add_processes(record, &power);
    add_fifos(record, &power);
    for (uint32_t d = 0; d < record->n_domains; d++)
        weir_power_add(&power.dynamic, &power.domains[d].power);
    power.total_mw = power.static_mw + power.dynamic.total;
    power.low_mw = power.at_rest.low + power.dynamic.low;
    power.high_mw = power.at_rest.high + power.dynamic.high;
    power.efficiency = efficiency_of(record, &power);
    return power;
}

/* ------------------------------------------------------------------ result.json */

static json_t *parts_json(const weir_power *power) {
    json_t *object = json_object();
    for (int p = 0; p < WEIR_POWER_PARTS; p++)
        json_object_set_new(object, weir_power_part_key((weir_power_part)p),
                            json_real(power->part[p]));
    json_object_set_new(object, "total", json_real(power->total));
    return object;
}

static json_t *band_json(double low_mw, double high_mw) {
    return json_pack("{s:f, s:f}", "low_mw", low_mw, "high_mw", high_mw);
}

static json_t *use_json(const weir_power_use *use) {
    json_t *object =
        json_pack("{s:s, s:o, s:o}", "name", use->name, "dynamic_mw", parts_json(&use->power),
                  "band", band_json(use->power.low, use->power.high));
    if (use->has_activity) {
        json_object_set_new(object, "busy", json_real(use->busy));
        json_object_set_new(object, "toggle_rate", json_real(use->toggle_rate));
    }
    return object;
}

static json_t *uses_json(const weir_power_use *uses, uint32_t n) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(array, use_json(&uses[i]));
    return array;
}

static json_t *positive(double value) {
    return value > 0 ? json_real(value) : json_null();
}

static const char *const toggle_names[] = {"default", "partly measured", "measured"};

static json_t *power_json(const weir_record *record, const weir_record_power *power) {
    bool at_rest = power->static_mw > 0;
    json_t *object = json_object();
    json_object_set_new(object, "static_mw", positive(power->static_mw));
    json_object_set_new(object, "static_derived", json_boolean(power->at_rest.derived && at_rest));
    json_object_set_new(object, "junction_c", positive(record->device.supply.junction_c));
    json_object_set_new(object, "vccint_mv", json_integer(power->vccint_mv));
    json_object_set_new(object, "dynamic_mw", parts_json(&power->dynamic));
    json_object_set_new(object, "dynamic_band", band_json(power->dynamic.low, power->dynamic.high));
    json_object_set_new(object, "total_mw", at_rest ? json_real(power->total_mw) : json_null());
    json_object_set_new(object, "band",
                        at_rest ? band_json(power->low_mw, power->high_mw) : json_null());
    json_object_set_new(object, "toggles", json_string(toggle_names[power->toggles]));
    json_object_set_new(object, "processes", uses_json(power->processes, power->n_processes));
    json_object_set_new(object, "fifos", use_json(&power->fifos));
    json_object_set_new(object, "domains", uses_json(power->domains, power->n_domains));
    json_object_set_new(object, "class", json_string(power->model->name));
    json_object_set_new(object, "source", json_string(power->model->source));
    return object;
}

static json_t *efficiency_json(const weir_record *record, const weir_efficiency *of) {
    json_t *object = json_object();
    json_object_set_new(object, "frames_per_second", json_real(of->frames_per_second));
    json_object_set_new(object, "frame_pixels", json_integer((json_int_t)record->frame_pixels));
    json_object_set_new(object, "pixels_per_second", json_real(of->pixels_per_second));
    json_object_set_new(object, "pixels_per_watt_second", positive(of->pixels_per_watt_second));
    json_object_set_new(object, "energy_per_frame_uj", positive(of->frame_uj));
    json_object_set_new(object, "dynamic_energy_per_frame_uj", json_real(of->dynamic_uj));
    return object;
}

void weir_power_json(const weir_record *record, json_t *root) {
    weir_record_power power = weir_power_of_record(record);
    json_object_set_new(root, "power", power.known ? power_json(record, &power) : json_null());
    json_object_set_new(root, "efficiency",
                        power.known && power.efficiency.known
                            ? efficiency_json(record, &power.efficiency)
                            : json_null());
}

/* ------------------------------------------------------------------ text */

const char *weir_format_mw(char *out, double mw) {
    if (mw >= 999.5) return weir_format_count(out, (uint64_t)(mw + 0.5));
    snprintf(out, WEIR_FORMAT, "%.*f",
             mw >= 99.95    ? 0
             : mw >= 9.995  ? 1
             : mw >= 0.9995 ? 2
                            : 3,
             mw);
    return out;
}

static void add_mw(weir_table *table, double mw) {
    char cell[WEIR_FORMAT];
    weir_table_cell(table, mw > 0 ? weir_format_mw(cell, mw) : "-");
}

static void add_share(weir_table *table, bool known, double share) {
    char cell[WEIR_FORMAT];
    snprintf(cell, sizeof cell, "%.1f", 100 * share);
    weir_table_cell(table, known ? cell : "-");
}

static void add_use(weir_table *table, const weir_power_use *use) {
    weir_table_cell(table, use->name);
    add_share(table, use->has_activity, use->busy);
    add_share(table, use->has_activity, use->toggle_rate);
    for (int p = 0; p < WEIR_POWER_PARTS; p++)
        add_mw(table, use->power.part[p]);
    add_mw(table, use->power.total);
}

static void add_uses(const weir_record *record, const weir_record_power *power, weir_text *out) {
    weir_table *table = weir_table_new(WEIR_POWER_PARTS + 4);
    static const char *const titles[] = {"process", "busy %", "flips %"};
    for (uint32_t c = 0; c < 3; c++)
        weir_table_column(table, c, titles[c], c > 0);
    for (uint32_t p = 0; p < WEIR_POWER_PARTS; p++)
        weir_table_column(table, p + 3, weir_power_part_title((weir_power_part)p), true);
    weir_table_column(table, WEIR_POWER_PARTS + 3, "mW", true);
    for (uint32_t i = 0; i < power->n_processes; i++)
        add_use(table, &power->processes[i]);
    char name[48];
    snprintf(name, sizeof name, "%u FIFOs", record->n_channels);
    add_use(table, &(weir_power_use){.name = name, .power = power->fifos.power});
    for (uint32_t d = 0; d < power->n_domains && power->n_domains > 1; d++) {
        snprintf(name, sizeof name, "clock %.40s", power->domains[d].name);
        add_use(table, &(weir_power_use){.name = name, .power = power->domains[d].power});
    }
    add_use(table, &(weir_power_use){.name = "design", .power = power->dynamic});
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_totals(const weir_record *record, const weir_record_power *power, weir_text *out) {
    char mw[WEIR_FORMAT], low[WEIR_FORMAT], high[WEIR_FORMAT];
    weir_text_addf(out, "  dynamic: %s mW (%s to ", weir_format_mw(mw, power->dynamic.total),
                   weir_format_mw(low, power->dynamic.low));
    weir_text_addf(out, "%s), VCCINT %.2f V\n", weir_format_mw(high, power->dynamic.high),
                   power->vccint_mv / 1000.0);
    if (power->static_mw <= 0) {
        weir_text_addf(out, "  static: not known of %s, nor is the total\n", record->device.name);
        return;
    }
    if (power->at_rest.derived)
        weir_text_addf(out, "  static: %s mW (%s to ", weir_format_mw(mw, power->static_mw),
                       weir_format_mw(low, power->at_rest.low));
    if (power->at_rest.derived)
        weir_text_addf(out, "%s) by the LUT of %s and what its class draws\n",
                       weir_format_mw(high, power->at_rest.high), record->device.name);
    else
        weir_text_addf(out, "  static: %s mW of %s at %.1f C, typical\n",
                       weir_format_mw(mw, power->static_mw), record->device.name,
                       record->device.supply.junction_c);
    weir_text_addf(out, "  total: %s mW (%s to ", weir_format_mw(mw, power->total_mw),
                   weir_format_mw(low, power->low_mw));
    weir_text_addf(out, "%s)\n", weir_format_mw(high, power->high_mw));
}

static void add_efficiency(const weir_record *record, const weir_record_power *power,
                           weir_text *out) {
    const weir_efficiency *of = &power->efficiency;
    if (!of->known) return;
    weir_text_addf(out, "  frames/s: %.6g", of->frames_per_second);
    if (record->frame_pixels > 0) weir_text_addf(out, "; pixels/s: %.6g", of->pixels_per_second);
    if (of->pixels_per_watt_second > 0)
        weir_text_addf(out, "; pixels/(W s): %.3g", of->pixels_per_watt_second);
    if (of->frame_uj > 0)
        weir_text_addf(out, "\n  energy of a frame: %.3g uJ, %.3g uJ of it dynamic\n", of->frame_uj,
                       of->dynamic_uj);
    else
        weir_text_addf(out, "\n  dynamic energy of a frame: %.3g uJ\n", of->dynamic_uj);
}

static void add_footnote(const weir_record_power *power, weir_text *out) {
    static const char *const toggles[] = {
        "No data were seen: bits flip in 12.5 % of the beats.",
        "Bit flips are those of the last frames where data were seen, else 12.5 %.",
        "Bit flips are those of the last frames."};
    char words[512];
    snprintf(words, sizeof words,
             "An estimate, within its band. %s Clocks are not gated. Coefficients for %s: %s.",
             toggles[power->toggles], power->model->name, power->model->source);
    weir_format_paragraph(out, 2, words);
}

void weir_power_text(const weir_record *record, weir_text *out) {
    weir_record_power power = weir_power_of_record(record);
    if (!power.known) return;
    weir_text_add(out, "\npower (mW, mean over the run)\n");
    add_uses(record, &power, out);
    add_totals(record, &power, out);
    add_efficiency(record, &power, out);
    add_footnote(&power, out);
}
