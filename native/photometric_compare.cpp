#include <algorithm>
#include <cmath>
#include <vector>

#include "photometric.h"
#include "raster.h"

namespace avatron::photometric {

namespace {

struct Colour {
    float r, g, b;
};

Colour operator-(const Colour& one, const Colour& other) { return {one.r - other.r, one.g - other.g, one.b - other.b}; }
Colour operator*(float factor, const Colour& one) { return {factor * one.r, factor * one.g, factor * one.b}; }
void add(Colour& to, const Colour& more) {
    to.r += more.r;
    to.g += more.g;
    to.b += more.b;
}
float dot(const Colour& one, const Colour& other) { return one.r * other.r + one.g * other.g + one.b * other.b; }

Colour colour_at(const float* picture, int64_t pixel) {
    return {picture[3 * pixel], picture[3 * pixel + 1], picture[3 * pixel + 2]};
}

Colour bilinear(const float* picture, int32_t width, int32_t height, float x, float y) {
    // Texel centres are at halves.
    const float left = std::min(std::max(x - 0.5f, 0.0f), static_cast<float>(width - 1));
    const float top = std::min(std::max(y - 0.5f, 0.0f), static_cast<float>(height - 1));
    const int32_t column = std::min(static_cast<int32_t>(left), std::max(width - 2, 0));
    const int32_t row = std::min(static_cast<int32_t>(top), std::max(height - 2, 0));
    const int32_t right = std::min(column + 1, width - 1), below = std::min(row + 1, height - 1);
    const float share_x = left - column, share_y = top - row;
    const float corner[4] = {(1 - share_x) * (1 - share_y), share_x * (1 - share_y), (1 - share_x) * share_y,
                             share_x * share_y};
    const int64_t place[4] = {int64_t{row} * width + column, int64_t{row} * width + right,
                              int64_t{below} * width + column, int64_t{below} * width + right};
    Colour sum{0, 0, 0};
    for (int i = 0; i < 4; ++i) add(sum, corner[i] * colour_at(picture, place[i]));
    return sum;
}

// An outline between two neighbouring pixels.
struct Crossing {
    int32_t first, second;  // the edge's vertices
    float share;            // of the second at the crossing
    float depth;
    float along;            // from the inner pixel's centre to the outline, in pixels
    float move_x, move_y;   // change of `along` when the crossing moves
    int32_t inner, outer;   // pixels
    Colour outside;         // what the outer pixel shows where the outline leaves it
};

class Comparison {
  public:
    Comparison(const Raster& raster, const Surface& surface, const float* seen, const float* trust,
               const Robust& robust, const Differences& out)
        : raster(raster), surface(surface), seen(seen), trust(trust), robust(robust), out(out),
          pixels(int64_t{raster.width} * raster.height), colours(pixels), adjoint(pixels) {}

    double run() {
        paint();
        find_outlines();
        soften();
        const double loss = differ();
        std::fill(out.gradient, out.gradient + 2 * surface.vertices, 0.0f);
        std::fill(out.matrix, out.matrix + 3 * surface.vertices, 0.0f);
        move_outlines();
        move_surfaces();
        return loss;
    }

  private:
    void paint() {
        for (int64_t pixel = 0; pixel < pixels; ++pixel) {
            const int32_t id = raster.triangle_id[pixel];
            if (id < 0) {
                colours[pixel] = colour_at(seen, pixel);
                out.weight[pixel] = 0;
                continue;
            }
            const int32_t* corner = surface.triangle + 3 * int64_t{id};
            const float* share = raster.barycentric + 3 * pixel;
            float u = 0, v = 0, weight = 0;
            Colour light{0, 0, 0};
            for (int i = 0; i < 3; ++i) {
                u += share[i] * surface.uv[2 * corner[i]];
                v += share[i] * surface.uv[2 * corner[i] + 1];
                weight += share[i] * surface.weight[corner[i]];
                add(light, share[i] * colour_at(surface.light, corner[i]));
            }
            const Colour albedo = bilinear(surface.texture, surface.texture_width, surface.texture_height,
                                           u * surface.texture_width, (1 - v) * surface.texture_height);
            colours[pixel] = {albedo.r * light.r, albedo.g * light.g, albedo.b * light.b};
            out.weight[pixel] = weight;
        }
    }

    float signed_area(int32_t triangle) const {
        const int32_t* corner = surface.triangle + 3 * int64_t{triangle};
        const float *a = surface.screen + 2 * corner[0], *b = surface.screen + 2 * corner[1],
                    *c = surface.screen + 2 * corner[2];
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    }

    void find_outlines() {
        slot_across.assign(pixels, -1);
        slot_down.assign(pixels, -1);
        for (int64_t row = 0; row < surface.edges; ++row) {
            const int32_t* edge = surface.edge + 6 * row;
            // Counter-clockwise from the front is a negative area where y runs down.
            const bool first_front = edge[2] >= 0 && signed_area(edge[2]) < 0;
            const bool second_front = edge[3] >= 0 && signed_area(edge[3]) < 0;
            if (first_front != second_front) walk(edge[0], edge[1], first_front ? edge[4] : edge[5]);
        }
    }

