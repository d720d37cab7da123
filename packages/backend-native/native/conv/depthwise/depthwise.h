// Depthwise convolution and its two gradients. `shape.outChannels` is inChannels times the multiplier.
#pragma once
#include "conv/conv-shape.h"
#include "conv/post-ops.h"
#include "isa/isa.h"

namespace st {

struct DepthwiseTable {
  bool (*forward)(const Conv2dShape& shape, const float* x, const float* filter, float* y, const PostOps& postOps);
  bool (*inputGradient)(const Conv2dShape& shape, const float* dy, const float* filter, float* dx);
  /** Returns false if out of memory. */
  bool (*filterGradient)(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);
};

ST_DECLARE_TABLE(DepthwiseTable, depthwiseTable)

}  // namespace st
