// Post-ops of a convolution: fused into the output store, or applied by a separate pass if the method cannot fuse them.
#pragma once
#include <cstdint>

#include "isa/isa.h"

namespace st {

/**
 * Operations fused into the output store, in this order: v = conv * scale + shift; v = mask > 0 ? v : 0; v = v + residual; out = relu(v).
 * Absent parts are skipped. In the forward pass they are normalization, shortcut and activation; in the backward pass the gradients of
 * these.
 */
struct PostOps {
  const float* scale = nullptr;     // [channels]
  const float* shift = nullptr;     // [channels]
  const float* mask = nullptr;      // [as the output]
  const float* residual = nullptr;  // [as the output]
  bool relu = false;
  static PostOps biasAndRelu(const float* bias, bool relu) { return {nullptr, bias, nullptr, nullptr, relu}; }
  /** True if there is nothing but bias (`shift`) and ReLU, which every kernel applies when it stores. */
  bool isBiasAndRelu() const { return scale == nullptr && mask == nullptr && residual == nullptr; }
  bool isIdentity() const { return isBiasAndRelu() && shift == nullptr && !relu; }
};

struct PostOpsTable {
  /** Applies the post-ops in place to `pixels` pixels of `out`; `first` is their index in the whole output. */
  void (*run)(const PostOps& postOps, float* out, int channels, std::int64_t first, std::int64_t pixels);
};

ST_DECLARE_TABLE(PostOpsTable, postOpsTable)

}  // namespace st
