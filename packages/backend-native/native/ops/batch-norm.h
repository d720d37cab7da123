// Batch normalization over all axes but the last, fused with a residual addition and ReLU, and its gradient.
#pragma once
#include <cstdint>

namespace st {

/** x is [rows, channels]. NHWC images have batch * height * width rows. */
struct BatchNormShape {
  std::int64_t rows, channels;
};

/**
 * Mean and biased variance of each channel, accumulated in double precision (Chan, Golub and LeVeque 1979). Returns false if out of memory.
 */
bool batchNormStatistics(const BatchNormShape& shape, const float* x, float* mean, float* variance);

/** y = act(x scale + shift [+ residual]); act is ReLU or the identity; scale and shift are [channels]. */
void batchNormApply(const BatchNormShape& shape, const float* x, const float* scale, const float* shift,
                    const float* residual, bool relu, float* y);

/**
 * The ReLU after a batch norm: g = dy where y > 0. Without a residual, y is recomputed from x, `scale` and `shift` ([channels]) exactly as
 * in the forward pass: x is read anyway, and reading y too would add a third of the memory traffic. All null: no ReLU, g = dy.
 */
struct ReluMask {
  const float *y, *scale, *shift;
};

/**
 * The two sums from which all gradients follow: dbeta = sum g, dgamma = sum g (x - mean) / sqrt(variance + epsilon). Returns false if out
 * of memory.
 */
bool batchNormGradientSums(const BatchNormShape& shape, const float* dy, const float* x, const ReluMask& mask, const float* mean,
                           const float* variance, float epsilon, float* dgamma, float* dbeta);

/** dx = a g + b x + c for each channel, plus `sum` if not null. If x, b, c and sum are null: dx = a g. */
struct GradientInput {
  const float *dy, *x;
  ReluMask mask;
  const float *a, *b, *c;
  const float* sum;
};

/** Writes dx, and g to `dresidual` if that is not null; `sum` must then be null. */
void batchNormGradientApply(const BatchNormShape& shape, const GradientInput& in, float* dx, float* dresidual);

/** The statistics and parameters of each channel. */
struct BatchNormChannels {
  const float *mean, *variance, *gamma, *beta;
  double epsilon;
};

/** y = act((x - mean) / sqrt(variance + epsilon) gamma + beta [+ residual]). */
void batchNormNormalize(const BatchNormShape& shape, const BatchNormChannels& channels, const float* x, const float* residual, bool relu,
                        float* y);

/**
 * What dx is computed from, [5 x channels]: dx = a g + b x + c, and the forward pass as x scale + shift, from which the ReLU's output can be
 * recomputed.
 */
template <class Float>
struct BatchNormCoefficients {
  Float *a, *b, *c, *scale, *shift;
  BatchNormCoefficients(Float* all, std::int64_t channels)
      : a(all), b(a + channels), c(b + channels), scale(c + channels), shift(scale + channels) {}
  /** The ReLU's mask: from its output if given, otherwise recomputed from x. */
  ReluMask mask(bool relu, const float* y) const {
    const bool recomputed = relu && y == nullptr;
    return {relu ? y : nullptr, recomputed ? scale : nullptr, recomputed ? shift : nullptr};
  }
};

/** Through the statistics of the batch: dgamma, dbeta and the coefficients of dx. Returns false if out of memory. */
bool batchNormGradient(const BatchNormShape& shape, const BatchNormChannels& channels, const float* dy, const float* x, const float* y,
                       bool relu, float* dgamma, float* dbeta, const BatchNormCoefficients<float>& coefficients);

/** With given statistics: dx = g gamma / sqrt(variance + epsilon), and `dresidual` = g if that is not null; g = dy where y > 0. */
void batchNormInferenceGradient(const BatchNormShape& shape, double epsilon, const float* dy, const float* y, const float* variance,
                                const float* gamma, float* dx, float* dresidual);

struct BatchNormTable {
  /** Mean and sum of squared deviations of rows [0, rows) of a block of `width` <= kChannelBlock columns, in two passes. */
  void (*moments)(const float* x, std::int64_t rows, std::int64_t stride, int width, double* mean, double* squares);
  void (*apply)(const float* x, const float* scale, const float* shift, const float* residual, bool relu, float* y,
                std::int64_t rows, std::int64_t channels);
  /** sum g and sum g (x - mean) over a run of rows. */
  void (*gradientSums)(const float* dy, const float* x, const ReluMask& mask, const float* mean, std::int64_t rows,
                       std::int64_t stride, int width, double* sum, double* product);
  void (*gradientApply)(const GradientInput& in, float* dx, float* dresidual, std::int64_t rows, std::int64_t channels);
};

/** Channels processed together: 4 vectors of 16 lanes, so that their accumulators stay in registers. */
constexpr int kChannelBlock = 64;

}  // namespace st
