// Entry points of batch normalization; src/addon.ts has their arguments.
#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/batch-norm.h"

namespace st {
namespace {

/** Arguments 0 and 1 of every entry point. */
struct CheckedRows {
  BatchNormShape shape;
  std::int64_t elements = 0, channels = 0;

  explicit CheckedRows(Arguments& in) : shape{in.integer(0, "rows", 1, INT32_MAX), in.integer(1, "channels", 1, INT32_MAX)} {
    in.require(shape.rows * shape.channels <= kMostElements, "the shape has too many elements");
    if (!in.valid()) return;
    elements = shape.rows * shape.channels;
    channels = shape.channels;
  }
};

Result batchNormEntry(Arguments& in) {
  const CheckedRows rows(in);
  const double epsilon = in.number(2, "epsilon");
  const bool relu = in.integer(3, "relu", 0, 1) == 1;
  const float* x = in.floats(4, "x", rows.elements);
  const float* residual = in.optionalFloats(5, "residual", rows.elements);
  const float* gamma = in.floats(6, "gamma", rows.channels);
  const float* beta = in.floats(7, "beta", rows.channels);
  float* y = in.outFloats(8, "y", rows.elements);
  float* mean = in.outFloats(9, "mean", rows.channels);
  float* variance = in.outFloats(10, "variance", rows.channels);
  in.run([=] {
    if (!batchNormStatistics(rows.shape, x, mean, variance)) return false;
    batchNormNormalize(rows.shape, {mean, variance, gamma, beta, epsilon}, x, residual, relu, y);
    return true;
  });
  return Result::nothing();
}

Result batchNormInferenceEntry(Arguments& in) {
  const CheckedRows rows(in);
  const double epsilon = in.number(2, "epsilon");
  const bool relu = in.integer(3, "relu", 0, 1) == 1;
  const float* x = in.floats(4, "x", rows.elements);
  const float* residual = in.optionalFloats(5, "residual", rows.elements);
  const float* mean = in.floats(6, "mean", rows.channels);
  const float* variance = in.floats(7, "variance", rows.channels);
  const float* gamma = in.floats(8, "gamma", rows.channels);
  const float* beta = in.floats(9, "beta", rows.channels);
  float* y = in.outFloats(10, "y", rows.elements);
  in.run([=] { batchNormNormalize(rows.shape, {mean, variance, gamma, beta, epsilon}, x, residual, relu, y); });
  return Result::nothing();
}

Result batchNormGradientEntry(Arguments& in) {
  const CheckedRows rows(in);
  const double epsilon = in.number(2, "epsilon");
  const bool relu = in.integer(3, "relu", 0, 1) == 1;
  const float* dy = in.floats(4, "dy", rows.elements);
  const float* x = in.floats(5, "x", rows.elements);
  const float* y = in.optionalFloats(6, "y", rows.elements);
  const float* mean = in.floats(7, "mean", rows.channels);
  const float* variance = in.floats(8, "variance", rows.channels);
  const float* gamma = in.floats(9, "gamma", rows.channels);
  const float* beta = in.floats(10, "beta", rows.channels);
  float* dgamma = in.outFloats(11, "dgamma", rows.channels);
  float* dbeta = in.outFloats(12, "dbeta", rows.channels);
  float* coefficients = in.outFloats(13, "coefficients", 5 * rows.channels);
  in.run([=] {
    const BatchNormCoefficients<float> to(coefficients, rows.channels);
    return batchNormGradient(rows.shape, {mean, variance, gamma, beta, epsilon}, dy, x, y, relu, dgamma, dbeta, to);
  });
  return Result::nothing();
}

Result batchNormInputGradientEntry(Arguments& in) {
  const CheckedRows rows(in);
  const bool relu = in.integer(2, "relu", 0, 1) == 1;
  const float* dy = in.floats(3, "dy", rows.elements);
  const float* x = in.floats(4, "x", rows.elements);
  const float* y = in.optionalFloats(5, "y", rows.elements);
  const float* sum = in.optionalFloats(6, "sum", rows.elements);
  const BatchNormCoefficients<const float> from(in.floats(7, "coefficients", 5 * rows.channels), rows.channels);
  float* dx = in.outFloats(8, "dx", rows.elements);
  float* dresidual = in.optionalOutFloats(9, "dresidual", rows.elements);
  in.require(sum == nullptr || dresidual == nullptr, "sum and dresidual exclude each other");
  in.run([=] { batchNormGradientApply(rows.shape, {dy, x, from.mask(relu, y), from.a, from.b, from.c, sum}, dx, dresidual); });
  return Result::nothing();
}

Result batchNormInferenceGradientEntry(Arguments& in) {
  const CheckedRows rows(in);
  const double epsilon = in.number(2, "epsilon");
  const float* dy = in.floats(3, "dy", rows.elements);
  const float* y = in.optionalFloats(4, "y", rows.elements);
  const float* variance = in.floats(5, "variance", rows.channels);
  const float* gamma = in.floats(6, "gamma", rows.channels);
  float* dx = in.outFloats(7, "dx", rows.elements);
  float* dresidual = in.optionalOutFloats(8, "dresidual", rows.elements);
  in.run([=] { batchNormInferenceGradient(rows.shape, epsilon, dy, y, variance, gamma, dx, dresidual); });
  return Result::nothing();
}

Result batchNormInferenceParameterGradientEntry(Arguments& in) {
  const CheckedRows rows(in);
  const float epsilon = static_cast<float>(in.number(2, "epsilon"));
  const float* dy = in.floats(3, "dy", rows.elements);
  const float* x = in.floats(4, "x", rows.elements);
  const float* y = in.optionalFloats(5, "y", rows.elements);
  const float* mean = in.floats(6, "mean", rows.channels);
  const float* variance = in.floats(7, "variance", rows.channels);
  float* dgamma = in.outFloats(8, "dgamma", rows.channels);
  float* dbeta = in.outFloats(9, "dbeta", rows.channels);
  in.run([=] { return batchNormGradientSums(rows.shape, dy, x, {y, nullptr, nullptr}, mean, variance, epsilon, dgamma, dbeta); });
  return Result::nothing();
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
