// The transforms of F(M x M, 3 x 3) on vectors of channels.
// Y = A^T [(G g G^T) * (B^T d B)] A; the filter gradient is G^T [(B^T d B) * (A dy A^T)] G.
//
// A one-dimensional transform is split into groups of one or two results that share terms. In two dimensions, the column results of a group
// stay in registers until its rows are transformed: storing them in between would double the cost.
#pragma once
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Most results of a group. */
constexpr int kGroupResults = 2;

/** Constants of a form F(M, 3) with M x M tiles at stride 1. */
template <int M>
struct UnstridedValues {
  /** Transformed values per dimension of the input and of the filter, and the index of the filter value that multiplies an input value. */
  static constexpr int kSide = M + 2, kFilterSide = M + 2;
  static constexpr int filterValue(int value) { return value; }
  /** Input pixels from one tile to the next, and output pixels of a tile, per dimension. */
  static constexpr int kStep = M, kTile = M;
};

template <int M>
struct Winograd;

/** F(4, 3) at the points 0, 1, -1, 2, -2 and infinity. */
template <>
struct Winograd<4> : UnstridedValues<4> {
  /** t = B^T d. */
  struct Input {
    static constexpr int kIn = 6, kOut = 6, kGroups = 4;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, -1}, {1, 2}, {3, 4}, {5, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* t, const Read& d) {
      if constexpr (Group == 0) {
        t[0] = fma(splat(4), d(0), fma(splat(-5), d(2), d(4)));
      } else if constexpr (Group == 1) {
        const Vec a = fma(splat(-4), d(2), d(4)), b = fma(splat(-4), d(1), d(3));
        t[0] = a + b;
        t[1] = a - b;
      } else if constexpr (Group == 2) {
        const Vec a = d(4) - d(2), b = d(3) - d(1);
        t[0] = fma(splat(2), b, a);
        t[1] = fma(splat(-2), b, a);
      } else {
        t[0] = fma(splat(4), d(1), fma(splat(-5), d(3), d(5)));
      }
    }
  };

  /** y = A^T m. */
  struct Output {
    static constexpr int kIn = 6, kOut = 4, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, 3}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* y, const Read& m) {
      if constexpr (Group == 0) {
        const Vec a = m(1) + m(2), b = m(3) + m(4);
        y[0] = m(0) + a + b;
        y[1] = fma(splat(4), b, a);
      } else {
        const Vec a = m(1) - m(2), b = m(3) - m(4);
        y[0] = fma(splat(2), b, a);
        y[1] = fma(splat(8), b, a) + m(5);
      }
    }
  };

  /** z = A y. */
  struct OutputGradient {
    static constexpr int kIn = 4, kOut = 6, kGroups = 4;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, -1}, {1, 2}, {3, 4}, {5, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* z, const Read& y) {
      if constexpr (Group == 0) {
        z[0] = y(0);
      } else if constexpr (Group == 1) {
        const Vec a = y(0) + y(2), b = y(1) + y(3);
        z[0] = a + b;
        z[1] = a - b;
      } else if constexpr (Group == 2) {
        const Vec a = fma(splat(4), y(2), y(0)), b = fma(splat(4), y(3), y(1));
        z[0] = fma(splat(2), b, a);
        z[1] = fma(splat(-2), b, a);
      } else {
        z[0] = y(3);
      }
    }
  };

  /** u = G g. */
  struct Filter {
    static constexpr int kIn = 3, kOut = 6, kGroups = 4;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, -1}, {1, 2}, {3, 4}, {5, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* u, const Read& g) {
      if constexpr (Group == 0) {
        u[0] = splat(0.25f) * g(0);
      } else if constexpr (Group == 1) {
        const Vec a = splat(-1.0f / 6) * (g(0) + g(2)), b = splat(1.0f / 6) * g(1);
        u[0] = a - b;
        u[1] = a + b;
      } else if constexpr (Group == 2) {
        const Vec a = fma(splat(1.0f / 24), g(0), splat(1.0f / 6) * g(2)), b = splat(1.0f / 12) * g(1);
        u[0] = a + b;
        u[1] = a - b;
      } else {
        u[0] = g(2);
      }
    }
  };

  /** Recovers g from u = G g. */
  struct FilterInverse {
    static constexpr int kIn = 6, kOut = 3, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* g, const Read& u) {
      if constexpr (Group == 0) {
        g[0] = splat(4) * u(0);
        g[1] = u(5);
      } else {
        g[0] = splat(3) * (u(2) - u(1));
      }
    }
  };

  /** g = G^T s. */
  struct FilterGradient {
    static constexpr int kIn = 6, kOut = 3, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* g, const Read& s) {
      if constexpr (Group == 0) {
        const Vec a = s(1) + s(2), b = s(3) + s(4);
        g[0] = fma(splat(0.25f), s(0), fma(splat(1.0f / 24), b, splat(-1.0f / 6) * a));
        g[1] = fma(splat(1.0f / 6), b - a, s(5));
      } else {
        g[0] = fma(splat(1.0f / 12), s(3) - s(4), splat(1.0f / 6) * (s(2) - s(1)));
      }
    }
  };
};

