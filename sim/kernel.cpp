#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "sim/kernel.h"
#include <cstdlib>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

/* SystemC's library asks for a main function of its own; a program that has one overrides this. */
extern "C" __attribute__((weak)) int sc_main(int, char **) {
    return 0;
}

namespace {

struct Method {
    weir_domain domain;
    sc_core::sc_event event;
    sc_core::sc_process_handle handle;
    uint64_t next_ps = UINT64_MAX; /* of the pending notification */
};

} // namespace

struct weir_kernel {
    std::vector<std::unique_ptr<Method>> methods;
    weir_kernel_edge_fn edge;
    void *context;
    uint64_t base_ps; /* SystemC's time at the kernel's start */
    uint64_t now_ps = 0;
    bool stopped = false;
    bool embedded = false; /* SystemC is run by someone else */

    uint64_t systemc_ps() const { return sc_core::sc_time_stamp().value() - base_ps; }

    void notify(Method &method, uint64_t time_ps, uint64_t now) {
        if (time_ps >= method.next_ps) return;
        method.next_ps = time_ps;
        method.event.notify(sc_core::sc_time::from_value(time_ps - now));
    }

    void run_edge(uint32_t index) {
        Method &method = *methods[index];
        if (embedded && stopped) return;
        uint64_t time = now_ps = method.next_ps;
        method.next_ps = UINT64_MAX;
        uint64_t number = (time - method.domain.phase_ps) / method.domain.period_ps;
        uint64_t next = edge(context, index, number);
        if (next == UINT64_MAX || stopped) return;
        notify(method, weir_clock_edge_ps(&method.domain, next), time);
    }
};

namespace {

/* What SystemC has to say, without its line breaks. */
bool report(weir_diag *diag, const std::exception &error) {
    std::string text = error.what();
    for (char &c : text)
        if (c == '\n') c = ' ';
    return weir_error(diag, WEIR_NOWHERE, "SystemC: %s", text.c_str());
}

void spawn(weir_kernel *kernel, uint32_t index) {
    Method &method = *kernel->methods[index];
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&method.event);
    method.handle = sc_core::sc_spawn([kernel, index] { kernel->run_edge(index); },
                                      sc_core::sc_gen_unique_name("weir_domain"), &options);
}

} // namespace

weir_kernel *weir_kernel_new(const weir_domain *const *domains, uint32_t n_domains,
                             weir_kernel_edge_fn edge, void *context, weir_diag *diag) {
    try {
        setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
        if (sc_core::sc_get_status() == sc_core::SC_RUNNING) {
            weir_error(diag, WEIR_NOWHERE,
                       "SystemC: a simulation is running; a run cannot start within it");
            return nullptr;
        }
        if (sc_core::sc_get_status() == sc_core::SC_STOPPED) {
            weir_error(diag, WEIR_NOWHERE, "SystemC: the program has called sc_stop");
            return nullptr;
        }
        if (sc_core::sc_get_time_resolution() != sc_core::sc_time(1, sc_core::SC_PS)) {
            weir_error(diag, WEIR_NOWHERE, "SystemC: time resolution %s, needs 1 ps",
                       sc_core::sc_get_time_resolution().to_string().c_str());
            return nullptr;
        }
        auto kernel = std::make_unique<weir_kernel>();
        kernel->edge = edge;
        kernel->context = context;
        kernel->base_ps = sc_core::sc_time_stamp().value();
        for (uint32_t d = 0; d < n_domains; d++) {
            kernel->methods.push_back(std::make_unique<Method>());
            kernel->methods[d]->domain = *domains[d];
            spawn(kernel.get(), d);
        }
        return kernel.release();
    } catch (const std::exception &error) {
        report(diag, error);
        return nullptr;
    }
}

void weir_kernel_free(weir_kernel *kernel) {
    if (kernel == nullptr) return;
    try {
        for (auto &method : kernel->methods) {
            method->event.cancel();
            if (method->handle.valid() && !method->handle.terminated()) method->handle.kill();
        }
    } catch (const std::exception &) {
        /* A method that cannot be ended any more will not be started either: its event is gone. */
    }
    delete kernel;
}

void weir_kernel_wake(weir_kernel *kernel, uint32_t domain, uint64_t edge) {
    Method &method = *kernel->methods[domain];
    kernel->notify(method, weir_clock_edge_ps(&method.domain, edge), kernel->now_ps);
}

void weir_kernel_stop(weir_kernel *kernel) {
    if (kernel->stopped) return;
    kernel->stopped = true;
    if (!kernel->embedded) sc_core::sc_pause();
}

bool weir_kernel_begin(weir_kernel *kernel, weir_diag *diag) {
    try {
        kernel->embedded = true;
        for (auto &method : kernel->methods)
            kernel->notify(*method, method->domain.phase_ps, 0);
        return true;
    } catch (const std::exception &error) {
        return report(diag, error);
    }
}

bool weir_kernel_run(weir_kernel *kernel, weir_diag *diag) {
    try {
        for (auto &method : kernel->methods)
            kernel->notify(*method, method->domain.phase_ps, 0);
        sc_core::sc_start();
        return true;
    } catch (const std::exception &error) {
        return report(diag, error);
    }
}

uint64_t weir_kernel_now_ps(const weir_kernel *kernel) {
    return kernel->now_ps;
}
