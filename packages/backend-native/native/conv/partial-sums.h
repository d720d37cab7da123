// Sums over pixels are split into partial sums. Their number depends on the shape alone, and they are added in a fixed order.
#pragma once
#include "integer-math.h"
#include "parallel.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Most terms that one partial sum accumulates sequentially, if memory allows: more would accumulate more rounding error. */
constexpr int kPartLength = 256;
/** Limit of the memory of all partial sums, in floats (8 MB). */
constexpr double kPartialFloats = 2 << 20;

/**
 * Number of partial sums, each of `size` floats and over a share of `length` terms: at least `wanted` (for the threads), more if the shares
 * would be longer than `kPartLength`.
 */
static inline int partsOf(int wanted, int length, Index size) {
  const double room = kPartialFloats / static_cast<double>(size);
  const int accurate = ceilDiv(length, kPartLength);
  return minOf(length, maxOf(wanted, room < accurate ? static_cast<int>(room) : accurate));
}

/** out[i] = sum over p of partials[p * stride + i], i < size. */
static inline void addPartialSums(const float* partials, int parts, Index stride, Index size, float* out) {
  const int tasks = tasksFor(static_cast<double>(size) * parts, kTasks);
  parallelFor(tasks, [=](int task, int) {
    const Index from = size * task / tasks, to = size * (task + 1) / tasks;
    Index i = from;
    for (; i + kLanes <= to; i += kLanes) {
      Vec sum = load(partials + i);
      for (int p = 1; p < parts; p++) sum += load(partials + p * stride + i);
      store(out + i, sum);
    }
    for (; i < to; i++) {
      float sum = partials[i];
      for (int p = 1; p < parts; p++) sum += partials[p * stride + i];
      out[i] = sum;
    }
  });
}

}  // namespace ST_ISA
}  // namespace st
