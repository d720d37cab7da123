// Matrix products in float32, with the rules of conv/conv.h for tensors, threads and memory.
#pragma once
#include <cstdint>

#include "conv/post-ops.h"

namespace st {

/**
 * A batch of matrix products of a [rows, inner] and b [inner, columns]. A batch stride (in floats) of 0 reuses one matrix for the whole
 * batch.
 */
struct MatmulShape {
  int batch;
  int rows, columns, inner;  // inner may be 0: the product is then 0
  std::int64_t batchStrideA, batchStrideB;
  bool transposeA, transposeB;  // a is stored [inner, rows], b is stored [columns, inner]
};

/** c [batch, rows, columns] = a b, then the post-ops: bias [columns] and ReLU only. */
[[nodiscard]] bool matmul(const MatmulShape& shape, const float* a, const float* b, float* c, const PostOps& postOps = {});

}  // namespace st
