// Post-ops of a convolution: fused into the output store, or applied by a separate pass if the method cannot fuse them.
#pragma once
#include <cstdint>

#include "conv/conv.h"
#include "isa/isa.h"

namespace st {

struct PostOpsTable {
  /** Applies the post-ops in place to `pixels` pixels of `out`; `first` is their index in the whole output. */
  void (*run)(const PostOps& postOps, float* out, int channels, std::int64_t first, std::int64_t pixels);
};

ST_DECLARE_TABLE(PostOpsTable, postOpsTable)

}  // namespace st
