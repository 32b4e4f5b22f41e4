#include <algorithm>
#include <vector>

#include "photometric.h"

namespace avatron::photometric {

void normal_equations(const float* position, int64_t vertices, const double* rotation, const double* pivot,
                      double focal, const Shapes& shapes, const float* gradient, const float* matrix,
                      int64_t parameters, double* normal, double* right) {
    constexpr int64_t POSE = 6;
    std::fill(normal, normal + parameters * parameters, 0.0);
    std::fill(right, right + parameters, 0.0);
    float turn[9];
    for (int i = 0; i < 9; ++i) turn[i] = static_cast<float>(rotation[i]);
    std::vector<int32_t> column(parameters);
    std::vector<float> x(parameters), y(parameters), weighted_x(parameters), weighted_y(parameters);
    for (int64_t i = 0; i < POSE; ++i) column[i] = static_cast<int32_t>(i);
    for (int64_t vertex = 0; vertex < vertices; ++vertex) {
        const float* h = matrix + 3 * vertex;
        const float* g = gradient + 2 * vertex;
        if (h[0] + h[2] <= 0 && g[0] == 0 && g[1] == 0) continue;
        const float* place = position + 3 * vertex;
        const float scale = static_cast<float>(focal) / place[2];
        const float lean_x = -scale * place[0] / place[2], lean_y = -scale * place[1] / place[2];
        const float arm[3] = {place[0] - static_cast<float>(pivot[0]), place[1] - static_cast<float>(pivot[1]),
                              place[2] - static_cast<float>(pivot[2])};
        // How the point moves for a turn about each axis, and for a shift along each.
        const float moved[POSE][3] = {{0, -arm[2], arm[1]}, {arm[2], 0, -arm[0]}, {-arm[1], arm[0], 0},
                                      {1, 0, 0},            {0, 1, 0},            {0, 0, 1}};
        int64_t count = 0;
        for (; count < POSE; ++count) {
            x[count] = scale * moved[count][0] + lean_x * moved[count][2];
            y[count] = scale * moved[count][1] + lean_y * moved[count][2];
        }
        for (int64_t entry = shapes.start[vertex]; entry < shapes.start[vertex + 1]; ++entry, ++count) {
            const float* delta = shapes.delta + 3 * entry;
            const float side = turn[0] * delta[0] + turn[1] * delta[1] + turn[2] * delta[2];
            const float down = turn[3] * delta[0] + turn[4] * delta[1] + turn[5] * delta[2];
            const float away = turn[6] * delta[0] + turn[7] * delta[1] + turn[8] * delta[2];
            column[count] = static_cast<int32_t>(POSE) + shapes.column[entry];
            x[count] = scale * side + lean_x * away;
            y[count] = scale * down + lean_y * away;
        }
        for (int64_t i = 0; i < count; ++i) {
            weighted_x[i] = h[0] * x[i] + h[1] * y[i];
            weighted_y[i] = h[1] * x[i] + h[2] * y[i];
            right[column[i]] += x[i] * g[0] + y[i] * g[1];
        }
        for (int64_t i = 0; i < count; ++i) {
            double* row = normal + column[i] * parameters;
            const float one = weighted_x[i], other = weighted_y[i];
            for (int64_t j = i; j < count; ++j) row[column[j]] += one * x[j] + other * y[j];
        }
    }
    for (int64_t i = 0; i < parameters; ++i)
        for (int64_t j = 0; j < i; ++j) normal[i * parameters + j] = normal[j * parameters + i];
}

}  // namespace avatron::photometric
