// The matrix product by the convolution's kernels: rows are pixels, columns are output channels, the filter has one tap.
#include <atomic>
#include <cassert>
#include <cstring>

#include "conv/conv.h"
#include "conv/few-channels/few-outputs.h"
#include "conv/filter-gradient.h"
#include "conv/gather/gather.h"
#include "matmul/transpose.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

/** Multiplications of one product from which on it is worth sharing between threads. */
constexpr double kSharedWork = 3e7;

void applyEpilogue(const MatmulShape& s, const ConvEpilogue& epilogue, float* c) {
  for (int i = 0; i < s.rows; i++, c += s.columns)
    for (int j = 0; j < s.columns; j++) {
      const float y = c[j] + (epilogue.bias != nullptr ? epilogue.bias[j] : 0.0f);
      c[j] = epilogue.relu && y < 0.0f ? 0.0f : y;
    }
}

const GatherTable& kernelFor(const MatmulShape& s) {
  return s.columns <= kFewOutputs ? ST_FOR_ACTIVE_ISA(fewOutputsTable) : ST_FOR_ACTIVE_ISA(gatherTable);
}

/** c = a b for one matrix pair; `packed` is b in the form of `kernelFor`. */
bool multiplyPacked(const MatmulShape& s, const float* a, const float* packed, float* c, const ConvEpilogue& epilogue) {
  const Tap tap = {0, 0};
  const GatherProblem problem = {a, 1, 1, s.rows, s.inner, 1, s.rows, 1, 1, &tap, 1, c, 1, s.rows, s.columns, 0, 0, 1, 1,
                                 packed, 0, 1, epilogue.bias, epilogue.relu};
  return kernelFor(s).run(problem);
}

bool multiply(const MatmulShape& s, const float* a, const float* b, const float* packedB, float* c, const ConvEpilogue& epilogue) {
  if (s.transposeA && !s.transposeB) {
    // a^T b is a sum of outer products, as the gradient of a 1x1 filter is.
    const Conv2dShape shape = {1, 1, s.inner, s.rows, 1, s.inner, s.columns, 1, 1, 1, 1, 1, 1, 0, 0};
    if (!ST_FOR_ACTIVE_ISA(filterGradientTable).run(shape, a, b, c)) return false;
    if (epilogue.bias != nullptr || epilogue.relu) applyEpilogue(s, epilogue, c);
    return true;
  }
  if (!s.transposeA) return multiplyPacked(s, a, packedB, c, epilogue);
  const ScratchLease turned(static_cast<std::size_t>(s.rows) * s.inner);
  if (turned.data() == nullptr) return false;
  transpose(a, s.inner, s.rows, turned.data());
  return multiplyPacked(s, turned.data(), packedB, c, epilogue);
}

}  // namespace

bool matmul(const MatmulShape& s, const float* a, const float* b, float* c, const ConvEpilogue& epilogue) {
  assert(s.batch >= 0 && s.rows >= 0 && s.columns >= 0 && s.inner >= 0 && s.batchStrideA >= 0 && s.batchStrideB >= 0);
  const std::int64_t size = static_cast<std::int64_t>(s.rows) * s.columns;
  if (s.batch == 0 || size == 0) return true;
  if (s.inner == 0) {
    std::memset(c, 0, static_cast<std::size_t>(size) * s.batch * sizeof(float));
    for (int i = 0; i < s.batch; i++) applyEpilogue(s, epilogue, c + i * size);
    return true;
  }
  const GatherTable& kernel = kernelFor(s);
  const int noOrder = 0;
  const std::size_t packedFloats = s.transposeA && !s.transposeB ? 0 : kernel.packedFloats(1, s.inner, s.columns);
  const bool oneB = s.batchStrideB == 0 || s.batch == 1;
  const ScratchLease shared(oneB ? packedFloats : 0);
  if (shared.data() == nullptr) return false;
  if (oneB && packedFloats > 0) kernel.packFilter(b, &noOrder, 1, s.inner, s.columns, s.transposeB, shared.data());

  std::atomic<bool> done{true};
  const auto one = [&](int i, int) {
    const float* ai = a + i * s.batchStrideA;
    const float* bi = b + i * s.batchStrideB;
    if (oneB || packedFloats == 0) {
      if (!multiply(s, ai, bi, shared.data(), c + i * size, epilogue)) done = false;
      return;
    }
    const ScratchLease own(packedFloats);
    if (own.data() == nullptr) {
      done = false;
      return;
    }
    kernel.packFilter(bi, &noOrder, 1, s.inner, s.columns, s.transposeB, own.data());
    if (!multiply(s, ai, bi, own.data(), c + i * size, epilogue)) done = false;
  };
  // Small products are shared out whole (a loop inside a loop runs on its caller alone), large ones are cut.
  if (static_cast<double>(size) * s.inner >= kSharedWork)
    for (int i = 0; i < s.batch; i++) one(i, 0);
  else
    parallelFor(s.batch, one);
  return done;
}

}  // namespace st
