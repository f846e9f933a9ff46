/* A design as one module of a SystemC platform, between a source and a sink of the platform's own:
 * a camera that sends a frame every 20 us, and a host that looks at each result for 1 us.
 *
 *   c++ systemc_platform.cpp $(pkg-config --cflags --libs weir systemc) -o systemc_platform
 *   ./systemc_platform DESIGN FOLDER
 */
#include "weir_systemc.h"
#include <cstdio>
#include <exception>

static const unsigned n_frames = 3;

struct camera : sc_core::sc_module {
    sc_core::sc_fifo_out<weir::beat> out;
    const weir::design_module &design;

    camera(sc_core::sc_module_name name, const weir::design_module &design)
        : sc_core::sc_module(name), out("out"), design(design) {
        SC_HAS_PROCESS(camera);
        SC_THREAD(run);
    }

    void run() {
        for (unsigned f = 0; f < n_frames; f++) {
            std::vector<float> frame(design.inputs());
            for (size_t i = 0; i < frame.size(); i++)
                frame[i] = static_cast<float>((i * (f + 1)) % 17) / 17.0f;
            for (const weir::beat &beat : design.split(frame))
                out.write(beat);
            wait(20, sc_core::SC_US);
        }
    }
};

struct host : sc_core::sc_module {
    sc_core::sc_fifo_in<weir::beat> in;
    const weir::design_module &design;

    host(sc_core::sc_module_name name, const weir::design_module &design)
        : sc_core::sc_module(name), in("in"), design(design) {
        SC_HAS_PROCESS(host);
        SC_THREAD(run);
    }

    void run() {
        const size_t beats = design.outputs() / design.out_lanes();
        for (unsigned f = 0; f < n_frames; f++) {
            std::vector<weir::beat> received;
            while (received.size() < beats)
                received.push_back(in.read());
            std::vector<float> values = design.join(received);
            auto largest = std::max_element(values.begin(), values.end());
            std::printf("frame %u at %s: class %td\n", f,
                        sc_core::sc_time_stamp().to_string().c_str(), largest - values.begin());
            wait(1, sc_core::SC_US);
        }
        sc_core::sc_stop();
    }
};

int sc_main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s DESIGN FOLDER\n", argv[0]);
        return 1;
    }
    try {
        sc_core::sc_fifo<weir::beat> pixels("pixels", 16), classes("classes", 4);
        weir::design_module design("design", argv[1], argv[2]);
        camera camera("camera", design);
        host host("host", design);
        camera.out(pixels);
        design.in(pixels);
        design.out(classes);
        host.in(classes);
        sc_core::sc_start();

        weir_outcome *outcome = design.finish();
        weir_summary summary = weir_outcome_summary(outcome);
        std::printf("%llu frames, bottleneck: %s\n",
                    static_cast<unsigned long long>(summary.frames), summary.bottleneck);
        weir_outcome_free(outcome);
        return summary.frames == n_frames ? 0 : 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
