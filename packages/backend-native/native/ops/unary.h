// Element-wise functions of one float32 array.
#pragma once
#include <cstdint>

namespace st {

/** In the order of the constants in src/addon.ts. */
enum class Unary {
  Abs, Neg, Square, Sqrt, Rsqrt, Reciprocal, Exp, Expm1, Log, Log1p, Sigmoid, Tanh, Softplus,
  Relu, Relu6, LeakyRelu,  // LeakyRelu: first parameter = slope below 0
  Elu, Sign, Step,         // Step: first parameter = value at and below 0
  Floor, Ceil, Round,
  Clip,    // first parameter = lower bound, second = upper bound
  Affine,  // x first + second
  Count
};

/** y[i] = op(x[i]) for i in [0, count); `y` may be `x`. */
void unary(Unary op, const float* x, float* y, std::int64_t count, float first, float second);

/** Functions for one instruction set; each processes a range on the calling thread. */
struct UnaryTable {
  void (*apply[static_cast<int>(Unary::Count)])(const float* x, float* y, std::int64_t count, float first, float second);
};

}  // namespace st
