// Sixteen lanes as two or four registers, with the operators of the compiler's vectors, where registers are narrower.
// (One wide vector type would be taken apart by the compiler lane by lane, which is as slow as no vectors at all.)
#pragma once

#include <cstdint>

namespace SHADE_NAMESPACE {

#if SHADE_ISA == 1
#define SHADE_PARTS(E) {{E(0), E(1)}}
typedef float PartF __attribute__((vector_size(32)));
typedef int32_t PartI __attribute__((vector_size(32)));
#else
#define SHADE_PARTS(E) {{E(0), E(1), E(2), E(3)}}
typedef float PartF __attribute__((vector_size(16)));
typedef int32_t PartI __attribute__((vector_size(16)));
#endif
constexpr int PARTS = 64 / sizeof(PartF), PART_LANES = 16 / PARTS;

struct alignas(64) I {
    PartI part[PARTS];
    int32_t operator[](int lane) const { return part[lane / PART_LANES][lane % PART_LANES]; }
};
struct alignas(64) F {
    PartF part[PARTS];
    float operator[](int lane) const { return part[lane / PART_LANES][lane % PART_LANES]; }
    float& operator[](int lane) { return reinterpret_cast<float*>(part)[lane]; }
};

#define SHADE_FILLED(k) PartF{} + value
SHADE_INLINE F filled(float value) { return SHADE_PARTS(SHADE_FILLED); }
#undef SHADE_FILLED
#define SHADE_FILLED(k) PartI{} + value
SHADE_INLINE I filled(int32_t value) { return SHADE_PARTS(SHADE_FILLED); }
#undef SHADE_FILLED

#define SHADE_PLUS(k) a.part[k] + b.part[k]
#define SHADE_MINUS(k) a.part[k] - b.part[k]
#define SHADE_TIMES(k) a.part[k] * b.part[k]
#define SHADE_OVER(k) a.part[k] / b.part[k]
#define SHADE_LESS(k) a.part[k] < b.part[k]
#define SHADE_MORE(k) a.part[k] > b.part[k]
#define SHADE_AT_MOST(k) a.part[k] <= b.part[k]
#define SHADE_AT_LEAST(k) a.part[k] >= b.part[k]
#define SHADE_SAME(k) a.part[k] == b.part[k]
#define SHADE_AND(k) a.part[k] & b.part[k]
#define SHADE_OR(k) a.part[k] | b.part[k]
#define SHADE_RIGHT(k) a.part[k] >> count
#define SHADE_LEFT(k) a.part[k] << count
#define SHADE_NEGATIVE(k) -a.part[k]
#define SHADE_OPERATOR(R, T, S, symbol, body)                              \
    SHADE_INLINE R operator symbol(T a, T b) { return SHADE_PARTS(body); } \
    SHADE_INLINE R operator symbol(T a, S b) { return a symbol filled(b); } \
    SHADE_INLINE R operator symbol(S a, T b) { return filled(a) symbol b; }
SHADE_OPERATOR(F, F, float, +, SHADE_PLUS)
SHADE_OPERATOR(F, F, float, -, SHADE_MINUS)
SHADE_OPERATOR(F, F, float, *, SHADE_TIMES)
SHADE_OPERATOR(F, F, float, /, SHADE_OVER)
SHADE_OPERATOR(I, F, float, <, SHADE_LESS)
SHADE_OPERATOR(I, F, float, >, SHADE_MORE)
SHADE_OPERATOR(I, F, float, <=, SHADE_AT_MOST)
SHADE_OPERATOR(I, F, float, >=, SHADE_AT_LEAST)
SHADE_OPERATOR(I, I, int32_t, +, SHADE_PLUS)
SHADE_OPERATOR(I, I, int32_t, -, SHADE_MINUS)
SHADE_OPERATOR(I, I, int32_t, *, SHADE_TIMES)
SHADE_OPERATOR(I, I, int32_t, ==, SHADE_SAME)
SHADE_OPERATOR(I, I, int32_t, &, SHADE_AND)
SHADE_OPERATOR(I, I, int32_t, |, SHADE_OR)
SHADE_INLINE I operator>>(I a, int count) { return SHADE_PARTS(SHADE_RIGHT); }
SHADE_INLINE I operator<<(I a, int count) { return SHADE_PARTS(SHADE_LEFT); }
SHADE_INLINE F operator-(F a) { return SHADE_PARTS(SHADE_NEGATIVE); }
template <typename T> SHADE_INLINE F& operator+=(F& a, T b) { return a = a + b; }
template <typename T> SHADE_INLINE F& operator-=(F& a, T b) { return a = a - b; }
template <typename T> SHADE_INLINE F& operator*=(F& a, T b) { return a = a * b; }

}  // namespace SHADE_NAMESPACE
