// The soft layers of a tile (hair, lashes), mixed over what is solid. Included once per instruction set.
#pragma once

#include "shade_solid.h"

namespace SHADE_NAMESPACE {

// Alpha of a texel of a layer below which it shows nothing, and light of a sample below which nothing more is mixed in.
constexpr float FAINT = 0.02f;
constexpr float CLOSED = 0.01f;
constexpr float MOST_LIFT = 1.0009f;  // how much nearer a layer is taken to be

// Draws layers from the nearest triangle to the furthest, sixteen pixels at a time: each takes its share of the light
// that those before it let through, per sample, until none gets through. No list of fragments has to be kept or sorted.
class LayerMixer {
   public:
    LayerMixer(const View& view, const TileArea& area, Scratch& scratch) : view_(view), area_(area), scratch_(scratch) {
        block_middles(middle_x_, middle_y_);
    }

    void draw(const TileBins& layers, int32_t tile) {
        std::fill(scratch_.soft_open, scratch_.soft_open + BLOCKS, static_cast<uint8_t>(0));
        std::vector<uint64_t>& order = scratch_.soft_order;
        order.clear();
        for (int32_t at = layers.start[tile]; at < layers.start[tile + 1]; ++at) {
            const int32_t* corners = view_.triangles + 4 * static_cast<int64_t>(layers.members[at]);
            // Bits of positive floats are ordered as the floats are; equal ones stay in the order of their numbers.
            if (is_hidden(corners)) continue;
            float nearness = nearness_of(corners[0]) + nearness_of(corners[1]) + nearness_of(corners[2]);
            uint32_t key;
            std::memcpy(&key, &nearness, 4);
            order.push_back(static_cast<uint64_t>(~key) << 32 | static_cast<uint32_t>(layers.members[at]));
        }
        std::sort(order.begin(), order.end());
        for (uint64_t entry : order) draw_triangle(static_cast<int32_t>(entry & 0xffffffff));
        for (int block = 0; block < BLOCKS; ++block)
            if (scratch_.soft_open[block] != 0) mix_block(block);
    }

   private:
    // Fields of a triangle's corners: the first one's, and by how much the others' differ.
    struct Fields {
        alignas(64) float base[RECORD], to_second[RECORD], to_third[RECORD];
    };

    float nearness_of(int32_t vertex) const { return view_.screen[4 * static_cast<int64_t>(vertex) + 2]; }

    // Whether a triangle lies behind what is solid, as far as its box of blocks tells: half of them do.
    bool is_hidden(const int32_t* corners) {
        const float* a = view_.screen + 4 * static_cast<int64_t>(corners[0]);
        const float* b = view_.screen + 4 * static_cast<int64_t>(corners[1]);
        const float* c = view_.screen + 4 * static_cast<int64_t>(corners[2]);
        auto block_of = [](float place) {
            return static_cast<int>(std::clamp(place, 0.0f, TILE - 1.0f)) / BLOCK_SIDE;
        };
        float left = static_cast<float>(area_.left), top = static_cast<float>(area_.top);
        int first_column = block_of(std::min({a[0], b[0], c[0]}) - left), last_column = block_of(std::max({a[0], b[0], c[0]}) - left);
        int first_row = block_of(std::min({a[1], b[1], c[1]}) - top), last_row = block_of(std::max({a[1], b[1], c[1]}) - top);
        float nearest = std::max({a[2], b[2], c[2]}) * MOST_LIFT;
        for (int row = first_row; row <= last_row; ++row)
            for (int column = first_column; column <= last_column; ++column) {
                int place = row * BLOCKS_A_ROW + column;
                if (scratch_.soft_open[place] == 0) open_block(place);
                if (scratch_.soft_furthest[place] < nearest) return false;
            }
        return true;
    }

    void draw_triangle(int32_t number) {
        const int32_t* corners = view_.triangles + 4 * static_cast<int64_t>(number);
        const float* a = view_.screen + 4 * static_cast<int64_t>(corners[0]);
        const float* b = view_.screen + 4 * static_cast<int64_t>(corners[1]);
        const float* c = view_.screen + 4 * static_cast<int64_t>(corners[2]);
        const Surface& surface = view_.surfaces[corners[3]];
        // Lashes grow out of the lid: lift them over the skin they start from.
        float lift = surface.kind == shade::LASH ? MOST_LIFT : 1.00003f;
        BlockPlanes planes;
        if (!planes.fill(a, b, c, area_, middle_x_, middle_y_, lift)) return;
        float nearest = std::max({a[2], b[2], c[2]}) * lift;
        Fields fields;
        bool filled = false;
        for (int row = planes.first_row(); row <= planes.last_row(); ++row) {
            for (int column = planes.first_column(); column <= planes.last_column(); ++column) {
                int place = row * BLOCKS_A_ROW + column;
                if (scratch_.soft_open[place] == 0) open_block(place);
                if (scratch_.soft_furthest[place] >= nearest || !planes.move_to(column, row)) continue;
                uint32_t hits[SAMPLES], any = 0;
                for (int sample = 0; sample < SAMPLES; ++sample)
                    any |= hits[sample] = planes.hits(sample, scratch_.nearness[place][sample]);
                if (any == 0) continue;
                if (!filled) fill_fields(corners, surface, fields), filled = true;
                // A middle between the samples may lie just outside of its triangle: never beyond what the corners have.
                F w1 = saturate(planes.w1), w2 = min(max(planes.w2, 0.0f), 1.0f - w1);
                F depth = inverse(a[2] + w1 * (b[2] - a[2]) + w2 * (c[2] - a[2]));
                if (mix(surface, fields, w1 * (depth * b[2]), w2 * (depth * c[2]), hits, scratch_.soft[place]))
                    scratch_.soft_furthest[place] = 1e9f;
            }
        }
    }

