#include "warp.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "cpu.h"
#include "pool.h"

namespace avatron::warp {

namespace {

// Rows that a thread claims at once: what is less than a fifth of a millisecond is not worth waking another one.
constexpr int64_t row_grain = 256;

using ReduceRows = void (*)(const Source&, const Reduced&, uint32_t*, int64_t, int64_t);
using SampleRows = void (*)(const Job&, int64_t, int64_t);

struct Rows {
    ReduceRows reduce;
    SampleRows sample;
};

Rows chosen() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return {avx512::reduce_rows, avx512::sample_rows};
    if (active_instruction_set() == InstructionSet::avx2) return {avx2::reduce_rows, avx2::sample_rows};
#endif
    return {portable::reduce_rows, portable::sample_rows};
}

struct Box {
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
};

// What the target's corners see of the source.
Box seen(const Affine& affine, const Target& target) {
    Box box;
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? static_cast<double>(target.width) : 0.0;
        const double y = corner & 2 ? static_cast<double>(target.height) : 0.0;
        const double u = affine.xx * x + affine.xy * y + affine.x0, v = affine.yx * x + affine.yy * y + affine.y0;
        box = {std::min(box.x0, u), std::min(box.y0, v), std::max(box.x1, u), std::max(box.y1, v)};
    }
    return box;
}

// The smaller copy's place: blocks lie on multiples of the factor, so that a crop that moves a little sees the same means.
Reduced placed(const Source& source, const Box& box, int64_t factor) {
    const auto block = [factor](double at, int64_t size) {
        return static_cast<int64_t>(std::clamp(std::floor(at), 0.0, static_cast<double>(size - 1))) / factor;
    };
    // One block more for the other half of a blend.
    const auto room = static_cast<double>(factor);
    const int64_t left = block(box.x0 - room, source.width), top = block(box.y0 - room, source.height);
    return {nullptr,
            left * factor,
            top * factor,
            block(box.x1 + room, source.width) - left + 1,
            block(box.y1 + room, source.height) - top + 1,
            factor};
}

}  // namespace

void sample(const Source& source, const Affine& to_source, const Target& target) {
    const Rows rows = chosen();
    const double scale = std::sqrt(std::abs(to_source.xx * to_source.yy - to_source.xy * to_source.yx));
    const auto longest = static_cast<double>(std::max(source.width, source.height));
    const auto factor = static_cast<int64_t>(std::clamp(std::floor(scale), 1.0, longest));
    // What is left of the reduction, a factor below two, is covered by the mean of two by two samples.
    const int taps = scale / static_cast<double>(factor) > 1.02 ? 2 : 1;
    Job job{&source, nullptr, to_source, &target, taps};
    Reduced reduced;
    std::unique_ptr<uint16_t[]> pixels;
    if (factor > 1) {
        reduced = placed(source, seen(to_source, target), factor);
        pixels = std::make_unique_for_overwrite<uint16_t[]>(static_cast<size_t>(4 * reduced.width * reduced.height));
        reduced.pixels = pixels.get();
        parallel_for(reduced.height, row_grain, [&](int64_t begin, int64_t end) {
            const auto sums = std::make_unique_for_overwrite<uint32_t[]>(static_cast<size_t>(3 * source.width + 1));
            rows.reduce(source, reduced, sums.get(), begin, end);
        });
        const double shrink = 1.0 / static_cast<double>(factor);
        Affine& affine = job.to_samples;
        for (double* part : {&affine.xx, &affine.xy, &affine.yx, &affine.yy}) *part *= shrink;
        affine.x0 = (affine.x0 - static_cast<double>(reduced.left)) * shrink;
        affine.y0 = (affine.y0 - static_cast<double>(reduced.top)) * shrink;
        job.reduced = &reduced;
    }
    parallel_for(target.height, row_grain, [&](int64_t begin, int64_t end) { rows.sample(job, begin, end); });
}

}  // namespace avatron::warp
