// Rounding of sizes. Internal linkage, so that kernel sources may use it (see simd.h).
#pragma once
#include <cstddef>

namespace st {

/** Floats in a cache line. */
constexpr int kLineFloats = 16;

/** a / b rounded up, for a >= 0 and b > 0. */
template <class A, class B>
static constexpr auto ceilDiv(A a, B b) {
  return (a + b - 1) / b;
}

/** Rounds up to a multiple of `b`. */
template <class A, class B>
static constexpr auto roundUpTo(A a, B b) {
  return ceilDiv(a, b) * b;
}

}  // namespace st
