// Batch normalisation over all but the last axis, fused with a residual addition and ReLU, and its gradient.
#pragma once
#include <cstdint>

namespace st {

/** x is [rows, channels]: images NHWC have batch * height * width rows. */
struct BatchNormShape {
  std::int64_t rows, channels;
};

/** mean and biased variance of each channel, gathered in double precision (Chan, Golub and LeVeque 1979). */
bool batchNormStatistics(const BatchNormShape& shape, const float* x, float* mean, float* variance);

/** y = act(x scale + shift [+ residual]), act = ReLU or nothing; scale and shift [channels]. */
void batchNormApply(const BatchNormShape& shape, const float* x, const float* scale, const float* shift,
                    const float* residual, bool relu, float* y);

/**
 * The ReLU behind a batch norm: g = dy where y > 0. Without a residual y is made again, as the forward pass made it, from x, `scale` and
 * `shift` ([channels]): x is read anyway, and to read y as well would cost a third more memory. All null: no ReLU, g = dy.
 */
struct ReluMask {
  const float *y, *scale, *shift;
};

/** The two sums that every gradient is made from: dbeta = sum g, dgamma = sum g (x - mean) / sqrt(variance + epsilon). */
bool batchNormGradientSums(const BatchNormShape& shape, const float* dy, const float* x, const ReluMask& mask, const float* mean,
                           const float* variance, float epsilon, float* dgamma, float* dbeta);

/** dx = a g + b x + c for each channel, + `sum` where that is not null; or a g alone, where all of these are null. */
struct GradientInput {
  const float *dy, *x;
  ReluMask mask;
  const float *a, *b, *c;
  const float* sum;
};

/** Writes dx, and `dresidual` = g where it is not null; then `sum` is null. */
void batchNormGradientApply(const BatchNormShape& shape, const GradientInput& in, float* dx, float* dresidual);

struct BatchNormTable {
  /** Mean and sum of squared deviations of rows [0, rows) of a block of `width` <= kChannelBlock columns, in two passes. */
  void (*moments)(const float* x, std::int64_t rows, std::int64_t stride, int width, double* mean, double* squares);
  void (*apply)(const float* x, const float* scale, const float* shift, const float* residual, bool relu, float* y,
                std::int64_t rows, std::int64_t channels);
  /** sum g and sum g (x - mean) of a run of rows. */
  void (*gradientSums)(const float* dy, const float* x, const ReluMask& mask, const float* mean, std::int64_t rows,
                       std::int64_t stride, int width, double* sum, double* product);
  void (*gradientApply)(const GradientInput& in, float* dx, float* dresidual, std::int64_t rows, std::int64_t channels);
};

/** Channels handled at once: 4 vectors of 16 lanes, so that their accumulators stay in registers. */
constexpr int kChannelBlock = 64;

}  // namespace st