    void walk(int32_t first, int32_t second, int32_t third) {
        // Snapped as the rasteriser snaps them: otherwise now and then a pixel would be on the wrong side.
        float a[2], b[2];
        for (int i = 0; i < 2; ++i) {
            a[i] = std::nearbyint(surface.screen[2 * first + i] * raster::SUBPIXEL) / raster::SUBPIXEL;
            b[i] = std::nearbyint(surface.screen[2 * second + i] * raster::SUBPIXEL) / raster::SUBPIXEL;
        }
        const float* c = surface.screen + 2 * third;
        const float along_x = b[0] - a[0], along_y = b[1] - a[1];
        float inward_x = -along_y, inward_y = along_x;
        if (inward_x * (c[0] - a[0]) + inward_y * (c[1] - a[1]) < 0) inward_x = -inward_x, inward_y = -inward_y;
        const float length = std::sqrt(inward_x * inward_x + inward_y * inward_y);
        if (!(length > 1e-6f)) return;
        inward_x /= length;
        inward_y /= length;
        // Upright outlines are met by rows, level ones by columns, so that each pixel's share is counted once.
        const bool upright = std::fabs(inward_x) >= std::fabs(inward_y);
        const int axis = upright ? 0 : 1;
        const float from = a[1 - axis], to = b[1 - axis];
        const int32_t lines = upright ? raster.height : raster.width, across = upright ? raster.width : raster.height;
        const int32_t begin = std::max(0, static_cast<int32_t>(std::ceil(std::min(from, to) - 0.5f)));
        const int32_t end = std::min(lines, static_cast<int32_t>(std::ceil(std::max(from, to) - 0.5f)));
        const float inward = upright ? inward_x : inward_y;
        for (int32_t line = begin; line < end; ++line) {
            const float share = (line + 0.5f - from) / (to - from);
            const float place = a[axis] + share * (b[axis] - a[axis]) - 0.5f;
            const int32_t before = static_cast<int32_t>(std::floor(place));
            if (before < 0 || before + 1 >= across) continue;
            const int32_t stride = upright ? 1 : raster.width;
            const int32_t low = upright ? line * raster.width + before : before * raster.width + line;
            const int32_t inner = inward > 0 ? low + stride : low, outer = inward > 0 ? low : low + stride;
            // In perspective 1 / depth is what runs evenly along an edge.
            const float depth = 1 / ((1 - share) / surface.depth[first] + share / surface.depth[second]);
            if (raster.triangle_id[inner] < 0 || std::fabs(raster.depth[inner] - depth) > robust.connected) continue;
            if (raster.triangle_id[outer] >= 0 && raster.depth[outer] < depth + robust.gap) continue;
            int32_t& slot = (upright ? slot_across : slot_down)[low];
            if (slot >= 0 && crossings[slot].depth <= depth) continue;
            const float within = place - before;
            Crossing crossing{first, second, share, depth, inward > 0 ? 1 - within : within,
                              -inward_x / std::fabs(inward), -inward_y / std::fabs(inward), inner, outer,
                              colours[outer]};
            if (raster.triangle_id[outer] < 0)
                crossing.outside =
                    bilinear(seen, raster.width, raster.height,
                             (outer % raster.width) + 0.5f - robust.outside_px * inward_x,
                             (outer / raster.width) + 0.5f - robust.outside_px * inward_y);
            if (slot < 0) {
                slot = static_cast<int32_t>(crossings.size());
                crossings.push_back(crossing);
            } else {
                crossings[slot] = crossing;
            }
        }
    }

    void soften() {
        shown = colours;
        for (const Crossing& crossing : crossings)
            if (raster.triangle_id[crossing.outer] < 0) {
                // A pixel of the background has no colour of its own: what is beyond it stands for it.
                shown[crossing.outer] = crossing.outside;
                out.weight[crossing.outer] = out.weight[crossing.inner];
            }
        for (const Crossing& crossing : crossings) {
            const Colour step = colours[crossing.inner] - crossing.outside;
            const bool inside = crossing.along < 0.5f;
            const int32_t target = inside ? crossing.inner : crossing.outer;
            add(shown[target], (crossing.along - 0.5f) * step);
            if (!inside)
                out.weight[target] = std::max(out.weight[target], out.weight[crossing.inner]);
        }
    }

