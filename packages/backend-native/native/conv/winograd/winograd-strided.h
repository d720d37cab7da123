// The transforms of a 3 x 3 convolution at stride 2, and of its gradients.
//
// In one dimension y[i] = g0 x[2i] + g1 x[2i + 1] + g2 x[2i + 2]. The even inputs are convolved with (g0, g2) at stride 1, for which F(4,
// 2) takes 5 multiplications instead of 8. The odd inputs are multiplied by g1: 4 multiplications. So 4 outputs take 9 multiplications
// instead of 12, and a 4 x 4 tile takes 81 instead of 144. The input has 9 transformed values per dimension, the filter only 6: the last
// one multiplies all four odd inputs.
#pragma once
#include "conv/winograd/winograd-transforms.h"

namespace st {
namespace ST_ISA {

/** F(4, 2) at the points 0, 1, -1, 2 and infinity, shared by the strided transforms. */
struct FourOfTwo {
  /** Group `Group` of the results t = B^T e; the groups are {0}, {1, 2}, {3, 4}. */
  template <int Group, class Read>
  ST_INLINE void input(Vec* t, const Read& e) {
    if constexpr (Group == 0) {
      t[0] = fma(splat(2), e(0) - e(2), e(3) - e(1));
    } else if constexpr (Group == 1) {
      const Vec a = fma(splat(-2), e(2), e(3)), b = fma(splat(2), e(1), zero() - e(2));
      t[0] = a - b;
      t[1] = a + b;
    } else {
      t[0] = e(3) - e(1);
      t[1] = fma(splat(2), e(1) - e(3), e(4) - e(2));
    }
  }

  /** Group `Group` of the results y = A^T m; the groups are {0, 2}, {1, 3}. */
  template <int Group, class Read>
  ST_INLINE void output(Vec* y, const Read& m) {
    if constexpr (Group == 0) {
      const Vec a = m(1) + m(2);
      y[0] = m(0) + a + m(3);
      y[1] = fma(splat(4), m(3), a);
    } else {
      const Vec a = m(1) - m(2);
      y[0] = fma(splat(2), m(3), a);
      y[1] = fma(splat(8), m(3), a) + m(4);
    }
  }
};

/** Shared by the three passes at stride 2. */
struct StridedValues {
  static constexpr int kSide = 9, kFilterSide = 6;
  static constexpr int filterValue(int value) { return value < 5 ? value : 5; }

  /** u = G g; the last value is g1 itself. */
  struct Filter {
    static constexpr int kIn = 3, kOut = 6, kGroups = 3;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 1}, {2, 3}, {4, 5}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* u, const Read& g) {
      if constexpr (Group == 0) {
        u[0] = splat(0.5f) * g(0);
        u[1] = splat(-0.5f) * (g(0) + g(2));
      } else if constexpr (Group == 1) {
        u[0] = splat(1.0f / 6) * (g(2) - g(0));
        u[1] = fma(splat(1.0f / 3), g(2), splat(1.0f / 6) * g(0));
      } else {
        u[0] = g(2);
        u[1] = g(1);
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
        g[0] = splat(2) * u(0);
        g[1] = u(4);
      } else {
        g[0] = u(5);
      }
    }
  };
};

/** Forward pass at stride 2: 9 x 9 input pixels give 4 x 4 output pixels. */
struct Stride2Forward : StridedValues {
  static constexpr int kStep = 8, kTile = 4;

  struct Input {
    static constexpr int kIn = 9, kOut = 9, kGroups = 5;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, -1}, {1, 2}, {3, 4}, {5, 6}, {7, 8}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* t, const Read& d) {
      if constexpr (Group < 3) {
        FourOfTwo::input<Group>(t, [&](int i) __attribute__((always_inline)) { return d(2 * i); });
      } else {
        t[0] = d(4 * Group - 11);
        t[1] = d(4 * Group - 9);
      }
    }
  };

  struct Output {
    static constexpr int kIn = 9, kOut = 4, kGroups = 2;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 2}, {1, 3}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* y, const Read& m) {
      FourOfTwo::output<Group>(y, m);
      y[0] = y[0] + m(5 + Group);
      y[1] = y[1] + m(7 + Group);
    }
  };

  /** z = A y. */
  struct OutputGradient {
    static constexpr int kIn = 4, kOut = 9, kGroups = 5;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, 4}, {1, 2}, {3, -1}, {5, 6}, {7, 8}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* z, const Read& y) {
      if constexpr (Group == 0) {
        z[0] = y(0);
        z[1] = y(3);
      } else if constexpr (Group == 1) {
        const Vec a = y(0) + y(2), b = y(1) + y(3);
        z[0] = a + b;
        z[1] = a - b;
      } else if constexpr (Group == 2) {
        z[0] = fma(splat(2), fma(splat(4), y(3), y(1)), fma(splat(4), y(2), y(0)));
      } else {
        z[0] = y(2 * Group - 6);
        z[1] = y(2 * Group - 5);
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
        g[0] = fma(splat(0.5f), s(0) - s(1), splat(1.0f / 6) * (s(3) - s(2)));
        g[1] = fma(splat(-0.5f), s(1), s(4)) + fma(splat(1.0f / 3), s(3), splat(1.0f / 6) * s(2));
      } else {
        g[0] = s(5);
      }
    }
  };
};

/**
 * Input gradient at stride 2. In one dimension, every other pixel of dx is g0 dy[k] + g2 dy[k - 1], the pixels between are g1 dy[k]. 5 x 5
 * pixels of dy give 8 x 8 pixels of dx. The parity of the pad decides which of the two kinds comes first.
 */
template <bool kOddPad>
struct Stride2InputGradient : StridedValues {
  static constexpr int kStep = 4, kTile = 8;

  struct Input {
    static constexpr int kIn = 5, kOut = 9, kGroups = 5;
    static constexpr int kResults[kGroups][kGroupResults] = {{0, -1}, {1, 2}, {3, 4}, {5, 6}, {7, 8}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* t, const Read& d) {
      constexpr int kFirst = kOddPad ? 0 : 1;
      if constexpr (Group < 3) {
        FourOfTwo::input<Group>(t, d);
      } else {
        t[0] = d(kFirst + 2 * Group - 6);
        t[1] = d(kFirst + 2 * Group - 5);
      }
    }
  };

  struct Output {
    static constexpr int kIn = 9, kOut = 8, kGroups = 4, kOfTwo = kOddPad ? 1 : 0, kOfOne = 1 - kOfTwo;
    static constexpr int kResults[kGroups][kGroupResults] = {
        {kOfTwo, kOfTwo + 4}, {kOfTwo + 2, kOfTwo + 6}, {kOfOne, kOfOne + 2}, {kOfOne + 4, kOfOne + 6}};
    template <int Group, class Read>
    ST_INLINE void group(Vec* x, const Read& m) {
      if constexpr (Group < 2) {
        FourOfTwo::output<Group>(x, m);
      } else {
        x[0] = m(2 * Group + 1);
        x[1] = m(2 * Group + 2);
      }
    }
  };
};

}  // namespace ST_ISA
}  // namespace st
