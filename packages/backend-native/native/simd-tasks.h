// How kernels cut their work into tasks; by the shapes alone, so that results never depend on the number of threads.
#pragma once
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Multiplications of a task at least: some 50 microseconds, beside which handing it out costs nothing. */
constexpr double kTaskWork = 4e6;
/** Tasks wanted where one dimension alone gives too few, so that threads end together. */
constexpr int kTasks = 32;

ST_INLINE int minOf(int a, int b) { return a < b ? a : b; }
ST_INLINE int maxOf(int a, int b) { return a > b ? a : b; }

/** Tasks for `work` multiplications that can be cut into at most `most` parts; at least 1. */
ST_INLINE int tasksFor(double work, int most) {
  const double tasks = work / kTaskWork;
  return tasks >= most ? most : maxOf(1, static_cast<int>(tasks));
}

/** Where part `i` of `parts` even parts of `count` begins. */
ST_INLINE int portion(Index count, int i, int parts) { return static_cast<int>(count * i / parts); }

/** Floats up to the next cache line. */
ST_INLINE std::size_t roundUp(std::size_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace ST_ISA
}  // namespace st