    double differ() {
        const float inverse = 1 / (robust.scale * robust.scale);
        double loss = 0;
        for (int64_t pixel = 0; pixel < pixels; ++pixel) {
            float* model = out.model + 3 * pixel;
            model[0] = shown[pixel].r;
            model[1] = shown[pixel].g;
            model[2] = shown[pixel].b;
            const Colour difference = shown[pixel] - colour_at(seen, pixel);
            const float square = dot(difference, difference);
            const float given = out.weight[pixel] * (trust ? trust[pixel] : 1.0f);
            // Geman and McClure: rho = s / (1 + s) / 2 in units of the scale, its weight 1 / (1 + s)^2.
            const float fade = 1 / (1 + square * inverse);
            loss += 0.5 * given * square * fade;
            out.weight[pixel] = given * fade * fade;
            adjoint[pixel] = out.weight[pixel] * difference;
        }
        return loss;
    }

    void push(int32_t vertex, float share, float gradient_x, float gradient_y, float xx, float xy, float yy) {
        out.gradient[2 * int64_t{vertex}] += share * gradient_x;
        out.gradient[2 * int64_t{vertex} + 1] += share * gradient_y;
        out.matrix[3 * int64_t{vertex}] += share * xx;
        out.matrix[3 * int64_t{vertex} + 1] += share * xy;
        out.matrix[3 * int64_t{vertex} + 2] += share * yy;
    }

    void move_outlines() {
        // The adjoints of what was mixed: a pixel that is shown mixed owes its colour to both.
        own = adjoint;
        for (const Crossing& crossing : crossings) {
            const Colour step = colours[crossing.inner] - crossing.outside;
            const int32_t target = crossing.along < 0.5f ? crossing.inner : crossing.outer;
            const int32_t other = crossing.along < 0.5f ? crossing.outer : crossing.inner;
            const float mixed = std::fabs(crossing.along - 0.5f);
            add(own[target], -mixed * adjoint[target]);
            if (raster.triangle_id[other] >= 0) add(own[other], mixed * adjoint[target]);
            const float slope = dot(adjoint[target], step), size = out.weight[target] * dot(step, step);
            const float x = crossing.move_x, y = crossing.move_y;
            const float share[2] = {1 - crossing.share, crossing.share};
            const int32_t vertex[2] = {crossing.first, crossing.second};
            for (int i = 0; i < 2; ++i)
                push(vertex[i], share[i], slope * x, slope * y, size * x * x, size * x * y, size * y * y);
        }
    }

    // The difference of neighbouring colours on the same surface, per pixel.
    Colour slope(int64_t pixel, int64_t before, int64_t after, bool has_before, bool has_after) const {
        const float depth = raster.depth[pixel];
        has_before = has_before && raster.triangle_id[before] >= 0 && std::fabs(raster.depth[before] - depth) < robust.connected;
        has_after = has_after && raster.triangle_id[after] >= 0 && std::fabs(raster.depth[after] - depth) < robust.connected;
        const Colour& low = colours[has_before ? before : pixel];
        const Colour& high = colours[has_after ? after : pixel];
        return (has_before && has_after ? 0.5f : 1.0f) * (high - low);
    }

    void move_surfaces() {
        for (int32_t row = 0; row < raster.height; ++row)
            for (int32_t column = 0; column < raster.width; ++column) {
                const int64_t pixel = int64_t{row} * raster.width + column;
                const int32_t id = raster.triangle_id[pixel];
                if (id < 0) continue;
                const float weight = out.weight[pixel];
                if (weight == 0 && own[pixel].r == 0 && own[pixel].g == 0 && own[pixel].b == 0) continue;
                const Colour x = slope(pixel, pixel - 1, pixel + 1, column > 0, column + 1 < raster.width);
                const Colour y =
                    slope(pixel, pixel - raster.width, pixel + raster.width, row > 0, row + 1 < raster.height);
                // The surface moves under the pixel: its colour there changes against the slope.
                const float gradient_x = -dot(own[pixel], x), gradient_y = -dot(own[pixel], y);
                const float xx = weight * dot(x, x), xy = weight * dot(x, y), yy = weight * dot(y, y);
                const int32_t* corner = surface.triangle + 3 * int64_t{id};
                const float* share = raster.barycentric + 3 * pixel;
                for (int i = 0; i < 3; ++i) push(corner[i], share[i], gradient_x, gradient_y, xx, xy, yy);
            }
    }

    const Raster& raster;
    const Surface& surface;
    const float* seen;
    const float* trust;
    const Robust& robust;
    const Differences& out;
    const int64_t pixels;
    std::vector<Colour> colours;  // of the surface alone
    std::vector<Colour> shown;    // with outlines
    std::vector<Colour> adjoint;  // of `shown`
    std::vector<Colour> own;      // of `colours`
    std::vector<Crossing> crossings;
    std::vector<int32_t> slot_across, slot_down;
};

}  // namespace

double compare(const Raster& raster, const Surface& surface, const float* seen, const float* trust,
               const Robust& robust, const Differences& out) {
    return Comparison(raster, surface, seen, trust, robust, out).run();
}

}  // namespace avatron::photometric
