#include "ops/reduce.h"

#include "ops/vector-math.h"

namespace st {
namespace ST_ISA {
namespace {

/** Elements accumulated in single precision before they are added in double precision: the error of a run stays near 1 ulp. */
constexpr std::int64_t kRun = 32;

struct Sum {
  static constexpr double kNeutral = 0;
  ST_INLINE Vec of(Vec a, Vec b) { return a + b; }
  ST_INLINE double of(double a, double b) { return a + b; }
};
struct Max {
  static constexpr double kNeutral = -__builtin_inf();
  ST_INLINE Vec of(Vec a, Vec b) { return maximum(a, b); }
  ST_INLINE double of(double a, double b) { return a > b || a != a ? a : b; }
};
struct Min {
  static constexpr double kNeutral = __builtin_inf();
  ST_INLINE Vec of(Vec a, Vec b) { return minimum(a, b); }
  ST_INLINE double of(double a, double b) { return a < b || a != a ? a : b; }
};
struct Prod {
  static constexpr double kNeutral = 1;
  ST_INLINE Vec of(Vec a, Vec b) { return a * b; }
  ST_INLINE double of(double a, double b) { return a * b; }
};

template <class Op>
double row(const float* x, std::int64_t count) {
  double total = Op::kNeutral;
  std::int64_t i = 0;
  while (count - i >= 4 * kLanes) {
    Vec lanes[4];
    for (int v = 0; v < 4; v++) lanes[v] = load(x + i + v * kLanes);
    i += 4 * kLanes;
    for (std::int64_t n = 1; n < kRun && count - i >= 4 * kLanes; n++, i += 4 * kLanes)
      for (int v = 0; v < 4; v++) lanes[v] = Op::of(lanes[v], load(x + i + v * kLanes));
    float flat[4 * kLanes];
    for (int v = 0; v < 4; v++) store(flat + v * kLanes, lanes[v]);
    for (int l = 0; l < 4 * kLanes; l++) total = Op::of(total, static_cast<double>(flat[l]));
  }
  for (; i < count; i++) total = Op::of(total, static_cast<double>(x[i]));
  return total;
}

template <class Op>
void columns(const float* x, std::int64_t rows, std::int64_t stride, int width, double* into) {
  alignas(64) float run[kReduceWidth];
  for (std::int64_t r = 0; r < rows;) {
    const float* first = x + r * stride;
    for (int c = 0; c < width; c++) run[c] = first[c];
    const std::int64_t end = r + kRun < rows ? r + kRun : rows;
    for (r++; r < end; r++) {
      const float* next = x + r * stride;
      int c = 0;
      for (; c + kLanes <= width; c += kLanes) store(run + c, Op::of(load(run + c), load(next + c)));
      if (c < width) storeFirst(run + c, Op::of(loadFirst(run + c, width - c), loadFirst(next + c, width - c)), width - c);
    }
    for (int c = 0; c < width; c++) into[c] = Op::of(into[c], static_cast<double>(run[c]));
  }
}

void softmaxRow(bool logarithmic, const float* x, float* y, std::int64_t length) {
  const float largest = static_cast<float>(row<Max>(x, length));
  const Vec shift = splat(largest);
  for (std::int64_t i = 0; i < length; i += kLanes) {
    const int n = static_cast<int>(length - i < kLanes ? length - i : kLanes);
    storeFirst(y + i, exponential(loadFirst(x + i, n) - shift), n);
  }
  const float total = static_cast<float>(row<Sum>(y, length));
  const Vec factor = splat(1.0f / total);
  const Vec base = logarithm(splat(total));
  for (std::int64_t i = 0; i < length; i += kLanes) {
    const int n = static_cast<int>(length - i < kLanes ? length - i : kLanes);
    storeFirst(y + i, logarithmic ? loadFirst(x + i, n) - shift - base : loadFirst(y + i, n) * factor, n);
  }
}

const ReduceTable kTable = {
    {row<Sum>, row<Max>, row<Min>, row<Prod>},
    {columns<Sum>, columns<Max>, columns<Min>, columns<Prod>},
    softmaxRow,
};

}  // namespace

const ReduceTable& reduceTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
