// One item at a time on the shared pool.
#pragma once

#include "pool.h"

namespace shade {

template <typename Function>
void parallel_for(int64_t count, Function&& function) {
    avatron::parallel_for(count, 1, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) function(item);
    });
}

}  // namespace shade