/** F(2, 3) at the points 0, 1, -1 and infinity. */
template <>
struct Winograd<2> : UnstridedValues<2> {
  struct Input {
    static constexpr int kIn = 4, kOut = 4, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 1}, {2, 3}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* t, const Read& d) {
      if constexpr (Group == 0) {
        t[0] = d(0) - d(2);
        t[1] = d(1) + d(2);
      } else {
        t[0] = d(2) - d(1);
        t[1] = d(1) - d(3);
      }
    }
  };

  struct Output {
    static constexpr int kIn = 4, kOut = 2, kGroups = 1;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* y, const Read& m) {
      y[0] = m(0) + m(1) + m(2);
      y[1] = m(1) - m(2) - m(3);
    }
  };

  struct OutputGradient {
    static constexpr int kIn = 2, kOut = 4, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 1}, {2, 3}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* z, const Read& y) {
      if constexpr (Group == 0) {
        z[0] = y(0);
        z[1] = y(0) + y(1);
      } else {
        z[0] = y(0) - y(1);
        z[1] = zero() - y(1);
      }
    }
  };

  struct Filter {
    static constexpr int kIn = 3, kOut = 4, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{1, 2}, {0, 3}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* u, const Read& g) {
      if constexpr (Group == 0) {
        const Vec a = splat(0.5f) * (g(0) + g(2)), b = splat(0.5f) * g(1);
        u[0] = a + b;
        u[1] = a - b;
      } else {
        u[0] = g(0);
        u[1] = g(2);
      }
    }
  };

  struct FilterInverse {
    static constexpr int kIn = 4, kOut = 3, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* g, const Read& u) {
      if constexpr (Group == 0) {
        g[0] = u(0);
        g[1] = u(3);
      } else {
        g[0] = u(1) - u(2);
      }
    }
  };

  struct FilterGradient {
    static constexpr int kIn = 4, kOut = 3, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, -1}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* g, const Read& s) {
      if constexpr (Group == 0) {
        const Vec a = splat(0.5f) * (s(1) + s(2));
        g[0] = s(0) + a;
        g[1] = a + s(3);
      } else {
        g[0] = splat(0.5f) * (s(1) - s(2));
      }
    }
  };
};

/** Index of the transformed filter value that multiplies the transformed input value `value`. */
template <class Form>
constexpr int filterValueOf(int value) {
  return Form::filterValue(value / Form::kSide) * Form::kFilterSide + Form::filterValue(value % Form::kSide);
}

/** True if `value` is the first of the input values that use its filter value. */
template <class Form>
constexpr bool isFirstOfFilterValue(int value) {
  const int row = value / Form::kSide, column = value % Form::kSide;
  return (row == 0 || Form::filterValue(row - 1) != Form::filterValue(row)) && (column == 0 || Form::filterValue(column - 1) != Form::filterValue(column));
}

/** Computes all results of a one-dimensional transform, from group `Group` on, and calls `write(result, value)` for each. */
template <class Transform, int Group = 0, class Read, class Write>
ST_INLINE void transform1d(const Read& read, const Write& write) {
  Vec result[kGroupResults];
  Transform::template group<Group>(result, read);
  write(Transform::kResults[Group][0], result[0]);
  if constexpr (Transform::kResults[Group][1] >= 0) write(Transform::kResults[Group][1], result[1]);
  if constexpr (Group + 1 < Transform::kGroups) transform1d<Transform, Group + 1>(read, write);
}

/**
 * Two-dimensional transform T D T^T: columns, then rows. `read(i, j)` returns a vector, `write(i, j, v)` consumes one; once the loops are
 * unrolled, both are called with constants.
 */
template <class Transform, int Group = 0, class Read, class Write>
ST_INLINE void transform2d(const Read& read, const Write& write) {
  constexpr int kIn = Transform::kIn;
  constexpr const int* kRows = Transform::kResults[Group];
  Vec row[kGroupResults][kIn];
#pragma GCC unroll 16
  for (int j = 0; j < kIn; j++) {
    Vec result[kGroupResults];
    Transform::template group<Group>(result, [&](int i) __attribute__((always_inline)) { return read(i, j); });
    row[0][j] = result[0];
    if constexpr (kRows[1] >= 0) row[1][j] = result[1];
  }
  transform1d<Transform>([&](int j) __attribute__((always_inline)) { return row[0][j]; },
                         [&](int j, Vec v) __attribute__((always_inline)) { write(kRows[0], j, v); });
  if constexpr (kRows[1] >= 0)
    transform1d<Transform>([&](int j) __attribute__((always_inline)) { return row[1][j]; },
                           [&](int j, Vec v) __attribute__((always_inline)) { write(kRows[1], j, v); });
  if constexpr (Group + 1 < Transform::kGroups) transform2d<Transform, Group + 1>(read, write);
}

/** Adds v * 0 to `sum` and returns v: a finite value leaves `sum` at 0, NaN or infinity make it NaN. One FMA per vector and no branch. */
ST_INLINE Vec addToCheck(Vec& sum, Vec v) {
  sum = fma(v, zero(), sum);
  return v;
}

/** Sets `*nonFinite` to 1 if a value added to the check was NaN or infinite. */
ST_INLINE void reportNonFinite(Vec sum, int* nonFinite) {
  float total = 0.0f;
  for (int i = 0; i < kLanes; i++) total += sum[i];
  if (total != 0.0f) __atomic_store_n(nonFinite, 1, __ATOMIC_RELAXED);
}

}  // namespace ST_ISA
}  // namespace st
