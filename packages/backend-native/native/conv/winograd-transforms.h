// The transforms of F(M x M, 3 x 3), one dimension at a time, on vectors of channels.
// Y = A^T [(G g G^T) * (B^T d B)] A; the filter gradient is G^T [(B^T d B) * (A dy A^T)] G.
#pragma once
#include "../simd.h"

namespace st {
namespace ST_ISA {

template <int M>
struct Winograd;

/** F(4, 3) at the points 0, 1, -1, 2, -2 and infinity. */
template <>
struct Winograd<4> {
  static constexpr int kSide = 6;
  /** t = B^T d. */
  ST_INLINE void input(Vec* t, const Vec* d) {
    const Vec a = fma(splat(-4), d[2], d[4]), b = fma(splat(-4), d[1], d[3]), c = d[4] - d[2], e = d[3] - d[1];
    t[0] = fma(splat(4), d[0], fma(splat(-5), d[2], d[4]));
    t[1] = a + b;
    t[2] = a - b;
    t[3] = fma(splat(2), e, c);
    t[4] = fma(splat(-2), e, c);
    t[5] = fma(splat(4), d[1], fma(splat(-5), d[3], d[5]));
  }
  /** y = A^T m. */
  ST_INLINE void output(Vec* y, const Vec* m) {
    const Vec s = m[1] + m[2], d = m[1] - m[2], p = m[3] + m[4], q = m[3] - m[4];
    y[0] = m[0] + s + p;
    y[1] = fma(splat(2), q, d);
    y[2] = fma(splat(4), p, s);
    y[3] = fma(splat(8), q, d) + m[5];
  }
  /** z = A y. */
  ST_INLINE void outputGradient(Vec* z, const Vec* y) {
    const Vec a = y[0] + y[2], b = y[1] + y[3], c = fma(splat(4), y[2], y[0]), e = fma(splat(4), y[3], y[1]);
    z[0] = y[0];
    z[1] = a + b;
    z[2] = a - b;
    z[3] = fma(splat(2), e, c);
    z[4] = fma(splat(-2), e, c);
    z[5] = y[3];
  }
  /** u = G g. */
  ST_INLINE void filter(Vec* u, const Vec* g) {
    const Vec a = splat(-1.0f / 6) * (g[0] + g[2]), b = splat(1.0f / 6) * g[1];
    const Vec c = fma(splat(1.0f / 24), g[0], splat(1.0f / 6) * g[2]), e = splat(1.0f / 12) * g[1];
    u[0] = splat(0.25f) * g[0];
    u[1] = a - b;
    u[2] = a + b;
    u[3] = c + e;
    u[4] = c - e;
    u[5] = g[2];
  }
  /** g = G^T s. */
  ST_INLINE void filterGradient(Vec* g, const Vec* s) {
    const Vec a = s[1] + s[2], b = s[2] - s[1], c = s[3] + s[4], e = s[3] - s[4];
    g[0] = fma(splat(0.25f), s[0], fma(splat(1.0f / 24), c, splat(-1.0f / 6) * a));
    g[1] = fma(splat(1.0f / 12), e, splat(1.0f / 6) * b);
    g[2] = fma(splat(1.0f / 6), c - a, s[5]);
  }
};

/** F(2, 3) at the points 0, 1, -1 and infinity. */
template <>
struct Winograd<2> {
  static constexpr int kSide = 4;
  ST_INLINE void input(Vec* t, const Vec* d) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
  }
  ST_INLINE void output(Vec* y, const Vec* m) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
  ST_INLINE void outputGradient(Vec* z, const Vec* y) {
    z[0] = y[0];
    z[1] = y[0] + y[1];
    z[2] = y[0] - y[1];
    z[3] = zero() - y[1];
  }
  ST_INLINE void filter(Vec* u, const Vec* g) {
    const Vec a = splat(0.5f) * (g[0] + g[2]), b = splat(0.5f) * g[1];
    u[0] = g[0];
    u[1] = a + b;
    u[2] = a - b;
    u[3] = g[2];
  }
  ST_INLINE void filterGradient(Vec* g, const Vec* s) {
    const Vec a = splat(0.5f) * (s[1] + s[2]);
    g[0] = s[0] + a;
    g[1] = splat(0.5f) * (s[1] - s[2]);
    g[2] = a + s[3];
  }
};

/**
 * Applies a one-dimensional transform of In to Out values to the columns and then to the rows of a square.
 * `read(i, j)` gives a vector, `write(i, j, v)` takes one; both are called with constants once the loops are unrolled.
 */
template <int In, int Out, class Transform, class Read, class Write>
ST_INLINE void transform2d(const Transform& transform, const Read& read, const Write& write) {
  Vec half[Out][In];
#pragma GCC unroll 8
  for (int j = 0; j < In; j++) {
    Vec column[In], result[Out];
#pragma GCC unroll 8
    for (int i = 0; i < In; i++) column[i] = read(i, j);
    transform(result, column);
#pragma GCC unroll 8
    for (int i = 0; i < Out; i++) half[i][j] = result[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < Out; i++) {
    Vec result[Out];
    transform(result, half[i]);
#pragma GCC unroll 8
    for (int j = 0; j < Out; j++) write(i, j, result[j]);
  }
}

}  // namespace ST_ISA
}  // namespace st
