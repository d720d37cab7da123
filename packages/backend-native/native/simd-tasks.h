// Splitting the work of SIMD kernels into tasks, by shape alone: results never depend on the number of threads.
#pragma once
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
ST_INLINE std::size_t roundUp(std::size_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace ST_ISA
}  // namespace st