    void fill_fields(const int32_t* corners, const Surface& surface, Fields& fields) const {
        const float* rows = surface.kind == shade::HAIR ? view_.hair_light : view_.records;
        F first = load(rows + RECORD * static_cast<int64_t>(corners[0]));
        store(fields.base, first);
        store(fields.to_second, load(rows + RECORD * static_cast<int64_t>(corners[1])) - first);
        store(fields.to_third, load(rows + RECORD * static_cast<int64_t>(corners[2])) - first);
    }

    // Mixes one triangle into a block; true when nothing behind it can be seen any more.
    bool mix(const Surface& surface, const Fields& fields, F w1, F w2, const uint32_t* hits, SoftBlock& block) const {
        auto field = [&](int which) {
            return fields.base[which] + w1 * fields.to_second[which] + w2 * fields.to_third[which];
        };
        F u = field(shade::U), v = field(shade::V);
        Rgba texel = sample(surface.colour, u, v);
        bool is_lash = surface.kind == shade::LASH;
        F alpha = is_lash ? texel.a * field(shade::COVER) * surface.parameters[3] : min(texel.a * 1.15f, 1.0f);
        alpha = select(alpha > FAINT, alpha, set1(0.0f));
        F weight = set1(0.0f), rest = set1(0.0f);
        for (int sample = 0; sample < SAMPLES; ++sample) {
            F passes = load(block.passes[sample]), taken = passes * where_bits(hits[sample], alpha);
            passes -= taken;
            store(block.passes[sample], passes);
            weight += taken, rest = max(rest, passes);
        }
        if (mask_bits(weight > 0.0f) == 0) return false;
        V3 light;
        if (is_lash) {
            // Lashes have one colour: nothing else has to be known of their points.
            light = {set1(surface.parameters[0]), set1(surface.parameters[1]), set1(surface.parameters[2])};
        } else {
            F interpolated[shade::HAIR_FIELDS];
            for (int which = 0; which < shade::HAIR_FIELDS; ++which) interpolated[which] = field(which);
            light = hair_light(view_, surface, {texel.r, texel.g, texel.b}, sample(surface.detail, u, v).r, interpolated);
        }
        store(block.red, load(block.red) + weight * clamp(light.x, 0.0f, BRIGHTEST));
        store(block.green, load(block.green) + weight * clamp(light.y, 0.0f, BRIGHTEST));
        store(block.blue, load(block.blue) + weight * clamp(light.z, 0.0f, BRIGHTEST));
        store(block.weight, load(block.weight) + weight);
        return mask_bits(rest > CLOSED / SAMPLES) == 0;
    }

    void open_block(int place) {
        scratch_.soft_open[place] = 1;
        F furthest = load(scratch_.nearness[place][0]);
        for (int sample = 1; sample < SAMPLES; ++sample) furthest = min(furthest, load(scratch_.nearness[place][sample]));
        float least = furthest[0];
        for (int lane = 1; lane < LANES; ++lane) least = std::min(least, static_cast<float>(furthest[lane]));
        scratch_.soft_furthest[place] = least;
        SoftBlock& block = scratch_.soft[place];
        F nothing = set1(0.0f);
        for (int sample = 0; sample < SAMPLES; ++sample) store(block.passes[sample], set1(1.0f / SAMPLES));
        store(block.red, nothing), store(block.green, nothing), store(block.blue, nothing), store(block.weight, nothing);
    }

    // What was solid, as far as light gets through to it, under the layers.
    void mix_block(int place) {
        const SoftBlock& block = scratch_.soft[place];
        F weight = load(block.weight);
        if (mask_bits(weight > 0.0f) == 0) return;
        F through = set1(0.0f);
        for (int sample = 0; sample < SAMPLES; ++sample)
            through += select(load(scratch_.nearness[place][sample]) > 0.0f, load(block.passes[sample]), set1(0.0f));
        alignas(64) float cover[LANES], own[LANES];
        auto rows = [&](float* plane, auto&& visit) {
            for (int row = 0; row < BLOCK_SIDE; ++row) visit(plane + first_pixel(place) + row * TILE, row * BLOCK_SIDE);
        };
        auto fetch = [&](float* plane, float* out) {
            rows(plane, [&](const float* pixels, int lane) { std::copy_n(pixels, BLOCK_SIDE, out + lane); });
            return load(out);
        };
        auto keep = [&](float* plane, F value) {
            store(own, value);
            rows(plane, [&](float* pixels, int lane) { std::copy_n(own + lane, BLOCK_SIDE, pixels); });
        };
        F covered = fetch(scratch_.cover, cover);
        F rest = select(covered > 0.0f, through * inverse(max(covered, 1e-6f)), set1(0.0f));
        keep(scratch_.red, fetch(scratch_.red, own) * rest + load(block.red));
        keep(scratch_.green, fetch(scratch_.green, own) * rest + load(block.green));
        keep(scratch_.blue, fetch(scratch_.blue, own) * rest + load(block.blue));
        keep(scratch_.cover, through + weight);
    }

    const View& view_;
    const TileArea& area_;
    Scratch& scratch_;
    F middle_x_, middle_y_;
};

}  // namespace SHADE_NAMESPACE
