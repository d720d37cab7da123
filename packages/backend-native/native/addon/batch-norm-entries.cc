// batchNorm(rows, channels, epsilon, relu, x, gamma, beta, residual, y, mean, variance): batch statistics.
// batchNormInference(rows, channels, epsilon, relu, x, gamma, beta, mean, variance, residual, y): given statistics.
// batchNormGradient(rows, channels, epsilon, dy, x, y, mean, variance, gamma, beta, relu, dgamma, dbeta, coefficients): through the
//   statistics; the ReLU's y is given or made again. `coefficients` is for
// batchNormInputGradient(rows, channels, epsilon, dy, x, y, relu, coefficients, sum, dx, dresidual): dx, with `sum` added.
// batchNormInferenceGradient(rows, channels, epsilon, dy, y, variance, gamma, dx, dresidual): at x and the residual.
// batchNormInferenceParameterGradient(rows, channels, epsilon, dy, x, y, mean, variance, dgamma, dbeta): at gamma and beta.
#include <algorithm>
#include <cmath>

#include "addon/arguments.h"
#include "addon/entries.h"
#include "addon/layout.h"
#include "memory/vector.h"
#include "ops/batch-norm.h"

namespace st {
namespace {

struct Common {
  BatchNormShape shape;
  double epsilon;
  std::int64_t elements = 0;

  explicit Common(Arguments& in)
      : shape{in.integer(0, "rows", 1, INT32_MAX), in.integer(1, "channels", 1, INT32_MAX)},
        epsilon(in.number(2, "epsilon")) {
    in.require(shape.rows * shape.channels <= kMostElements, "the shape has too many elements");
    if (in.valid()) elements = shape.rows * shape.channels;
  }
};

/** (x - mean) / sqrt(variance + epsilon) gamma + beta as x scale + shift. */
struct Affine {
  Vector<float> scale, shift;

  Affine(const Common& common, const float* gamma, const float* beta, const float* mean, const float* variance)
      : scale(static_cast<std::size_t>(common.shape.channels)), shift(scale.size()) {
    for (std::size_t c = 0; c < scale.size(); c++) {
      const double factor = gamma[c] / std::sqrt(static_cast<double>(variance[c]) + common.epsilon);
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>(beta[c] - mean[c] * factor);
    }
  }
};

/** y = act((x - mean) / sqrt(variance + epsilon) gamma + beta [+ residual]). */
void normalize(const Common& common, const float* x, const float* gamma, const float* beta, const float* mean,
               const float* variance, const float* residual, bool relu, float* y) {
  const Affine affine(common, gamma, beta, mean, variance);
  batchNormApply(common.shape, x, affine.scale.data(), affine.shift.data(), residual, relu, y);
}

napi_value batchNormEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const bool relu = in.integer(3, "relu", 0, 1) == 1;
  const float* x = in.floats(4, "x", common.elements);
  const float* gamma = in.floats(5, "gamma", channels);
  const float* beta = in.floats(6, "beta", channels);
  const float* residual = in.optionalFloats(7, "residual", common.elements);
  float* y = in.outFloats(8, "y", common.elements);
  float* mean = in.outFloats(9, "mean", channels);
  float* variance = in.outFloats(10, "variance", channels);
  in.run([=] {
    if (!batchNormStatistics(common.shape, x, mean, variance)) return false;
    normalize(common, x, gamma, beta, mean, variance, residual, relu, y);
    return true;
  });
  return nullptr;
}

napi_value batchNormInferenceEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const bool relu = in.integer(3, "relu", 0, 1) == 1;
  const float* x = in.floats(4, "x", common.elements);
  const float* gamma = in.floats(5, "gamma", channels);
  const float* beta = in.floats(6, "beta", channels);
  const float* mean = in.floats(7, "mean", channels);
  const float* variance = in.floats(8, "variance", channels);
  const float* residual = in.optionalFloats(9, "residual", common.elements);
  float* y = in.outFloats(10, "y", common.elements);
  in.run([=] { normalize(common, x, gamma, beta, mean, variance, residual, relu, y); });
  return nullptr;
}

/** What the gradients of gamma and beta are made from: arguments 3 to 7. */
struct Differentiated {
  Common common;
  const float *dy, *x, *y, *mean, *variance;

  Differentiated(Arguments& in, const Common& given)
      : common(given),
        dy(in.floats(3, "dy", given.elements)),
        x(in.floats(4, "x", given.elements)),
        y(in.optionalFloats(5, "y", given.elements)),
        mean(in.floats(6, "mean", in.valid() ? given.shape.channels : 0)),
        variance(in.floats(7, "variance", in.valid() ? given.shape.channels : 0)) {}

  bool sums(const ReluMask& mask, float* dgamma, float* dbeta) const {
    return batchNormGradientSums(common.shape, dy, x, mask, mean, variance, static_cast<float>(common.epsilon), dgamma, dbeta);
  }
};

/** The parts of an array of 5 x channels: dx = a g + b x + c, and the forward pass as x scale + shift. */
template <class Float>
struct Coefficients {
  Float *a, *b, *c, *scale, *shift;
  Coefficients(Float* all, std::int64_t channels)
      : a(all), b(a + channels), c(b + channels), scale(c + channels), shift(scale + channels) {}
};

