#include "pool.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "module.h"

namespace avatron {

namespace {

constexpr int max_threads = 256;
// A kernel is a few jobs in a row: a thread that looks for the next one this long before it sleeps saves a wake-up
// (about 50 microseconds) and burns next to nothing.
constexpr auto patience = std::chrono::microseconds(30);

std::atomic<int> wanted_threads{0};
thread_local bool inside_job = false;

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

template <typename Condition>
bool wait_a_moment(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    do {
        for (int turn = 0; turn < 32; ++turn) {
            if (condition()) return true;
            pause_briefly();
        }
    } while (std::chrono::steady_clock::now() < end);
    return condition();
}

struct Job {
    Job(int64_t count, int64_t grain, PoolCall call, void* context)
        : count(count), grain(grain), call(call), context(context) {}

    int64_t count;
    int64_t grain;
    PoolCall call;
    void* context;
    std::atomic<int64_t> next{0};
    std::mutex error_mutex;
    std::exception_ptr error;

    void work(int worker) {
        inside_job = true;
        while (true) {
            const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
            if (begin >= count) break;
            try {
                call(context, begin, std::min(begin + grain, count), worker);
            } catch (...) {
                std::lock_guard lock(error_mutex);
                if (!error) error = std::current_exception();
                next.store(count, std::memory_order_relaxed);
            }
        }
        inside_job = false;
    }
};

class Pool {
public:
    void run(Job& job, int threads) {
        std::unique_lock busy(busy_, std::try_to_lock);
        if (!busy.owns_lock()) {
            job.work(0);
            return;
        }
        {
            std::lock_guard lock(mutex_);
            while (started_ < threads - 1) {
                ++started_;
                std::thread([this] { serve(); }).detach();
            }
            job_ = &job;
            // Numbers 1 .. threads - 1 are handed to the helpers that come; those who come later find none left.
            next_worker_ = 1;
            last_worker_ = threads - 1;
            generation_.fetch_add(1, std::memory_order_release);
        }
        wake_.notify_all();
        job.work(0);
        std::unique_lock lock(mutex_);
        job_ = nullptr;
        if (helping_.load() > 0) {
            lock.unlock();
            wait_a_moment([this] { return helping_.load(std::memory_order_acquire) == 0; });
            lock.lock();
            done_.wait(lock, [this] { return helping_.load() == 0; });
        }
    }

private:
    void serve() {
        uint64_t seen = 0;
        while (true) {
            wait_a_moment([&] { return generation_.load(std::memory_order_acquire) != seen; });
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return generation_.load() != seen; });
            seen = generation_.load();
            if (job_ == nullptr || next_worker_ > last_worker_) continue;
            Job* job = job_;
            const int worker = next_worker_++;
            ++helping_;
            lock.unlock();
            job->work(worker);
            lock.lock();
            if (--helping_ == 0) done_.notify_one();
        }
    }

    std::mutex busy_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::atomic<uint64_t> generation_{0};
    std::atomic<int> helping_{0};
    Job* job_ = nullptr;
    int started_ = 0;
    int next_worker_ = 0;
    int last_worker_ = 0;
};

std::atomic<Pool*> current_pool{nullptr};

Pool& pool() {
    Pool* existing = current_pool.load(std::memory_order_acquire);
    if (existing != nullptr) return *existing;
    static std::mutex creation;
    std::lock_guard lock(creation);
    existing = current_pool.load();
    if (existing == nullptr) {
        // The threads of a forked parent do not exist in its child: it gets a pool of its own. Pools are never freed:
        // their threads sleep on them until the process ends.
        static const int registered = pthread_atfork(nullptr, nullptr, [] {
            current_pool.store(nullptr);
            inside_job = false;
        });
        (void)registered;
        existing = new Pool;
        current_pool.store(existing, std::memory_order_release);
    }
    return *existing;
}

}  // namespace

int pool_size() {
    const int wanted = wanted_threads.load(std::memory_order_relaxed);
    if (wanted > 0) return wanted;
    static const int cores = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, max_threads);
    return cores;
}

void set_pool_size(int threads) { wanted_threads.store(std::clamp(threads, 0, max_threads)); }

void pool_run(int64_t count, int64_t grain, PoolCall call, void* context) {
    if (count <= 0) return;
    grain = std::max<int64_t>(grain, 1);
    const int threads = static_cast<int>(std::min<int64_t>(pool_size(), (count + grain - 1) / grain));
    if (threads <= 1 || inside_job) {
        // Worker 0 of a job inside a job would share the scratch of the outer worker 0: the inner job has its own.
        for (int64_t begin = 0; begin < count; begin += grain)
            call(context, begin, std::min(begin + grain, count), 0);
        return;
    }
    Job job{count, grain, call, context};
    pool().run(job, threads);
    if (job.error) std::rethrow_exception(job.error);
}

// A job whose every item adds one to its own counter and, if asked, to the counters of a nested job: for the tests.
static Binding binding("pool", [](nb::module_& module) {
    module.def("size", &pool_size);
    module.def("set_size", &set_pool_size);
    // To a thread whose jobs stay on it, its job is always one inside a job. Returns what was set before.
    module.def("set_alone", [](bool alone) { return std::exchange(inside_job, alone); });
    module.def("count_visits", [](Array<int32_t> visits, int64_t grain, bool nested) {
        int32_t* counts = visits.data();
        const int64_t count = static_cast<int64_t>(visits.size());
        nb::gil_scoped_release released;
        parallel_for(count, grain, [&](int64_t begin, int64_t end) {
            if (!nested) {
                for (int64_t item = begin; item < end; ++item) ++counts[item];
                return;
            }
            parallel_for(end - begin, 1, [&](int64_t first, int64_t last) {
                for (int64_t item = begin + first; item < begin + last; ++item) ++counts[item];
            });
        });
    });
});

}  // namespace avatron
