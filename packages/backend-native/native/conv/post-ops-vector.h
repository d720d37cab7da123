// Post-ops of one vector of channels.
#pragma once
#include <type_traits>

#include "conv/post-ops.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Post-ops of channels [channel, channel + lanes). Mask and residual are addressed like the output, from `offset` on. */
struct PostOpsVector {
  Vec scale, shift, floor;
  const float* mask;
  const float* residual;

  __attribute__((always_inline)) PostOpsVector(const PostOps& f, Index channel, int lanes, Index offset)
      : scale(f.scale != nullptr ? loadFirst(f.scale + channel, lanes) : splat(1.0f)),
        shift(f.shift != nullptr ? loadFirst(f.shift + channel, lanes) : zero()),
        floor(splat(f.relu ? 0.0f : -__builtin_inff())),
        mask(f.mask != nullptr ? f.mask + offset : nullptr),
        residual(f.residual != nullptr ? f.residual + offset : nullptr) {}

  /** Applies the post-ops to `v`, which will be stored `offset` floats after the constructor's offset. */
  template <bool kMask, bool kResidual>
  __attribute__((always_inline)) Vec apply(Vec v, Index offset, int lanes) const {
    const auto loadOperand = [=](const float* from) { return lanes == kLanes ? load(from + offset) : loadFirst(from + offset, lanes); };
    v = fma(v, scale, shift);
    if (kMask) v = select(loadOperand(mask) > zero(), v, zero());
    if (kResidual) v += loadOperand(residual);
    return maximum(v, floor);
  }
};

/** Calls `body` with two compile-time flags: whether there is a mask, and whether there is a residual. */
template <class Body>
ST_INLINE void withOperands(const PostOps& f, const Body& body) {
  using Yes = std::true_type;
  using No = std::false_type;
  if (f.mask != nullptr) return f.residual != nullptr ? body(Yes(), Yes()) : body(Yes(), No());
  f.residual != nullptr ? body(No(), Yes()) : body(No(), No());
}

}  // namespace ST_ISA
}  // namespace st
