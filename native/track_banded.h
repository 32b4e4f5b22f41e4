// Block elimination over frames, compiled once per instruction set (TRACK_NAMESPACE).
//
// Everything but the right side is one operation, a product taken off a target in tiles that stay in registers: panels of
// Cholesky's factor, of what is solved with it, and of the next frames' blocks. No standard library here: the linker
// could give everybody this file's copy.
#pragma once

#include <cstdint>

#include "track_landmarks.h"

namespace avatron::track::TRACK_NAMESPACE {

namespace {

#if defined(__AVX512F__)
constexpr int64_t DOUBLES = 8, ROWS = 8;
#elif defined(__AVX2__)
constexpr int64_t DOUBLES = 4, ROWS = 4;
#else
constexpr int64_t DOUBLES = 2, ROWS = 4;
#endif
constexpr int64_t COLUMNS = BANDED_PAD;
constexpr int ACROSS_TILE = COLUMNS / DOUBLES;
typedef double Doubles __attribute__((vector_size(8 * DOUBLES)));

inline Doubles doubles_at(const double* place) {
    Doubles values;
    __builtin_memcpy(&values, place, sizeof(values));
    return values;
}

// ROWS x COLUMNS of target -= left^T right over rows `first` .. `last` of both; all matrices have rows of `stride`.
inline void subtract_tile(const double* left, const double* right, int64_t first, int64_t last, int64_t stride,
                          double* target) {
    Doubles tile[ROWS][ACROSS_TILE];
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < ACROSS_TILE; ++j) tile[i][j] = doubles_at(target + i * stride + j * DOUBLES);
    for (int64_t k = first; k < last; ++k) {
        Doubles across[ACROSS_TILE];
#pragma GCC unroll 4
        for (int j = 0; j < ACROSS_TILE; ++j) across[j] = doubles_at(right + k * stride + j * DOUBLES);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < ACROSS_TILE; ++j) tile[i][j] -= left[k * stride + i] * across[j];
    }
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < ACROSS_TILE; ++j)
            __builtin_memcpy(target + i * stride + j * DOUBLES, &tile[i][j], sizeof(Doubles));
}

// target -= left^T right, [n, n] each; `lower`: right is 0 above its diagonal; `upper`: only what is not below target's.
inline void subtract_product(const double* left, const double* right, int64_t n, double* target, bool lower, bool upper) {
    for (int64_t i = 0; i < n; i += ROWS)
        for (int64_t j = upper ? i / COLUMNS * COLUMNS : 0; j < n; j += COLUMNS)
            subtract_tile(left + i, right + j, lower ? j : 0, n, n, target + i * n + j);
}

// row -= amount * other, from column `from` on; what is before it within its vector changes too.
inline void subtract_row(double* row, double amount, const double* other, int64_t from, int64_t to) {
    for (int64_t j = from / DOUBLES * DOUBLES; j < to; j += DOUBLES) {
        const Doubles values = doubles_at(row + j) - amount * doubles_at(other + j);
        __builtin_memcpy(row + j, &values, sizeof(values));
    }
}

// `own` [n, n] = L L^T in place: its upper triangle becomes L^T; false where it is not positive definite.
inline bool cholesky(double* own, int64_t n) {
    for (int64_t panel = 0; panel < n; panel += ROWS) {
        for (int64_t j = panel / COLUMNS * COLUMNS; j < n; j += COLUMNS)
            subtract_tile(own + panel, own + j, 0, panel, n, own + panel * n + j);
        for (int64_t k = panel; k < panel + ROWS; ++k) {
            double* const row = own + k * n;
            if (!(row[k] > 0.0)) return false;
            const double scale = 1.0 / __builtin_sqrt(row[k]);
            for (int64_t j = k; j < n; ++j) row[j] *= scale;
            for (int64_t i = k + 1; i < panel + ROWS; ++i) subtract_row(own + i * n, row[i], row, i, n);
        }
    }
    return true;
}

// `matrix` [n, n] becomes L^-1 matrix, where the upper triangle of `factor` holds L^T; `lower`: it is 0 above the diagonal.
inline void solve_lower(const double* factor, int64_t n, double* matrix, bool lower) {
    for (int64_t panel = 0; panel < n; panel += ROWS) {
        const int64_t width = lower ? (panel + ROWS + COLUMNS - 1) / COLUMNS * COLUMNS : n;
        for (int64_t j = 0; j < width; j += COLUMNS)
            subtract_tile(factor + panel, matrix + j, lower ? j : 0, panel, n, matrix + panel * n + j);
        for (int64_t k = panel; k < panel + ROWS; ++k) {
            double* const row = matrix + k * n;
            const double scale = 1.0 / factor[k * n + k];
            for (int64_t j = 0; j < width; ++j) row[j] *= scale;
            for (int64_t i = k + 1; i < panel + ROWS; ++i) subtract_row(matrix + i * n, factor[k * n + i], row, 0, width);
        }
    }
}

