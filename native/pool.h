// The one pool of threads that all kernels share.
//
//     parallel_for(rows, 4, [&](int64_t begin, int64_t end) { ... });
//     parallel_for(tiles, 1, [&](int64_t begin, int64_t end, int worker) { scratch[worker] ... });
//
// Threads claim the next `grain` items with one atomic addition, and the caller claims with them. So a thread that is
// not scheduled, as happens on shared cores, holds back at most the items it has claimed; with a fixed split (OpenMP)
// everybody would wait for it. Threads start on first use, sleep when there is no work, and start anew after a fork.
//
// The caller must not hold the Python lock. An exception in an item ends the job and reaches the caller. A job inside a
// job, or beside the job of another thread, runs on the calling thread alone.
#pragma once

#include <cstdint>
#include <type_traits>

namespace avatron {

// Threads that work on a job, the caller included. `worker` above is below this number.
int pool_size();
// Takes effect from the next job on; 0 means one thread a core.
void set_pool_size(int threads);

using PoolCall = void (*)(void* context, int64_t begin, int64_t end, int worker);
void pool_run(int64_t count, int64_t grain, PoolCall call, void* context);

template <typename Function>
void parallel_for(int64_t count, int64_t grain, Function&& function) {
    using Bare = std::remove_reference_t<Function>;
    pool_run(
        count, grain,
        [](void* context, int64_t begin, int64_t end, [[maybe_unused]] int worker) {
            if constexpr (std::is_invocable_v<Bare&, int64_t, int64_t, int>)
                (*static_cast<Bare*>(context))(begin, end, worker);
            else
                (*static_cast<Bare*>(context))(begin, end);
        },
        const_cast<void*>(static_cast<const void*>(&function)));
}

}  // namespace avatron
