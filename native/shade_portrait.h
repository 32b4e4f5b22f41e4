// A person to be drawn: everything that stays the same from frame to frame, and the drawing of one frame.
#pragma once

#include <cstdint>
#include <vector>

#include "shade_bins.h"
#include "shade_scene.h"

namespace shade {

class Portrait {
   public:
    // --- Set once. Head vertices come first, attached ones (hair, clothes) after them. ---
    std::vector<Surface> surfaces;
    std::vector<std::vector<int32_t>> textures;  // owned texels
    std::vector<int32_t> triangles;              // [K, 4] solid ones that may be seen, other solid ones, soft
                                                 // layers that may be seen, other soft layers
    std::vector<uint8_t> surface_of;             // [K] the fourth number of `triangles`
    int32_t seen_count = 0;                      // solid triangles that a camera in front may see
    int32_t solid_count = 0;
    int32_t front_count = 0;                     // all but the soft layers that no camera in front may see
    std::vector<int32_t> casters;                // triangles that throw the key light's shadow
    std::vector<float> records;                  // [R, RECORD]; normals (and hair tangents) are renewed every frame
    int32_t head_vertices = 0;
    std::vector<float> rest;                     // [R - head, 12] attached: place, normal, strand; head weight; free
    std::vector<float> skin_table;               // [LUT_CURVATURES, LUT_COSINES, 3]
    std::vector<int32_t> lid_triangles[2];       // [L, 3] skin about each eye
    std::vector<int32_t> moving_light;           // [L] head vertices whose light comes with every pose
    std::vector<int32_t> lips;                   // the rim of the inner lips; empty: whatever is behind may be seen
    int32_t shadow_size = 384;
    std::vector<uint8_t> coarse;                 // [R] the key light is asked for at every point about this vertex
    std::vector<int32_t> hair_vertices;           // where hair is lit: those that may be seen, then the others
    int32_t hair_seen_count = 0;
    std::vector<KeyVertex> lit_vertices;          // where it is worked out: those that may be seen, then the others
    int32_t lit_seen_count = 0;

    // Fills `lit_vertices` and `hair_vertices` from `coarse`, the triangles and their surfaces.
    void choose_lit_vertices();

    struct Pose {
        const float* head_positions = nullptr;  // [head_vertices, 3] world
        const float* head_normals = nullptr;    // [head_vertices, 3]
        const float* light = nullptr;           // [L, 4] their irradiance and occlusion, or null
        const float* creases = nullptr;         // [head_vertices, 2] strength of both groups of folds, or null
        float head[12];                         // skull: world = rotation (rows 0-2, columns 0-2) * rest + column 3
        float torso[12];
        bool from_anywhere = false;  // draw the triangles that are not seen from the front too
    };

    struct Timing {
        double vertices_ms, shadow_ms, bins_ms, tiles_ms;
    };

    // Draws into `image`; with a background [H, W, 3] it is [H, W, 3], without one [H, W, 4].
    Timing draw(const Pose& pose, const Frame& frame, const uint8_t* background, uint8_t* image, int32_t width,
                int32_t height);

   private:
    void move_vertices(const Pose& pose, const Frame& frame);
    void cast_shadow();
    void light_by_key(const View& view, bool from_anywhere);
    void light_hair(const View& view, bool from_anywhere);
    void map_lids(const Pose& pose, const Frame& frame);
    void frame_mouth(const Frame& frame, BinRequest& request) const;

    std::vector<float> positions_;     // [R, 3] world, and one float more
    std::vector<float> hair_light_;    // [R, RECORD]
    std::vector<float> screen_;        // [R, 4]
    std::vector<float> light_places_;  // [R, 4] texels of the shadow map, depth
    std::vector<float> lit_;           // [R] share of the key light that arrives
    std::vector<float> shadow_;        // [shadow_size, shadow_size]
    std::vector<float> shadow_blocks_;  // [shadow_size / SHADOW_BLOCK, shadow_size / SHADOW_BLOCK]
    std::vector<float> lids_;          // [2, LID_MAP, LID_MAP]
    TileBins shadow_bins_, solid_bins_, layer_bins_;
};

}  // namespace shade
