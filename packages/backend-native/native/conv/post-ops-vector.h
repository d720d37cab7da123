// A finish of one vector of channels.
#pragma once
#include <type_traits>

#include "conv/conv.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** The finish of channels [channel, channel + lanes), with what lies beside the output placed like an output at `offset`. */
struct FinishVector {
  Vec scale, shift, floor;
  const float* mask;
  const float* residual;

  __attribute__((always_inline)) FinishVector(const ConvFinish& f, Index channel, int lanes, Index offset)
      : scale(f.scale != nullptr ? loadFirst(f.scale + channel, lanes) : splat(1.0f)),
        shift(f.shift != nullptr ? loadFirst(f.shift + channel, lanes) : zero()),
        floor(splat(f.relu ? 0.0f : -__builtin_inff())),
        mask(f.mask != nullptr ? f.mask + offset : nullptr),
        residual(f.residual != nullptr ? f.residual + offset : nullptr) {}

  /** The value that is stored `at` floats behind the offset. */
  template <bool kMask, bool kResidual>
  __attribute__((always_inline)) Vec finished(Vec v, Index at, int lanes) const {
    const auto beside = [=](const float* from) { return lanes == kLanes ? load(from + at) : loadFirst(from + at, lanes); };
    v = fma(v, scale, shift);
    if (kMask) v = select(beside(mask) > zero(), v, zero());
    if (kResidual) v += beside(residual);
    return maximum(v, floor);
  }
};

/** Calls `body` with what is compiled in: whether there is a mask, and a residual. */
template <class Body>
ST_INLINE void withParts(const ConvFinish& f, const Body& body) {
  using Yes = std::true_type;
  using No = std::false_type;
  if (f.mask != nullptr) return f.residual != nullptr ? body(Yes(), Yes()) : body(Yes(), No());
  f.residual != nullptr ? body(No(), Yes()) : body(No(), No());
}

}  // namespace ST_ISA
}  // namespace st
