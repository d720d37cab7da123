#include "ops/batch-norm.h"

#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Rows accumulated in single precision before they are added in double precision. */
constexpr std::int64_t kRun = 32;

/** Vectors processed together: with 16 registers, four sums, four products and their operands fit. */
constexpr int kVectors = 4;
constexpr int kStep = kVectors * kLanes;

/** Loads `kVectors` vectors of one row: all elements, or only the first `width`. */
template <bool kWhole>
ST_INLINE void loadStep(Vec* into, const float* p, int width) {
  for (int v = 0; v < kVectors; v++) {
    if (kWhole) {
      into[v] = load(p + v * kLanes);
    } else {
      const int left = width - v * kLanes;
      into[v] = left >= kLanes ? load(p + v * kLanes) : left > 0 ? loadFirst(p + v * kLanes, left) : zero();
    }
  }
}

ST_INLINE void flush(double* into, const Vec* from, int width) {
  float flat[kStep];
  for (int v = 0; v < kVectors; v++) store(flat + v * kLanes, from[v]);
  for (int c = 0; c < width; c++) into[c] += static_cast<double>(flat[c]);
}

template <bool kWhole>
ST_INLINE void stepMoments(const float* x, std::int64_t rows, std::int64_t stride, int width, double* mean, double* squares) {
  Vec value[kVectors], center[kVectors], sum[kVectors];
  // Subtracting the first row keeps the sums small if the values are far from 0.
  loadStep<kWhole>(center, x, width);
  double total[kStep] = {};
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = r + kRun < rows ? r + kRun : rows;
    for (int v = 0; v < kVectors; v++) sum[v] = zero();
    for (; r < end; r++) {
      loadStep<kWhole>(value, x + r * stride, width);
      for (int v = 0; v < kVectors; v++) sum[v] += value[v] - center[v];
    }
    flush(total, sum, width);
  }
  float shifted[kStep], rounded[kStep] = {};
  for (int v = 0; v < kVectors; v++) store(shifted + v * kLanes, center[v]);
  for (int c = 0; c < width; c++) {
    mean[c] = static_cast<double>(shifted[c]) + total[c] / static_cast<double>(rows);
    rounded[c] = static_cast<float>(mean[c]);
    total[c] = 0;
  }
  for (int v = 0; v < kVectors; v++) center[v] = load(rounded + v * kLanes);
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = r + kRun < rows ? r + kRun : rows;
    for (int v = 0; v < kVectors; v++) sum[v] = zero();
    for (; r < end; r++) {
      loadStep<kWhole>(value, x + r * stride, width);
      for (int v = 0; v < kVectors; v++) {
        const Vec d = value[v] - center[v];
        sum[v] = fma(d, d, sum[v]);
      }
    }
    flush(total, sum, width);
  }
  for (int c = 0; c < width; c++) {
    // Corrects for the rounding of the mean that was subtracted.
    const double off = mean[c] - static_cast<double>(rounded[c]);
    squares[c] = total[c] - static_cast<double>(rows) * off * off;
  }
}

void moments(const float* x, std::int64_t rows, std::int64_t stride, int width, double* mean, double* squares) {
  int c = 0;
  for (; c + kStep <= width; c += kStep) stepMoments<true>(x + c, rows, stride, kStep, mean + c, squares + c);
  if (c < width) stepMoments<false>(x + c, rows, stride, width - c, mean + c, squares + c);
}

enum class Relu { None, FromOutput, FromInput };

template <bool kWhole, Relu kRelu>
ST_INLINE void stepSums(const float* dy, const float* x, const ReluMask& mask, const float* mean, std::int64_t rows,
                        std::int64_t stride, int width, double* total, double* product) {
  Vec g[kVectors], value[kVectors], output[kVectors], center[kVectors], scale[kVectors], shift[kVectors], sum[kVectors], dot[kVectors];
  loadStep<kWhole>(center, mean, width);
  if (kRelu == Relu::FromInput) {
    loadStep<kWhole>(scale, mask.scale, width);
    loadStep<kWhole>(shift, mask.shift, width);
  }
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = r + kRun < rows ? r + kRun : rows;
    for (int v = 0; v < kVectors; v++) sum[v] = dot[v] = zero();
    for (; r < end; r++) {
      loadStep<kWhole>(g, dy + r * stride, width);
      loadStep<kWhole>(value, x + r * stride, width);
      if (kRelu == Relu::FromOutput) loadStep<kWhole>(output, mask.y + r * stride, width);
      for (int v = 0; v < kVectors; v++) {
        if (kRelu == Relu::FromInput) output[v] = fma(value[v], scale[v], shift[v]);
        const Vec d = kRelu == Relu::None ? g[v] : select(output[v] > zero(), g[v], zero());
        sum[v] += d;
        dot[v] = fma(d, value[v] - center[v], dot[v]);
      }
    }
    flush(total, sum, width);
    flush(product, dot, width);
  }
}

