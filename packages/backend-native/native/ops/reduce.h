// Reductions of a float32 array, seen as [outer, length, inner], over its middle axis.
#pragma once
#include <cstdint>

namespace st {

/** In the order of the constants in src/addon.ts. */
enum class Reduction { Sum, Max, Min, Prod, Count };

struct ReduceShape {
  std::int64_t outer, length, inner;
};

/**
 * y [outer, inner] = scale * the reduction over the middle axis. Sums are accumulated in double precision from short runs in single
 * precision. Max and Min propagate NaN. The reduction of no elements is the neutral element. Returns false if out of memory.
 */
bool reduce(Reduction op, const ReduceShape& shape, float scale, const float* x, float* y);

/** y [rows] = the index of the first largest (or smallest) element of each row of `length` >= 1 elements. */
void argExtreme(bool largest, std::int64_t rows, std::int64_t length, const float* x, std::int32_t* y);

/** y [rows, length] = softmax or log-softmax of each row. */
void softmax(bool logarithmic, std::int64_t rows, std::int64_t length, const float* x, float* y);

struct ReduceTable {
  /** The reduction of `count` contiguous elements. */
  double (*row[static_cast<int>(Reduction::Count)])(const float* x, std::int64_t count);
  /**
   * Combines `rows` rows of `width` <= kReduceWidth elements, `stride` apart, into `into`, which the caller initializes to the neutral
   * element.
   */
  void (*columns[static_cast<int>(Reduction::Count)])(const float* x, std::int64_t rows, std::int64_t stride, int width,
                                                     double* into);
  void (*softmaxRow)(bool logarithmic, const float* x, float* y, std::int64_t length);
};

/** Columns processed together: their accumulators, in single and in double precision, fit the L1 cache. */
constexpr int kReduceWidth = 1024;

}  // namespace st
