// Splitting the work of SIMD kernels into tasks, by shape alone: results never depend on the number of threads.
#pragma once
#include "integer-math.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Fewest multiplications of a task: about 50 microseconds, so that the cost of starting it is negligible. */
constexpr double kTaskWork = 4e6;
/** Tasks to aim for if one dimension alone gives too few, so that all threads finish at about the same time. */
constexpr int kTasks = 32;

ST_INLINE int minOf(int a, int b) { return a < b ? a : b; }
ST_INLINE int maxOf(int a, int b) { return a > b ? a : b; }

/** Number of tasks for `work` multiplications that can be split into at most `most` parts; at least 1. */
ST_INLINE int tasksFor(double work, int most) {
  const double tasks = work / kTaskWork;
  return tasks >= most ? most : maxOf(1, static_cast<int>(tasks));
}

/** Start of part `i` when `count` is split into `parts` parts of almost equal size. */
ST_INLINE int portion(Index count, int i, int parts) { return static_cast<int>(count * i / parts); }

/** Rounds up to full cache lines, in floats. */
ST_INLINE std::uint64_t roundUp(std::uint64_t floats) { return roundUpTo(floats, kLineFloats); }

/**
 * The smallest stride of at least `floats` that is an odd number of cache lines: with an even number, rows at this stride would evict each
 * other from the cache.
 */
ST_INLINE Index oddLines(Index floats) { return (ceilDiv(floats, kLineFloats) | 1) * kLineFloats; }

/** A range [begin, end). */
struct Span {
  int begin, end;
};

/**
 * Which of the output columns [column, column + count), relative to `column`, read only input columns inside [0, width): column j reads
 * `taps` adjacent input columns from j * stride + first on.
 */
ST_INLINE Span insideColumns(int column, int count, int stride, int first, int taps, int width) {
  const int room = width - taps - first;
  const int firstInside = first >= 0 ? 0 : ceilDiv(-first, stride), lastInside = room < 0 ? -1 : room / stride;
  const int begin = minOf(count, maxOf(0, firstInside - column));
  return {begin, maxOf(begin, minOf(count, lastInside + 1 - column))};
}

}  // namespace ST_ISA
}  // namespace st