template <Relu kRelu>
void sums(const float* dy, const float* x, const ReluMask& mask, const float* mean, std::int64_t rows, std::int64_t stride,
          int width, double* total, double* product) {
  for (int c = 0; c < width; c++) total[c] = product[c] = 0;
  ReluMask from = mask;
  const auto advance = [&] {
    if (kRelu == Relu::FromOutput) from.y += kStep;
    if (kRelu == Relu::FromInput) from.scale += kStep, from.shift += kStep;
  };
  int c = 0;
  for (; c + kStep <= width; c += kStep, advance())
    stepSums<true, kRelu>(dy + c, x + c, from, mean + c, rows, stride, kStep, total + c, product + c);
  if (c < width) stepSums<false, kRelu>(dy + c, x + c, from, mean + c, rows, stride, width - c, total + c, product + c);
}

void gradientSums(const float* dy, const float* x, const ReluMask& mask, const float* mean, std::int64_t rows, std::int64_t stride,
                  int width, double* total, double* product) {
  const auto chosen = mask.y != nullptr ? sums<Relu::FromOutput> : mask.scale != nullptr ? sums<Relu::FromInput> : sums<Relu::None>;
  chosen(dy, x, mask, mean, rows, stride, width, total, product);
}

template <bool kResidual, bool kRelu>
void applyRows(const float* x, const float* scale, const float* shift, const float* residual, float* y, std::int64_t rows,
               std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; r++, x += channels, y += channels) {
    std::int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      Vec v = fma(load(x + c), load(scale + c), load(shift + c));
      if (kResidual) v += load(residual + c);
      store(y + c, kRelu ? maximum(v, zero()) : v);
    }
    if (c < channels) {
      const int n = static_cast<int>(channels - c);
      Vec v = fma(loadFirst(x + c, n), loadFirst(scale + c, n), loadFirst(shift + c, n));
      if (kResidual) v += loadFirst(residual + c, n);
      storeFirst(y + c, kRelu ? maximum(v, zero()) : v, n);
    }
    if (kResidual) residual += channels;
  }
}

void apply(const float* x, const float* scale, const float* shift, const float* residual, bool relu, float* y,
           std::int64_t rows, std::int64_t channels) {
  if (residual != nullptr) {
    relu ? applyRows<true, true>(x, scale, shift, residual, y, rows, channels)
         : applyRows<true, false>(x, scale, shift, residual, y, rows, channels);
  } else {
    relu ? applyRows<false, true>(x, scale, shift, residual, y, rows, channels)
         : applyRows<false, false>(x, scale, shift, residual, y, rows, channels);
  }
}

/** What is fused with dx: nothing, writing the residual's gradient, or adding an array. */
enum class FusedWith { Nothing, Residual, Sum };

/** dx = a g, or, if `kCentered`, a g + b x + c. */
template <bool kCentered, Relu kRelu, FusedWith kFused>
void gradientRows(GradientInput in, float* dx, float* dresidual, std::int64_t rows, std::int64_t channels) {
  const ReluMask mask = in.mask;
  for (std::int64_t r = 0; r < rows; r++) {
    const std::int64_t row = r * channels;
    const auto part = [&](std::int64_t k, int n) {
      const auto at = [n](const float* from) { return n == kLanes ? load(from) : loadFirst(from, n); };
      const std::int64_t i = row + k;
      Vec g = at(in.dy + i);
      if (kRelu == Relu::FromOutput) g = select(at(mask.y + i) > zero(), g, zero());
      if (kRelu == Relu::FromInput) g = select(fma(at(in.x + i), at(mask.scale + k), at(mask.shift + k)) > zero(), g, zero());
      if (kFused == FusedWith::Residual) storeFirst(dresidual + i, g, n);
      Vec d = kCentered ? fma(g, at(in.a + k), fma(at(in.x + i), at(in.b + k), at(in.c + k))) : g * at(in.a + k);
      if (kFused == FusedWith::Sum) d += at(in.sum + i);
      storeFirst(dx + i, d, n);
    };
    std::int64_t k = 0;
    for (; k + kLanes <= channels; k += kLanes) part(k, kLanes);
    if (k < channels) part(k, static_cast<int>(channels - k));
  }
}

using GradientRows = void (*)(GradientInput, float*, float*, std::int64_t, std::int64_t);

template <bool kCentered, FusedWith kFused>
GradientRows gradientRowsOf(const ReluMask& mask) {
  if (mask.y != nullptr) return gradientRows<kCentered, Relu::FromOutput, kFused>;
  // y can be recomputed only if x is given.
  if (kCentered && mask.scale != nullptr) return gradientRows<true, Relu::FromInput, kFused>;
  return gradientRows<kCentered, Relu::None, kFused>;
}

void gradientApply(const GradientInput& in, float* dx, float* dresidual, std::int64_t rows, std::int64_t channels) {
  const auto chosen = [&] {
    if (in.x == nullptr) return dresidual != nullptr ? gradientRowsOf<false, FusedWith::Residual>(in.mask) : gradientRowsOf<false, FusedWith::Nothing>(in.mask);
    if (dresidual != nullptr) return gradientRowsOf<true, FusedWith::Residual>(in.mask);
    return in.sum != nullptr ? gradientRowsOf<true, FusedWith::Sum>(in.mask) : gradientRowsOf<true, FusedWith::Nothing>(in.mask);
  };
  chosen()(in, dx, dresidual, rows, channels);
}

const BatchNormTable kTable = {moments, apply, gradientSums, gradientApply};

}  // namespace

const BatchNormTable& batchNormTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