/** dgamma, dbeta and the coefficients of dx; false where memory ran out. */
bool differentiate(const Differentiated& at, const float* gamma, const float* beta, bool relu, float* dgamma, float* dbeta,
                   const Coefficients<float>& to) {
  const Common& common = at.common;
  const Affine forward(common, gamma, beta, at.mean, at.variance);
  std::copy(forward.scale.begin(), forward.scale.end(), to.scale);
  std::copy(forward.shift.begin(), forward.shift.end(), to.shift);
  const bool fromInput = relu && at.y == nullptr;
  if (!at.sums({relu ? at.y : nullptr, fromInput ? to.scale : nullptr, fromInput ? to.shift : nullptr}, dgamma, dbeta)) return false;
  // dx = gamma r (g - mean(g) - xhat mean(g xhat)), r = 1 / sqrt(variance + epsilon).
  for (std::int64_t k = 0; k < common.shape.channels; k++) {
    const double r = 1 / std::sqrt(static_cast<double>(at.variance[k]) + common.epsilon);
    const double factor = gamma[k] * r;
    const double slope = -factor * r * dgamma[k] / static_cast<double>(common.shape.rows);
    const double shift = -factor * dbeta[k] / static_cast<double>(common.shape.rows);
    to.a[k] = static_cast<float>(factor);
    to.b[k] = static_cast<float>(slope);
    to.c[k] = static_cast<float>(shift - slope * at.mean[k]);
  }
  return true;
}

napi_value batchNormGradientEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const Differentiated at(in, common);
  const float* gamma = in.floats(8, "gamma", channels);
  const float* beta = in.floats(9, "beta", channels);
  const bool relu = in.integer(10, "relu", 0, 1) == 1;
  float* dgamma = in.outFloats(11, "dgamma", channels);
  float* dbeta = in.outFloats(12, "dbeta", channels);
  float* all = in.outFloats(13, "coefficients", 5 * channels);
  in.run([=] { return differentiate(at, gamma, beta, relu, dgamma, dbeta, Coefficients<float>(all, channels)); });
  return nullptr;
}

napi_value batchNormInputGradientEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const float* dy = in.floats(3, "dy", common.elements);
  const float* x = in.floats(4, "x", common.elements);
  const float* y = in.optionalFloats(5, "y", common.elements);
  const bool relu = in.integer(6, "relu", 0, 1) == 1;
  const Coefficients<const float> from(in.floats(7, "coefficients", 5 * channels), channels);
  const float* sum = in.optionalFloats(8, "sum", common.elements);
  float* dx = in.outFloats(9, "dx", common.elements);
  float* dresidual = in.optionalOutFloats(10, "dresidual", common.elements);
  in.require(sum == nullptr || dresidual == nullptr, "sum and dresidual exclude each other");
  const bool fromInput = relu && y == nullptr;
  const ReluMask mask{relu ? y : nullptr, fromInput ? from.scale : nullptr, fromInput ? from.shift : nullptr};
  in.run([=] { batchNormGradientApply(common.shape, {dy, x, mask, from.a, from.b, from.c, sum}, dx, dresidual); });
  return nullptr;
}

napi_value batchNormInferenceGradientEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const float* dy = in.floats(3, "dy", common.elements);
  const float* y = in.optionalFloats(4, "y", common.elements);
  const float* variance = in.floats(5, "variance", channels);
  const float* gamma = in.floats(6, "gamma", channels);
  float* dx = in.outFloats(7, "dx", common.elements);
  float* dresidual = in.optionalOutFloats(8, "dresidual", common.elements);
  in.run([=] {
    Vector<float> factor(static_cast<std::size_t>(channels));
    for (std::size_t k = 0; k < factor.size(); k++)
      factor[k] = static_cast<float>(gamma[k] / std::sqrt(static_cast<double>(variance[k]) + common.epsilon));
    batchNormGradientApply(common.shape, {dy, nullptr, {y, nullptr, nullptr}, factor.data(), nullptr, nullptr, nullptr}, dx, dresidual);
  });
  return nullptr;
}

napi_value batchNormInferenceParameterGradientEntry(Arguments& in) {
  const Common common(in);
  const std::int64_t channels = in.valid() ? common.shape.channels : 0;
  const Differentiated at(in, common);
  float* dgamma = in.outFloats(8, "dgamma", channels);
  float* dbeta = in.outFloats(9, "dbeta", channels);
  in.run([=] { return at.sums({at.y, nullptr, nullptr}, dgamma, dbeta); });
  return nullptr;
}

}  // namespace

void addBatchNormEntries(Exports& exports) {
  exports.add("batchNorm", batchNormEntry);
  exports.add("batchNormInference", batchNormInferenceEntry);
  exports.add("batchNormGradient", batchNormGradientEntry);
  exports.add("batchNormInputGradient", batchNormInputGradientEntry);
  exports.add("batchNormInferenceGradient", batchNormInferenceGradientEntry);
  exports.add("batchNormInferenceParameterGradient", batchNormInferenceParameterGradientEntry);
}

}  // namespace st
