#include "splat_frame.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cpu.h"
#include "pool.h"

namespace avatron::splats {

namespace {

// A job of the pool takes this many groups of sixteen Gaussians at a time.
constexpr int64_t GROUP_GRAIN = 64;
// Gaussians of one range of the counting fill.
constexpr int64_t RANGE = 4096;
// Kernels look ahead, beyond the last entry too.
constexpr int64_t BEHIND = 32;
constexpr int RADIX_BITS = 11, RADIX = 1 << RADIX_BITS;
// Three bytes short of 16 GB of sums: more is no picture but a mistake.
constexpr int64_t MOST_ENTRIES = 1 << 28;

struct Kernels {
    decltype(&portable::place_frames) place_frames;
    decltype(&portable::project_world) project_world;
    decltype(&portable::project_rig) project_rig;
    decltype(&portable::gather_world) gather_world;
    decltype(&portable::gather_rig) gather_rig;
    decltype(&portable::draw_tile) draw_tile;
    decltype(&portable::backward_tile) backward_tile;
};

#define AVATRON_SPLAT_SET(name) \
    {name::place_frames, name::project_world, name::project_rig, name::gather_world, name::gather_rig, \
     name::draw_tile,    name::backward_tile}

Kernels kernels() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return AVATRON_SPLAT_SET(avx512);
    if (active_instruction_set() == InstructionSet::avx2) return AVATRON_SPLAT_SET(avx2);
#endif
    return AVATRON_SPLAT_SET(portable);
}

int64_t groups_of(int64_t count) { return (count + LANES_A_GROUP - 1) / LANES_A_GROUP; }

template <typename Function>
void for_each(int64_t count, int64_t grain, Function&& function) {
    parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) function(item);
    });
}

}  // namespace

// Twenty-two bits of the depth in two passes, which keep the order of equals. Depths are compared to 1 / 2^22 of their
// range as exponents, that is to a thousandth of a millimetre over the depth of a head.
void Frame::sort_by_depth() {
    const uint32_t* depths = depths_.data();
    const uint32_t* tiles = tiles_.data();
    uint32_t least = UINT32_MAX, most = 0;
    uint64_t* order = order_.sized(scene_.count);
    int64_t drawn = 0;
    for (int64_t at = 0; at < scene_.count; ++at) {
        if (tiles[at] == 0) continue;
        least = std::min(least, depths[at]);
        most = std::max(most, depths[at]);
        order[drawn++] = static_cast<uint64_t>(depths[at]) << 32 | static_cast<uint64_t>(at);
    }
    drawn_ = drawn;
    if (drawn == 0) return;
    const int shift = std::max(0, static_cast<int>(std::bit_width(most - least)) - 2 * RADIX_BITS);
    uint32_t low[RADIX] = {}, high[RADIX] = {};
    for (int64_t at = 0; at < drawn; ++at) {
        const uint32_t key = (static_cast<uint32_t>(order[at] >> 32) - least) >> shift;
        order[at] = static_cast<uint64_t>(key) << 32 | (order[at] & 0xffffffffu);
        ++low[key & (RADIX - 1)], ++high[key >> RADIX_BITS];
    }
    uint32_t low_total = 0, high_total = 0;
    for (int digit = 0; digit < RADIX; ++digit) {
        low_total += std::exchange(low[digit], low_total);
        high_total += std::exchange(high[digit], high_total);
    }
    uint64_t* other = order_other_.sized(scene_.count);
    for (int64_t at = 0; at < drawn; ++at) other[low[(order[at] >> 32) & (RADIX - 1)]++] = order[at];
    for (int64_t at = 0; at < drawn; ++at) order[high[other[at] >> (32 + RADIX_BITS)]++] = other[at];
}

