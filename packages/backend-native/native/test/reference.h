// The reference in float64, written as simply as possible.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "conv/conv.h"

namespace st {
namespace test {

/**
 * Floats in a block of exactly their size, so that AddressSanitizer finds every access outside. Small blocks begin at any address, large
 * ones at a cache line like those of the back end: some kernels store to these differently.
 */
class Floats {
 public:
  explicit Floats(std::size_t count, float fill = NAN)
      : count_(count), data_(static_cast<float*>(::operator new[](count * sizeof(float), alignment(count))), Freed{alignment(count)}) {
    for (std::size_t i = 0; i < count; i++) data_[i] = fill;
  }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return count_; }
  float& operator[](std::size_t i) { return data_[i]; }
  float operator[](std::size_t i) const { return data_[i]; }

 private:
  static std::align_val_t alignment(std::size_t count) { return std::align_val_t(count < (1 << 16) ? alignof(float) : 64); }
  struct Freed {
    std::align_val_t alignment;
    void operator()(float* data) const { ::operator delete[](data, alignment); }
  };

  std::size_t count_;
  std::unique_ptr<float[], Freed> data_;
};

inline Floats normal(std::size_t count, std::mt19937& rng, float mean = 0.0f) {
  std::normal_distribution<float> draw(mean, 1.0f);
  Floats v(count);
  for (std::size_t i = 0; i < count; i++) v[i] = draw(rng);
  return v;
}

inline std::size_t sizeX(const Conv2dShape& s) { return static_cast<std::size_t>(s.batch) * s.inHeight * s.inWidth * s.inChannels; }
inline std::size_t sizeY(const Conv2dShape& s) { return static_cast<std::size_t>(s.batch) * s.outHeight * s.outWidth * s.outChannels; }
inline std::size_t sizeW(const Conv2dShape& s) {
  return static_cast<std::size_t>(s.filterHeight) * s.filterWidth * s.inChannels * s.outChannels;
}

inline Floats packFilter(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm, const Floats& f) {
  const ConvPlan plan = planConv(pass, s, algorithm);
  Floats packed(plan.filter.floats);
  conv2dPackFilter(plan, f.data(), packed.data());
  return packed;
}

inline bool conv2dForward(const Conv2dShape& s, ConvAlgorithm algorithm, const float* x, const float* packed, float* y,
                          const PostOps& postOps = {}) {
  return conv2d(planConv(ConvPass::Forward, s, algorithm), x, packed, y, postOps);
}

inline bool conv2dInputGradient(const Conv2dShape& s, ConvAlgorithm algorithm, const float* dy, const float* packed, float* dx,
                                const PostOps& postOps = {}) {
  return conv2d(planConv(ConvPass::InputGradient, s, algorithm), dy, packed, dx, postOps);
}

/** Calls `visit(x pixel, y pixel, tap)` for every pair of pixels that a tap joins. */
template <class Visit>
void forPixelPairs(const Conv2dShape& s, Visit visit) {
  for (int n = 0; n < s.batch; n++)
    for (int i = 0; i < s.outHeight; i++)
      for (int j = 0; j < s.outWidth; j++)
        for (int r = 0; r < s.filterHeight; r++)
          for (int q = 0; q < s.filterWidth; q++) {
            const int h = i * s.strideHeight + r * s.dilationHeight - s.padTop, w = j * s.strideWidth + q * s.dilationWidth - s.padLeft;
            if (h < 0 || w < 0 || h >= s.inHeight || w >= s.inWidth) continue;
            visit((static_cast<std::size_t>(n) * s.inHeight + h) * s.inWidth + w,
                  (static_cast<std::size_t>(n) * s.outHeight + i) * s.outWidth + j, r * s.filterWidth + q);
          }
}

inline std::vector<double> forward(const Conv2dShape& s, const Floats& x, const Floats& f) {
  std::vector<double> y(sizeY(s));
  const int C = s.inChannels, K = s.outChannels;
  forPixelPairs(s, [&](std::size_t a, std::size_t b, int t) {
    for (int c = 0; c < C; c++) {
      const double v = x[a * C + c];
      const float* w = f.data() + (static_cast<std::size_t>(t) * C + c) * K;
      for (int k = 0; k < K; k++) y[b * K + k] += v * w[k];
    }
  });
  return y;
}

inline std::vector<double> inputGradient(const Conv2dShape& s, const Floats& dy, const Floats& f) {
  std::vector<double> dx(sizeX(s));
  const int C = s.inChannels, K = s.outChannels;
  forPixelPairs(s, [&](std::size_t a, std::size_t b, int t) {
    for (int c = 0; c < C; c++) {
      const float* w = f.data() + (static_cast<std::size_t>(t) * C + c) * K;
      double sum = 0;
      for (int k = 0; k < K; k++) sum += static_cast<double>(dy[b * K + k]) * w[k];
      dx[a * C + c] += sum;
    }
  });
  return dx;
}

inline std::vector<double> filterGradient(const Conv2dShape& s, const Floats& x, const Floats& dy) {
  std::vector<double> df(sizeW(s));
  const int C = s.inChannels, K = s.outChannels;
  forPixelPairs(s, [&](std::size_t a, std::size_t b, int t) {
    for (int c = 0; c < C; c++) {
      const double v = x[a * C + c];
      double* w = df.data() + (static_cast<std::size_t>(t) * C + c) * K;
      for (int k = 0; k < K; k++) w[k] += v * dy[b * K + k];
    }
  });
  return df;
}

/**
 * The largest error, relative to the largest expected value; infinite if a value is NaN. An output that sums `terms` products of standard
 * normal numbers is about sqrt(terms): the divisor is at least that, because few outputs may cancel to almost nothing.
 */
inline double errorOf(const Floats& got, const std::vector<double>& want, double terms = 0) {
  double worst = 0, largest = std::max(1e-30, std::sqrt(terms));
  for (std::size_t i = 0; i < want.size(); i++) {
    const double d = std::fabs(got[i] - want[i]);
    if (!(d <= worst)) worst = std::isnan(d) ? INFINITY : d;
    if (std::fabs(want[i]) > largest) largest = std::fabs(want[i]);
  }
  return worst / largest;
}

inline std::string nameOf(const Conv2dShape& s) {
  char text[160];
  std::snprintf(text, sizeof text, "n%d %dx%dx%d -> %dx%dx%d filter %dx%d stride %dx%d dilation %dx%d pad %d,%d", s.batch, s.inHeight,
                s.inWidth, s.inChannels, s.outHeight, s.outWidth, s.outChannels, s.filterHeight, s.filterWidth, s.strideHeight,
                s.strideWidth, s.dilationHeight, s.dilationWidth, s.padTop, s.padLeft);
  return text;
}

}  // namespace test
}  // namespace st
