// Reductions of a float32 array seen as [outer, length, inner] over its middle axis.
#pragma once
#include <cstdint>

namespace st {

/** The order is the interface: src/addon.ts counts the same names. */
enum class Reduction { Sum, Max, Min, Prod, Count };

struct ReduceShape {
  std::int64_t outer, length, inner;
};

/**
 * y [outer, inner] = scale * the reduction over the middle axis; sums are gathered in double precision from short runs.
 * Max and Min hand NaN on; over no elements a reduction is its neutral element. False where memory ran out.
 */
bool reduce(Reduction op, const ReduceShape& shape, float scale, const float* x, float* y);

/** y [rows] = the position of the first largest (or smallest) of each row of `length` >= 1 elements. */
void argExtreme(bool largest, std::int64_t rows, std::int64_t length, const float* x, std::int32_t* y);

/** y [rows, length] = softmax or log-softmax of each row. */
void softmax(bool logarithmic, std::int64_t rows, std::int64_t length, const float* x, float* y);

struct ReduceTable {
  /** The reduction of `count` neighbouring elements. */
  double (*row[static_cast<int>(Reduction::Count)])(const float* x, std::int64_t count);
  /** Combines `rows` rows of `width` <= kReduceWidth elements, `stride` apart, into `into`, which starts as neutral. */
  void (*columns[static_cast<int>(Reduction::Count)])(const float* x, std::int64_t rows, std::int64_t stride, int width,
                                                     double* into);
  void (*softmaxRow)(bool logarithmic, const float* x, float* y, std::int64_t length);
};

/** Columns handled at once: their accumulators, in single and in double precision, fit the first-level cache. */
constexpr int kReduceWidth = 1024;

}  // namespace st