// Lists every tile's Gaussians from near to far. Ranges of the sorted Gaussians count and fill beside one another.
void Frame::arrange() {
    Record* records = records_.data();
    const uint32_t* tiles = tiles_.data();
    uint32_t* first = first_.sized(scene_.count);
    int64_t slots = 0;
    for (int64_t at = 0; at < scene_.count; ++at) {
        first[at] = static_cast<uint32_t>(slots);
        if (tiles[at] != 0) records[at].slot += static_cast<uint32_t>(slots);
        slots += tiles[at];
    }
    if (slots > MOST_ENTRIES)
        throw std::length_error("the Gaussians cover " + std::to_string(slots) + " tiles in all, more than " +
                                std::to_string(MOST_ENTRIES) + ": too many of them are huge");
    entry_count_ = slots;
    sort_by_depth();
    const int64_t tile_count = static_cast<int64_t>(scene_.tile_columns) * scene_.tile_rows;
    const int64_t ranges = (drawn_ + RANGE - 1) / RANGE;
    // With a column and a row more, where rectangles end.
    const int32_t stride = scene_.tile_columns + 1;
    const int64_t room = static_cast<int64_t>(stride) * (scene_.tile_rows + 1);
    uint32_t* counts = range_counts_.sized(std::max<int64_t>(ranges, 1) * room);
    const uint64_t* order = order_.data();
    const Rectangle* rectangles = rectangles_.data();
    const auto visit = [&](int64_t range, auto&& function) {
        for (int64_t at = range * RANGE, end = std::min(drawn_, at + RANGE); at < end; ++at) {
            const auto gaussian = static_cast<uint32_t>(order[at]);
            function(counts + range * room, gaussian, rectangles[gaussian]);
        }
    };
    // A rectangle counts at its corners alone; sums along rows and columns are what its tiles count, modulo 2^32.
    for_each(ranges, 1, [&](int64_t range) {
        uint32_t* own = counts + range * room;
        std::memset(own, 0, static_cast<size_t>(room) * sizeof(uint32_t));
        visit(range, [&](uint32_t* corner, uint32_t, const Rectangle& on) {
            ++corner[on.first_row * stride + on.first_column], --corner[on.first_row * stride + on.last_column];
            --corner[on.last_row * stride + on.first_column], ++corner[on.last_row * stride + on.last_column];
        });
        for (int64_t at = 1; at < room; ++at) own[at] += at % stride == 0 ? 0 : own[at - 1];
        for (int64_t at = stride; at < room; ++at) own[at] += own[at - stride];
    });
    uint32_t* start = start_.sized(tile_count + 1);
    uint32_t total = 0;
    for (int64_t tile = 0; tile < tile_count; ++tile) {
        start[tile] = total;
        const int64_t at = tile / scene_.tile_columns * stride + tile % scene_.tile_columns;
        for (int64_t range = 0; range < ranges; ++range) total += std::exchange(counts[range * room + at], total);
    }
    start[tile_count] = total;
    uint32_t* entries = entries_.sized(slots + BEHIND);
    std::memset(entries + slots, 0, BEHIND * sizeof(uint32_t));
    for_each(ranges, 1, [&](int64_t range) {
        visit(range, [&](uint32_t* next, uint32_t gaussian, const Rectangle& on) {
            for (int32_t row = on.first_row; row < on.last_row; ++row)
                for (int32_t column = on.first_column; column < on.last_column; ++column)
                    entries[next[row * stride + column]++] = gaussian;
        });
    });
    scene_.records = records;
    scene_.tiles = tiles;
    scene_.first = first;
    scene_.start = start;
    scene_.entries = entries;
    scene_.masks = masks_.sized(slots + BEHIND);
}

Projected Frame::begin(int64_t count, int32_t channels, const View& view, const Options& options) {
    scene_ = {};
    scene_.view = view, scene_.options = options;
    scene_.count = count, scene_.channels = channels;
    scene_.tile_columns = (view.width + TILE - 1) / TILE, scene_.tile_rows = (view.height + TILE - 1) / TILE;
    const int64_t room = groups_of(count) * LANES_A_GROUP;
    return {records_.sized(room), rectangles_.sized(room), tiles_.sized(room), depths_.sized(room),
            damaged_.sized(groups_of(count))};
}

int64_t Frame::damaged() const {
    int64_t total = 0;
    for (int64_t group = 0; group < groups_of(scene_.count); ++group) total += damaged_.data()[group];
    return total;
}

void Frame::finish(const Picture& picture) {
    const Kernels chosen = kernels();
    arrange();
    for_each(static_cast<int64_t>(scene_.tile_columns) * scene_.tile_rows, 1,
             [&](int64_t tile) { chosen.draw_tile(scene_, picture, static_cast<int32_t>(tile)); });
}

template <typename Project>
int64_t Frame::draw(int64_t count, int32_t channels, const View& view, const Options& options, const Picture& picture,
                    Project&& project) {
    const Kernels chosen = kernels();
    const Projected projected = begin(count, channels, view, options);
    for_each(groups_of(count), GROUP_GRAIN, [&](int64_t group) { project(chosen, group, projected); });
    const int64_t unusable = damaged();
    if (unusable == 0) finish(picture);
    return unusable;
}