// Sum of row[j] * vector[j] from column `from` on, which is rounded down to whole vectors.
inline double dot(const double* row, const double* vector, int64_t from, int64_t n) {
    Doubles sum = {};
    for (int64_t j = from / DOUBLES * DOUBLES; j < n; j += DOUBLES) sum += doubles_at(row + j) * doubles_at(vector + j);
    double total = 0.0;
    for (int i = 0; i < DOUBLES; ++i) total += sum[i];
    return total;
}

// A frame's block and its ties as padded matrices, without what is held.
inline void fill_blocks(const Banded& system, int64_t t, double* block, double* one, double* two, double* right) {
    const int64_t size = system.size, n = banded_stride(size);
    const bool* const held = system.held + t * size;
    for (int64_t i = 0; i < n * n; ++i) block[i] = one[i] = two[i] = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        right[i] = 0.0;
        if (i >= size || held[i]) {
            block[i * n + i] = 1.0;
            continue;
        }
        const double* const row = system.own + (t * size + i) * size;
        for (int64_t j = 0; j < size; ++j) block[i * n + j] = held[j] ? 0.0 : row[j];
        right[i] = system.right[t * size + i];
        if (t + 1 < system.frames && !held[size + i]) one[i * n + i] = system.next_one[t * size + i];
        if (t + 2 < system.frames && !held[2 * size + i]) two[i * n + i] = system.next_but_one[t * size + i];
    }
}

}  // namespace

bool solve_banded(const Banded& system, double* scratch, double* solution) {
    const int64_t frames = system.frames, size = system.size, n = banded_stride(size), area = n * n;
    double *const own = scratch, *const near = own + frames * area, *const far = near + frames * area;
    double* const known = far + frames * area;
    for (int64_t t = 0; t < frames; ++t) {
        double *const block = own + t * area, *const one = near + t * area, *const two = far + t * area;
        double* const right = known + t * n;
        fill_blocks(system, t, block, one, two, right);
        if (t >= 1) {
            const double* const before = one - area;
            subtract_product(before, before, n, block, false, true);
            subtract_product(before, two - area, n, one, true, false);
            for (int64_t k = 0; k < n; ++k) subtract_row(right, right[k - n], before + k * n, 0, n);
        }
        if (t >= 2) {
            const double* const before = two - 2 * area;
            subtract_product(before, before, n, block, true, true);
            for (int64_t k = 0; k < n; ++k) subtract_row(right, right[k - 2 * n], before + k * n, 0, k + 1);
        }
        if (!cholesky(block, n)) return false;
        solve_lower(block, n, one, false);
        solve_lower(block, n, two, true);
        for (int64_t k = 0; k < n; ++k) {
            right[k] /= block[k * n + k];
            const double amount = right[k];
            for (int64_t i = k + 1; i < n; ++i) right[i] -= block[k * n + i] * amount;
        }
    }
    for (int64_t t = frames - 1; t >= 0; --t) {
        const double* const block = own + t * area;
        double *const right = known + t * n, *const found = scratch + t * area;
        for (int64_t ahead = 1; ahead <= 2 && t + ahead < frames; ++ahead) {
            const double* const coupling = (ahead == 1 ? near : far) + t * area;
            for (int64_t i = 0; i < n; ++i) right[i] -= dot(coupling + i * n, right + ahead * n, 0, n);
        }
        // What is not found yet counts nothing: rows begin anywhere in their first vector. The last row of the factor
        // holds nothing but its diagonal element, and is read first.
        double* const row = found + (n - 1) * n;
        const double last = row[n - 1];
        for (int64_t i = 0; i < n; ++i) row[i] = 0.0;
        row[n - 1] = right[n - 1] / last;
        for (int64_t i = n - 2; i >= 0; --i) row[i] = (right[i] - dot(block + i * n, row, i + 1, n)) / block[i * n + i];
        for (int64_t i = 0; i < n; ++i) right[i] = row[i];
        for (int64_t i = 0; i < size; ++i) solution[t * size + i] = right[i];
    }
    return true;
}

}  // namespace avatron::track::TRACK_NAMESPACE
