#include "splat_loss.h"

#include <cstring>
#include <memory>
#include <new>

#include "cpu.h"
#include "module.h"
#include "pool.h"

namespace avatron::splats {

namespace {

constexpr int64_t BYTES_GRAIN = 1 << 16;
// Those of `Tile` in splat_loss_rows.h.
constexpr int ROWS = 4 + 2 * 4 + 16 * 4 + 4 * 3 + 16 * 3;

using Compare = decltype(&portable::compare_tile);
using ToBytes = void (*)(const float*, int64_t, uint8_t*);

struct Kernels {
    Compare compare;
    ToBytes to_bytes;
};

Kernels kernels() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return {avx512::compare_tile, avx512::to_bytes};
    if (active_instruction_set() == InstructionSet::avx2) return {avx2::compare_tile, avx2::to_bytes};
#endif
    return {portable::compare_tile, portable::to_bytes};
}

struct Free {
    void operator()(float* memory) const { ::operator delete(memory, std::align_val_t{64}); }
};

std::unique_ptr<float, Free> floats(int64_t count) {
    return std::unique_ptr<float, Free>(
        static_cast<float*>(::operator new(static_cast<size_t>(count) * sizeof(float), std::align_val_t{64})));
}

}  // namespace

int64_t loss_scratch(int32_t channels) { return ROWS * (((LOSS_TILE_WIDTH + 20) * channels + 15) / 16 * 16 + 64); }

LossSums compare(const LossTask& task) {
    const Compare chosen = kernels().compare;
    const int32_t columns = (task.width + LOSS_TILE_WIDTH - 1) / LOSS_TILE_WIDTH;
    const int32_t tile_height = loss_tile_height(task.height);
    const int32_t rows = (task.height + tile_height - 1) / tile_height;
    const auto sums = std::make_unique<LossSums[]>(static_cast<size_t>(columns) * rows);
    const int64_t needed = loss_scratch(task.channels);
    const auto scratch = floats(needed * pool_size());
    // Vectors reach beyond the rows: what stands there is never used, but should be a number.
    std::memset(scratch.get(), 0, static_cast<size_t>(needed) * pool_size() * sizeof(float));
    parallel_for(static_cast<int64_t>(columns) * rows, 1, [&](int64_t begin, int64_t end, int worker) {
        for (int64_t tile = begin; tile < end; ++tile)
            chosen(task, static_cast<int32_t>(tile) % columns, static_cast<int32_t>(tile) / columns,
                   scratch.get() + needed * worker, sums[tile]);
    });
    LossSums total{0.0, 0.0};
    for (int64_t tile = 0; tile < static_cast<int64_t>(columns) * rows; ++tile)
        total.difference += sums[tile].difference, total.similarity += sums[tile].similarity;
    return total;
}

void to_bytes(const float* values, int64_t count, uint8_t* bytes) {
    const ToBytes chosen = kernels().to_bytes;
    parallel_for(count, BYTES_GRAIN, [&](int64_t begin, int64_t end) { chosen(values + begin, end - begin, bytes + begin); });
}

}  // namespace avatron::splats

namespace avatron {

static Binding binding("splat_loss", [](nb::module_& module) {
    module.def(
        "compare",
        [](Array<const float> image, nb::object target, nb::object weight, float l1_scale, float ssim_scale,
           Array<float> gradient) {
            const bool bytes = nb::isinstance<Array<const uint8_t>>(target);
            const splats::LossTask task{image.data(),
                                        bytes ? nullptr : nb::cast<Array<const float>>(target).data(),
                                        bytes ? nb::cast<Array<const uint8_t>>(target).data() : nullptr,
                                        weight.is_none() ? nullptr : nb::cast<Array<const float>>(weight).data(),
                                        static_cast<int32_t>(image.shape(1)),
                                        static_cast<int32_t>(image.shape(0)),
                                        static_cast<int32_t>(image.shape(2)),
                                        l1_scale,
                                        ssim_scale,
                                        gradient.data()};
            splats::LossSums sums;
            {
                nb::gil_scoped_release released;
                sums = splats::compare(task);
            }
            return nb::make_tuple(sums.difference, sums.similarity);
        },
        nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg());
    module.def("to_bytes", [](Array<const float> values, Array<uint8_t> bytes) {
        const auto count = static_cast<int64_t>(values.size());
        nb::gil_scoped_release released;
        splats::to_bytes(values.data(), count, bytes.data());
    });
});

}  // namespace avatron
