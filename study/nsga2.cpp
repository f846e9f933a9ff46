// NSGA-II by pagmo, over whole-numbered indices into the axes' values.
#include "study/search.h"

#include <exception>
#include <memory>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

struct Asking {
    const weir_study_file *file;
    weir_objectives_fn objectives;
    void *context;
};

// Thrown through pagmo, and caught below, where the caller ends the search.
struct Ended : std::exception {};

struct Axes {
    const Asking *asking = nullptr;

    pagmo::vector_double batch_fitness(const pagmo::vector_double &decisions) const {
        const uint32_t n = static_cast<uint32_t>(decisions.size() / asking->file->n_axes);
        std::vector<uint32_t> indices(decisions.begin(), decisions.end());
        pagmo::vector_double values(static_cast<size_t>(n) * asking->file->n_objectives);
        if (!asking->objectives(asking->context, indices.data(), n, values.data())) throw Ended();
        return values;
    }
    pagmo::vector_double fitness(const pagmo::vector_double &decision) const {
        return batch_fitness(decision);
    }
    std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        pagmo::vector_double low(asking->file->n_axes, 0), high;
        for (uint32_t a = 0; a < asking->file->n_axes; a++)
            high.push_back(asking->file->axes[a].n_values - 1.0);
        return {low, high};
    }
    pagmo::vector_double::size_type get_nobj() const { return asking->file->n_objectives; }
    pagmo::vector_double::size_type get_nix() const { return asking->file->n_axes; }
    // The evaluator threads over points itself.
    pagmo::thread_safety get_thread_safety() const { return pagmo::thread_safety::none; }
};

void search(const weir_study_file *file, const Asking *asking) {
    const auto seed = static_cast<unsigned>(file->search_seed);
    pagmo::problem problem{Axes{asking}};
    pagmo::bfe evaluator{pagmo::member_bfe{}};
    pagmo::population population{problem, evaluator, file->population, seed};
    pagmo::nsga2 method{static_cast<unsigned>(file->generations), 0.95, 10., 0.05, 50., seed};
    method.set_bfe(evaluator);
    pagmo::algorithm{method}.evolve(population);
}

} // namespace

bool weir_search_nsga2(const weir_study_file *file, weir_objectives_fn objectives, void *context,
                       weir_diag *diag) {
    const Asking asking = {file, objectives, context};
    try {
        search(file, &asking);
        return true;
    } catch (const Ended &) {
        return false; // the caller knows why
    } catch (const std::exception &error) {
        return weir_error(diag, WEIR_NOWHERE, "search: %s", error.what());
    }
}