template <typename Gather>
void Frame::backward(const PictureGradients& given, Gather&& gather) {
    const Kernels chosen = kernels();
    float* sums = sums_.sized((entry_count_ + 1) * SUMS);
    for_each(static_cast<int64_t>(scene_.tile_columns) * scene_.tile_rows, 1,
             [&](int64_t tile) { chosen.backward_tile(scene_, given, static_cast<int32_t>(tile), sums); });
    for_each(groups_of(scene_.count), GROUP_GRAIN, [&](int64_t group) { gather(chosen, sums, group); });
}

int64_t Frame::draw_world(const World& world, int64_t count, int32_t channels, const View& view, const Options& options,
                          const Picture& picture) {
    return draw(count, channels, view, options, picture,
                [&](const Kernels& chosen, int64_t group, const Projected& projected) {
                    chosen.project_world(world, view, options, channels, count, group, projected);
                });
}

Rig Frame::placed(const Rig& rig, const float* vertices, const int32_t* triangles, int64_t triangle_count,
                  const View& view) {
    const Kernels chosen = kernels();
    float* frames = frames_.sized(16 * triangle_count);
    for_each(groups_of(triangle_count), GROUP_GRAIN,
             [&](int64_t group) { chosen.place_frames(vertices, triangles, view, triangle_count, group, frames); });
    Rig result = rig;
    result.frames = frames;
    if (rig.half_corrections == nullptr) return result;
    float* paired = paired_.sized((rig.ranks + 1) / 2 * 16);
    for (int32_t at = 0; at < (rig.ranks + 1) / 2 * 16; ++at) {
        const int32_t rank = at / 16 * 2 + at % 16 / 7;
        paired[at] = at % 16 < 14 && rank < rig.ranks ? rig.coefficients[rank] : 0.0f;
    }
    result.paired = paired;
    return result;
}

int64_t Frame::draw_rig(const Rig& rig, const float* vertices, const int32_t* triangles, int64_t triangle_count,
                        int64_t count, const View& view, const Options& options, const Picture& picture) {
    Rig own = placed(rig, vertices, triangles, triangle_count, view);
    own.rows = rows_.sized(groups_of(count) * LANES_A_GROUP * 8);
    return draw(count, 3, view, options, picture,
                [&](const Kernels& chosen, int64_t group, const Projected& projected) {
                    chosen.project_rig(own, view, options, 3, count, group, projected);
                });
}

int64_t Frame::draw_rigs(const Rig& rig, const RigPicture* pictures, int64_t picture_count, const int32_t* triangles,
                         int64_t triangle_count, int64_t count, const View& view, const Options& options) {
    const Kernels chosen = kernels();
    std::vector<Rig> rigs;
    std::vector<Projected> projected;
    for (int64_t at = 0; at < picture_count; ++at) {
        const RigPicture& picture = pictures[at];
        rigs.push_back(picture.frame->placed(rig, picture.vertices, triangles, triangle_count, view));
        rigs.back().coefficients = picture.coefficients, rigs.back().rows = nullptr;
        projected.push_back(picture.frame->begin(count, 3, view, options));
    }
    for_each(groups_of(count), GROUP_GRAIN, [&](int64_t group) {
        for (int64_t at = 0; at < picture_count; ++at)
            chosen.project_rig(rigs[at], view, options, 3, count, group, projected[at]);
    });
    int64_t unusable = 0;
    for (int64_t at = 0; at < picture_count; ++at) unusable = std::max(unusable, pictures[at].frame->damaged());
    for (int64_t at = 0; at < picture_count && unusable == 0; ++at) pictures[at].frame->finish(pictures[at].picture);
    return unusable;
}

void Frame::backward_world(const World& world, const PictureGradients& given, const WorldGradients& out) {
    backward(given, [&](const Kernels& chosen, const float* sums, int64_t group) {
        chosen.gather_world(world, scene_, sums, group, out);
    });
}

void Frame::backward_rig(const Rig& rig, const PictureGradients& given, const RigGradients& out, double* coefficients) {
    Rig own = rig;
    own.frames = frames_.data();
    own.rows = rows_.data();
    RigGradients target = out;
    const int64_t groups = groups_of(scene_.count);
    target.coefficients = coefficients == nullptr ? nullptr : coefficient_sums_.sized(groups * rig.ranks);
    backward(given, [&](const Kernels& chosen, const float* sums, int64_t group) {
        chosen.gather_rig(own, scene_, sums, group, target);
    });
    if (coefficients == nullptr) return;
    std::fill(coefficients, coefficients + rig.ranks, 0.0);
    for (int64_t group = 0; group < groups; ++group)
        for (int32_t rank = 0; rank < rig.ranks; ++rank) coefficients[rank] += target.coefficients[group * rig.ranks + rank];
}

}  // namespace avatron::splats
