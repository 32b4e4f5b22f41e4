#include "splat_adam.h"

#include <vector>

#include "cpu.h"
#include "module.h"
#include "pool.h"

namespace avatron::splats {

namespace {

constexpr int64_t ROW_GRAIN = 512;

decltype(&portable::adam_range) kernel() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return avx512::adam_range;
    if (active_instruction_set() == InstructionSet::avx2) return avx2::adam_range;
#endif
    return portable::adam_range;
}

}  // namespace

void adam(const AdamGroup* groups, int count, const AdamStep& step, const uint8_t* seen, int64_t rows) {
    const auto chosen = kernel();
    parallel_for(rows, ROW_GRAIN, [&](int64_t begin, int64_t end) {
        for (int group = 0; group < count; ++group) chosen(groups[group], step, seen, begin, end);
    });
}

}  // namespace avatron::splats

namespace avatron {

static Binding binding("splat_adam", [](nb::module_& module) {
    module.attr("MAX_PRODUCTS") = splats::MAX_PRODUCTS;
    // Groups: (values, first, second, sources, factors or None, factor rows or None, rate, decay).
    module.def(
        "step",
        [](nb::list groups, nb::tuple step, nb::object seen, int64_t rows) {
            std::vector<splats::AdamGroup> tasks;
            for (nb::handle item : groups) {
                const auto given = nb::cast<nb::tuple>(item);
                const auto values = nb::cast<Array<float>>(given[0]);
                splats::AdamGroup group{};
                group.values = values.data();
                if (!given[1].is_none()) group.first = nb::cast<Array<float>>(given[1]).data();
                group.second = nb::cast<Array<float>>(given[2]).data();
                int source = 0;
                for (nb::handle one : nb::cast<nb::tuple>(given[3])) {
                    const auto array = nb::cast<Array<const float>>(one);
                    group.sources[source] = array.data();
                    group.source_width[source] = rows == 0 ? 0 : static_cast<int32_t>(array.size() / static_cast<size_t>(rows));
                    group.width += group.source_width[source++];
                }
                group.ranks = 1;
                if (!given[4].is_none()) {
                    const auto factors = nb::cast<Array<const float>>(given[4]);
                    group.factors = factors.data();
                    group.ranks = static_cast<int32_t>(factors.shape(factors.ndim() - 1));
                }
                if (!given[5].is_none()) group.factor_rows = nb::cast<Array<const int32_t>>(given[5]).data();
                group.rate = nb::cast<float>(given[6]);
                group.decay = nb::cast<float>(given[7]);
                tasks.push_back(group);
            }
            const splats::AdamStep numbers{nb::cast<float>(step[0]), nb::cast<float>(step[1]), nb::cast<float>(step[2]),
                                           nb::cast<float>(step[3]), nb::cast<float>(step[4])};
            const uint8_t* mask = seen.is_none() ? nullptr : nb::cast<Array<const uint8_t>>(seen).data();
            nb::gil_scoped_release released;
            splats::adam(tasks.data(), static_cast<int>(tasks.size()), numbers, mask, rows);
        },
        nb::arg(), nb::arg(), nb::arg().none(), nb::arg());
});

}  // namespace avatron
