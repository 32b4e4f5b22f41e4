#include <algorithm>
#include <cmath>
#include <vector>

#include "photometric.h"

namespace avatron::photometric {

void gather(const Raster& raster, const int32_t* triangle, const float* screen, const float* position,
            const float* normal, const Texels& texels, const float* seen, float gap, float* colour, float* weight) {
    for (int64_t texel = 0; texel < texels.count; ++texel) {
        const int32_t* corner = triangle + 3 * int64_t{texels.triangle[texel]};
        const float* share = texels.barycentric + 3 * texel;
        float x = 0, y = 0, place[3] = {0, 0, 0}, up[3] = {0, 0, 0};
        for (int i = 0; i < 3; ++i) {
            const int64_t vertex = corner[i];
            x += share[i] * screen[2 * vertex];
            y += share[i] * screen[2 * vertex + 1];
            for (int axis = 0; axis < 3; ++axis) {
                place[axis] += share[i] * position[3 * vertex + axis];
                up[axis] += share[i] * normal[3 * vertex + axis];
            }
        }
        float* target = colour + 3 * texel;
        target[0] = target[1] = target[2] = 0;
        weight[texel] = 0;
        const float facing = -(place[0] * up[0] + place[1] * up[1] + place[2] * up[2]);
        const float left = x - 0.5f, top = y - 0.5f;
        if (!(facing > 0) || !(left >= 0 && top >= 0 && left < raster.width - 1 && top < raster.height - 1)) continue;
        const int32_t column = static_cast<int32_t>(left), row = static_cast<int32_t>(top);
        const int64_t first = int64_t{row} * raster.width + column;
        // Each of the four pixels around must show this surface: a colour mixed with what is before it is none.
        const int64_t around[4] = {first, first + 1, first + raster.width, first + raster.width + 1};
        bool visible = true;
        for (const int64_t pixel : around)
            visible = visible && raster.triangle_id[pixel] >= 0 && std::fabs(raster.depth[pixel] - place[2]) < gap;
        if (!visible) continue;
        const float share_x = left - column, share_y = top - row;
        const float part[4] = {(1 - share_x) * (1 - share_y), share_x * (1 - share_y), (1 - share_x) * share_y,
                               share_x * share_y};
        for (int i = 0; i < 4; ++i)
            for (int channel = 0; channel < 3; ++channel) target[channel] += part[i] * seen[3 * around[i] + channel];
        const float length = (place[0] * place[0] + place[1] * place[1] + place[2] * place[2]) *
                             (up[0] * up[0] + up[1] * up[1] + up[2] * up[2]);
        weight[texel] = length > 0 ? facing * facing / length : 0;
    }
}

namespace {

// Rows of a sparse matrix that averages areas: for each target pixel the source pixels under it and their shares.
struct Areas {
    std::vector<int32_t> start, source;
    std::vector<float> share;
};

Areas areas(int32_t length, double from, double step, int32_t count) {
    Areas result;
    result.start.push_back(0);
    // Enlarging: a tent of one source pixel's width, which is bilinear; reducing: the area itself.
    const double width = std::max(step, 1.0);
    for (int32_t target = 0; target < count; ++target) {
        const double centre = from + (target + 0.5) * step;
        const double low = centre - width / 2, high = centre + width / 2;
        double sum = 0;
        const size_t first = result.source.size();
        for (int64_t source = static_cast<int64_t>(std::floor(low)); source < high; ++source) {
            const double covered = std::min(high, source + 1.0) - std::max(low, static_cast<double>(source));
            if (covered <= 0) continue;
            result.source.push_back(static_cast<int32_t>(std::clamp<int64_t>(source, 0, length - 1)));
            result.share.push_back(static_cast<float>(covered));
            sum += covered;
        }
        for (size_t entry = first; entry < result.share.size(); ++entry)
            result.share[entry] = static_cast<float>(result.share[entry] / sum);
        result.start.push_back(static_cast<int32_t>(result.source.size()));
    }
    return result;
}

}  // namespace

void crop(const uint8_t* picture, int32_t width, int32_t height, double left, double top, double step, int32_t columns,
          int32_t rows, float* target) {
    const Areas across = areas(width, left, step, columns), down = areas(height, top, step, rows);
    // A source row is averaged once and kept while targets still need it.
    std::vector<float> row(3 * int64_t{columns});
    int32_t held = -1;
    std::fill(target, target + 3 * int64_t{columns} * rows, 0.0f);
    for (int32_t y = 0; y < rows; ++y)
        for (int32_t entry = down.start[y]; entry < down.start[y + 1]; ++entry) {
            if (down.source[entry] != held) {
                held = down.source[entry];
                const uint8_t* source = picture + 3 * int64_t{held} * width;
                for (int32_t x = 0; x < columns; ++x) {
                    float sum[3] = {0, 0, 0};
                    for (int32_t place = across.start[x]; place < across.start[x + 1]; ++place) {
                        const uint8_t* pixel = source + 3 * int64_t{across.source[place]};
                        for (int channel = 0; channel < 3; ++channel) sum[channel] += across.share[place] * pixel[channel];
                    }
                    for (int channel = 0; channel < 3; ++channel) row[3 * x + channel] = sum[channel] / 255;
                }
            }
            float* out = target + 3 * int64_t{y} * columns;
            const float share = down.share[entry];
            for (int64_t value = 0; value < 3 * int64_t{columns}; ++value) out[value] += share * row[value];
        }
}

}  // namespace avatron::photometric
