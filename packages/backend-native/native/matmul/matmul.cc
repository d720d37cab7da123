// The matrix product on the convolution kernels: rows are pixels, columns are output channels, and the filter has one tap.
#include "matmul/matmul.h"

#include <atomic>
#include <cassert>
#include <cstring>

#include "conv/few-channels/few-outputs.h"
#include "conv/filter-gradient.h"
#include "conv/gather/gather.h"
#include "matmul/transpose.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

/** Products of at least this many multiplications are split between threads. */
constexpr double kSharedWork = 3e7;

void applyPostOps(const MatmulShape& s, const PostOps& postOps, float* c) {
  for (int i = 0; i < s.rows; i++, c += s.columns)
    for (int j = 0; j < s.columns; j++) {
      const float y = c[j] + (postOps.shift != nullptr ? postOps.shift[j] : 0.0f);
      c[j] = postOps.relu && y < 0.0f ? 0.0f : y;
    }
}

const GatherTable& kernelFor(const MatmulShape& s) {
  return s.columns <= kFewOutputs ? ST_FOR_ACTIVE_ISA(fewOutputsTable) : ST_FOR_ACTIVE_ISA(gatherTable);
}

/** c = a b for one pair of matrices; `packed` is b, packed by `kernelFor`. */
bool multiplyPacked(const MatmulShape& s, const float* a, const float* packed, float* c, const PostOps& postOps) {
  const Tap tap = {0, 0};
  GatherProblem problem;
  problem.batch = 1;
  problem.in = a;
  problem.inHeight = 1;
  problem.inWidth = s.rows;
  problem.inChannels = s.inner;
  problem.gridHeight = 1;
  problem.gridWidth = s.rows;
  problem.taps = &tap;
  problem.tapCount = 1;
  problem.out = c;
  problem.outHeight = 1;
  problem.outWidth = s.rows;
  problem.outChannels = s.columns;
  problem.packed = packed;
  problem.packedTaps = 1;
  problem.bias = postOps.shift;
  problem.relu = postOps.relu;
  return kernelFor(s).run(problem);
}

bool multiply(const MatmulShape& s, const float* a, const float* b, const float* packedB, float* c, const PostOps& postOps) {
  if (s.transposeA && !s.transposeB) {
    // a^T b is a sum of outer products, like the gradient of a 1x1 filter.
    const Conv2dShape shape = {1, 1, s.inner, s.rows, 1, s.inner, s.columns, 1, 1, 1, 1, 1, 1, 0, 0};
    if (!ST_FOR_ACTIVE_ISA(filterGradientTable).run(shape, a, b, c)) return false;
    if (postOps.shift != nullptr || postOps.relu) applyPostOps(s, postOps, c);
    return true;
  }
  if (!s.transposeA) return multiplyPacked(s, a, packedB, c, postOps);
  const ScratchLease transposedA(static_cast<std::uint64_t>(s.rows) * s.inner);
  if (transposedA.data() == nullptr) return false;
  transpose(a, s.inner, s.rows, transposedA.data());
  return multiplyPacked(s, transposedA.data(), packedB, c, postOps);
}

}  // namespace

bool matmul(const MatmulShape& s, const float* a, const float* b, float* c, const PostOps& postOps) {
  assert(postOps.isBiasAndRelu());
  assert(s.batch >= 0 && s.rows >= 0 && s.columns >= 0 && s.inner >= 0 && s.batchStrideA >= 0 && s.batchStrideB >= 0);
  const std::int64_t size = static_cast<std::int64_t>(s.rows) * s.columns;
  if (s.batch == 0 || size == 0) return true;
  if (s.inner == 0) {
    std::memset(c, 0, static_cast<std::uint64_t>(size) * s.batch * sizeof(float));
    for (int i = 0; i < s.batch; i++) applyPostOps(s, postOps, c + i * size);
    return true;
  }
  const GatherTable& kernel = kernelFor(s);
  const int onlyTap = 0;
  const std::uint64_t packedFloats = s.transposeA && !s.transposeB ? 0 : kernel.packedFloats(1, s.inner, s.columns);
  const bool sharesB = s.batchStrideB == 0 || s.batch == 1;
  const ScratchLease shared(sharesB ? packedFloats : 0);
  if (shared.data() == nullptr) return false;
  if (sharesB && packedFloats > 0) kernel.packFilter(b, &onlyTap, 1, s.inner, s.columns, s.transposeB, shared.data());

  std::atomic<bool> done{true};
  const auto multiplyOne = [&](int i, int) {
    const float* ai = a + i * s.batchStrideA;
    const float* bi = b + i * s.batchStrideB;
    if (sharesB || packedFloats == 0) {
      if (!multiply(s, ai, bi, shared.data(), c + i * size, postOps)) done = false;
      return;
    }
    const ScratchLease ownPacked(packedFloats);
    if (ownPacked.data() == nullptr) {
      done = false;
      return;
    }
    kernel.packFilter(bi, &onlyTap, 1, s.inner, s.columns, s.transposeB, ownPacked.data());
    if (!multiply(s, ai, bi, ownPacked.data(), c + i * size, postOps)) done = false;
  };
  // Small products are distributed whole (a nested loop runs on its caller alone), large ones are split inside.
  if (static_cast<double>(size) * s.inner >= kSharedWork)
    for (int i = 0; i < s.batch; i++) multiplyOne(i, 0);
  else
    parallelFor(s.batch, multiplyOne);
  return done;
}

}  // namespace st
