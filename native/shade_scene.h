// What the shading kernels read: plain data, the same for every instruction set.
#pragma once

#include <cstdint>
#include <vector>

namespace shade {

// Surface kinds; `src/avatron/native/shade.py` names the same numbers.
enum Kind : int32_t { SKIN = 0, EYE = 1, MOUTH = 2, CLOTH = 3, HAIR = 4, LASH = 5, PLAIN = 6, KINDS = 7 };

// Floats of one vertex record. Positions are not among them: they follow from pixel and depth.
constexpr int RECORD = 16;
enum Field : int {
    NORMAL = 0,       // 3, world
    IRRADIANCE = 3,   // 3, of the environment, occluded
    OCCLUSION = 6,    // 1 open .. 0 buried
    RIM = 7,          // how much of the rim light arrives
    CURVATURE = 8,    // 1 / m
    TANGENT = 9,      // 3: gradient of u (1 / m, at rest); along the strand (world) for hair
    TANGENT_RATIO = 12,  // |grad v| / |grad u|, negative where the chart is mirrored
    U = 13,
    V = 14,
    COVER = 15,  // free for the surface kind: opacity of lashes, strength of the skin's first group of folds, share of light on cloth
};

// Floats of what a hair's vertex is lit by, RECORD long as well; U and V stay where they are.
constexpr int HAIR_BODY = 0;    // 3: light that takes the hair's colour
constexpr int HAIR_DEEP = 3;    // 3: light that takes it one and a half times, from the hair around
constexpr int HAIR_LIGHTS = 6;  // of the key light, then of the rim light:
constexpr int HAIR_LIGHT = 3, HAIR_ANGLE = 0, HAIR_GLINT = 1, HAIR_THROUGH = 2;  // sum of angles; what mirrors, passes
constexpr int HAIR_FIELDS = HAIR_LIGHTS + 2 * HAIR_LIGHT;
static_assert(HAIR_FIELDS <= U);

// Eight bits a channel, R lowest; colour is stored as its square root (so that filtering is close to perceptual and
// decoding is one multiplication), data channels as they are.
struct Texture {
    const int32_t* texels = nullptr;  // of one that repeats, the first row and column come again at the end
    int32_t width = 0;
    int32_t height = 0;
};

struct Surface {
    int32_t kind = PLAIN;
    int32_t two_sided = 0;
    int32_t behind_lips = 0;  // seen through the lips only
    Texture colour;
    Texture detail;
    Texture extra;
    Texture creases;
    float parameters[8] = {};
};

// One float struct for everything that may change from frame to frame. FIELD(name, length).
#define SHADE_FRAME_FIELDS(FIELD)                                                                              \
    FIELD(eye, 3) FIELD(right, 3) FIELD(down, 3) FIELD(forward, 3) FIELD(focal, 1) FIELD(centre, 2)            \
    FIELD(key, 3) FIELD(key_colour, 3) FIELD(rim, 3) FIELD(rim_colour, 3) FIELD(lobes, 56)                     \
    FIELD(gradient, 6) FIELD(window_right, 3) FIELD(window_up, 3) FIELD(window, 3) FIELD(fill, 3) FIELD(exposure, 1)          \
    FIELD(shadow_matrix, 12) FIELD(shadow_radius, 1) FIELD(shadow_softness, 1) FIELD(head_rotation, 9)         \
    FIELD(mouth_opening, 2) FIELD(lip_point, 3) FIELD(eye_centres, 6) FIELD(eye_rotations, 18)                   \
    FIELD(eye_radius, 1) FIELD(lid_extent, 1)

struct Frame {
#define SHADE_DECLARE(name, length) float name[length];
    SHADE_FRAME_FIELDS(SHADE_DECLARE)
#undef SHADE_DECLARE
};

constexpr int LOBES = 8;
constexpr int LOBE = 7;  // direction 3, sharpness 1, colour 3

constexpr int TILE = 64;       // pixels
constexpr int SAMPLES = 4;     // per pixel, on a rotated grid
constexpr int LUT_COSINES = 64;
constexpr int LUT_CURVATURES = 96;
constexpr float LUT_CURVATURE_MAX = 150.0f;  // 1 / m
constexpr int LID_MAP = 64;
constexpr int SHADOW_BLOCK = 8;  // texels; no penumbra reaches further
constexpr int shadow_blocks(int texels) { return (texels + SHADOW_BLOCK - 1) / SHADOW_BLOCK; }

// What the tiles need, all of it read-only while they are drawn.
struct View {
    const Frame* frame = nullptr;
    const Surface* surfaces = nullptr;
    const float* records = nullptr;       // [R, RECORD]
    const float* screen = nullptr;        // [R, 4] x, y in pixels, 1 / depth, strength of the skin's second group of folds
    const int32_t* triangles = nullptr;   // [K, 4] three vertices and the surface
    const uint8_t* surface_of = nullptr;  // [K] the surface again, dense: it is asked for at every pixel
    const float* shadow_map = nullptr;    // [shadow_size, shadow_size] depth along the key light, larger is nearer to it
    int32_t shadow_size = 0;
    const float* shadow_blocks = nullptr; // the most of the depth in and about each block of 8 by 8 texels
    const float* lit = nullptr;           // [R] share of the key light that arrives, or ASK_POINTS
    const float* hair_light = nullptr;    // [R, RECORD] of the vertices of hair
    const float* skin_table = nullptr;    // [LUT_CURVATURES, LUT_COSINES, 3]
    const float* lid_maps = nullptr;      // [2, LID_MAP, LID_MAP]
    int32_t width = 0;
    int32_t height = 0;
    const uint8_t* background = nullptr;  // [H, W, 3] or null for transparency
    uint8_t* image = nullptr;             // [H, W, 3], or [H, W, 4] without background
};

// Tiles that a triangle may touch, inclusive; left > right for none.
struct Reach {
    int16_t left, right, top, bottom;
};

struct TileBins {
    int32_t tiles_x = 0;
    int32_t tiles_y = 0;
    std::vector<int32_t> start;    // [tiles + 1]
    std::vector<int32_t> members;  // triangle numbers, tile after tile, ascending inside a tile
    std::vector<Reach> reaches;    // scratch of the binning, kept between frames
    std::vector<int32_t> counts;   // likewise
};

// Casts the triangles of `bins` into one tile of an orthographic depth map (larger is nearer to the light).
struct DepthMap {
    const float* places = nullptr;       // [R, 4] x, y in texels, depth
    const int32_t* triangles = nullptr;  // [K, 4]
    float* depth = nullptr;              // [size, size]
    int32_t size = 0;
    int32_t tile = 64;
    float* blocks = nullptr;             // [shadow_blocks(size), shadow_blocks(size)] the most of each block, or null
};
using CastTile = void (*)(const DepthMap&, const TileBins&, int32_t tile);
constexpr float NO_CASTER = -1e9f;

// Stands for the key light's share at a vertex whose triangles are too coarse to interpolate it.
constexpr float ASK_POINTS = -1e6f;

// How much nearer to the key light a blocker must be than what it shades, so that no surface shades itself.
constexpr float KEY_BIAS_M[KINDS] = {0.0012f, 0.0012f, 0.0012f, 0.0020f, 0.006f, 0.0f, 0.0f};

// A vertex that the key light is worked out at.
struct KeyVertex {
    int32_t vertex;
    float bias_m;
    float leaning;  // 1: it is on the plane of its normal, 0: strands have none
};

// Works out the key light at chosen[first] .. chosen[stop - 1].
struct KeyRequest {
    const View* view = nullptr;       // with its shadow map
    const float* places = nullptr;    // [R, 4] texels of the shadow map, depth
    const KeyVertex* chosen = nullptr;
    float* lit = nullptr;             // [R]
};
using LightVertices = void (*)(const KeyRequest&, int32_t first, int32_t stop);

// Works out what lights the hair at chosen[first] .. chosen[stop - 1].
struct HairRequest {
    const View* view = nullptr;         // with `lit`
    const float* positions = nullptr;   // [R, 3] world, and one float more
    const int32_t* chosen = nullptr;
    float* light = nullptr;             // [R, RECORD]
};
using LightHair = void (*)(const HairRequest&, int32_t first, int32_t stop);

// Draws tile number `tile`; one per instruction set.
using DrawTile = void (*)(const View&, const TileBins& solid, const TileBins& layers, int32_t tile);

namespace portable {
void draw_tile(const View&, const TileBins&, const TileBins&, int32_t);
void cast_tile(const DepthMap&, const TileBins&, int32_t);
void light_vertices(const KeyRequest&, int32_t, int32_t);
void light_hair(const HairRequest&, int32_t, int32_t);
}
#if defined(__x86_64__) && defined(__GNUC__)
namespace avx2 {
void draw_tile(const View&, const TileBins&, const TileBins&, int32_t);
void cast_tile(const DepthMap&, const TileBins&, int32_t);
void light_vertices(const KeyRequest&, int32_t, int32_t);
void light_hair(const HairRequest&, int32_t, int32_t);
}
namespace avx512 {
void draw_tile(const View&, const TileBins&, const TileBins&, int32_t);
void cast_tile(const DepthMap&, const TileBins&, int32_t);
void light_vertices(const KeyRequest&, int32_t, int32_t);
void light_hair(const HairRequest&, int32_t, int32_t);
}
#endif

}  // namespace shade
