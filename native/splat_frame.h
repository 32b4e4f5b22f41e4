// The memory of a drawn picture of Gaussians, used again for the next one, and the order of the stages.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

#include "splat.h"

namespace avatron::splats {

// Memory that grows and is never initialised.
template <typename T>
class Buffer {
public:
    // Old contents are lost where it has to grow.
    T* sized(int64_t count) {
        if (count > capacity_) {
            const int64_t capacity = count + count / 4 + 64;
            memory_.reset(static_cast<T*>(::operator new(static_cast<size_t>(capacity) * sizeof(T), std::align_val_t{64})));
            capacity_ = capacity;
        }
        return memory_.get();
    }
    T* data() const { return memory_.get(); }

private:
    struct Free {
        void operator()(T* memory) const { ::operator delete(memory, std::align_val_t{64}); }
    };
    std::unique_ptr<T, Free> memory_;
    int64_t capacity_ = 0;
};

class Frame {
public:
    // Both return how many Gaussians hold a value that is no finite number; then nothing is drawn.
    int64_t draw_world(const World& world, int64_t count, int32_t channels, const View& view, const Options& options,
                       const Picture& picture);
    int64_t draw_rig(const Rig& rig, const float* vertices, const int32_t* triangles, int64_t triangle_count,
                     int64_t count, const View& view, const Options& options, const Picture& picture);
    // As `draw_rig` with each of several frames, for pictures in which only vertices and coefficients differ: corrections
    // are read once for all. There is no way back from these.
    struct RigPicture {
        Frame* frame;
        const float *vertices, *coefficients;
        Picture picture;
    };
    static int64_t draw_rigs(const Rig& rig, const RigPicture* pictures, int64_t picture_count, const int32_t* triangles,
                             int64_t triangle_count, int64_t count, const View& view, const Options& options);
    // What was given to the last draw must not have changed.
    void backward_world(const World& world, const PictureGradients& given, const WorldGradients& out);
    // `coefficients` [R] or null.
    void backward_rig(const Rig& rig, const PictureGradients& given, const RigGradients& out, double* coefficients);

    // (Gaussian, tile) pairs of the last picture.
    int64_t entry_count() const { return entry_count_; }
    // Whether a tile looked at each Gaussian, [G]; for those that are hidden or not in the picture 0.
    const uint32_t* tiles() const { return tiles_.data(); }
    int64_t count() const { return scene_.count; }

private:
    // Where a picture's Gaussians are projected to, how many of them are damaged, and the picture of what was projected.
    Projected begin(int64_t count, int32_t channels, const View& view, const Options& options);
    int64_t damaged() const;
    void finish(const Picture& picture);
    template <typename Project>
    int64_t draw(int64_t count, int32_t channels, const View& view, const Options& options, const Picture& picture,
                 Project&& project);
    // `rig` with the frames of its triangles.
    Rig placed(const Rig& rig, const float* vertices, const int32_t* triangles, int64_t triangle_count, const View& view);
    template <typename Gather>
    void backward(const PictureGradients& given, Gather&& gather);
    void arrange();
    void sort_by_depth();

    Scene scene_{};
    int64_t entry_count_ = 0, drawn_ = 0;
    Buffer<Record> records_;
    Buffer<Rectangle> rectangles_;
    Buffer<uint32_t> tiles_, depths_, damaged_, first_, start_, entries_, range_counts_;
    Buffer<uint64_t> order_, order_other_;  // depth above, Gaussian below
    Buffer<uint16_t> masks_;
    Buffer<float> sums_, frames_, rows_, paired_;
    Buffer<double> coefficient_sums_;
};

}  // namespace avatron::splats
