#include "ops/unary.h"

#include "ops/vector-math.h"

namespace st {
namespace ST_ISA {
namespace {

struct Abs { ST_INLINE Vec of(Vec x, Vec, Vec) { return absolute(x); } };
struct Neg { ST_INLINE Vec of(Vec x, Vec, Vec) { return -x; } };
struct Square { ST_INLINE Vec of(Vec x, Vec, Vec) { return x * x; } };
struct Sqrt { ST_INLINE Vec of(Vec x, Vec, Vec) { return squareRoot(x); } };
struct Rsqrt { ST_INLINE Vec of(Vec x, Vec, Vec) { return splat(1.0f) / squareRoot(x); } };
struct Reciprocal { ST_INLINE Vec of(Vec x, Vec, Vec) { return splat(1.0f) / x; } };
struct Exp { ST_INLINE Vec of(Vec x, Vec, Vec) { return exponential(x); } };
struct Expm1 { ST_INLINE Vec of(Vec x, Vec, Vec) { return exponentialMinusOne(x); } };
struct Log { ST_INLINE Vec of(Vec x, Vec, Vec) { return logarithm(x); } };
struct Log1p { ST_INLINE Vec of(Vec x, Vec, Vec) { return logarithmOfOnePlus(x); } };
struct Sigmoid { ST_INLINE Vec of(Vec x, Vec, Vec) { return logistic(x); } };
struct Tanh { ST_INLINE Vec of(Vec x, Vec, Vec) { return hyperbolicTangent(x); } };
struct Softplus { ST_INLINE Vec of(Vec x, Vec, Vec) { return softPlus(x); } };
struct Relu { ST_INLINE Vec of(Vec x, Vec, Vec) { return maximum(x, zero()); } };
struct Relu6 { ST_INLINE Vec of(Vec x, Vec, Vec) { return minimum(maximum(x, zero()), splat(6.0f)); } };
struct LeakyRelu { ST_INLINE Vec of(Vec x, Vec slope, Vec) { return select(x < zero(), x * slope, x); } };
struct Elu { ST_INLINE Vec of(Vec x, Vec, Vec) { return select(x >= zero(), x, exponentialMinusOne(x)); } };
struct Sign {
  ST_INLINE Vec of(Vec x, Vec, Vec) {
    return select(x > zero(), splat(1.0f), select(x < zero(), splat(-1.0f), zero()));
  }
};
struct Step {
  ST_INLINE Vec of(Vec x, Vec below, Vec) { return select(x == x, select(x > zero(), splat(1.0f), below), x); }
};
struct Floor { ST_INLINE Vec of(Vec x, Vec, Vec) { return floorOf(x); } };
struct Ceil { ST_INLINE Vec of(Vec x, Vec, Vec) { return ceilOf(x); } };
struct Round { ST_INLINE Vec of(Vec x, Vec, Vec) { return roundToEven(x); } };
struct Clip {
  ST_INLINE Vec of(Vec x, Vec low, Vec high) { return select(x > high, high, select(x < low, low, x)); }
};
struct Affine { ST_INLINE Vec of(Vec x, Vec scale, Vec shift) { return fma(x, scale, shift); } };

template <class Op>
void apply(const float* x, float* y, std::int64_t count, float first, float second) {
  const Vec a = splat(first), b = splat(second);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, Op::of(load(x + i), a, b));
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    storeFirst(y + i, Op::of(loadFirst(x + i, rest), a, b), rest);
  }
}

const UnaryTable kTable = {{
    apply<Abs>, apply<Neg>, apply<Square>, apply<Sqrt>, apply<Rsqrt>, apply<Reciprocal>, apply<Exp>, apply<Expm1>,
    apply<Log>, apply<Log1p>, apply<Sigmoid>, apply<Tanh>, apply<Softplus>, apply<Relu>, apply<Relu6>, apply<LeakyRelu>,
    apply<Elu>, apply<Sign>, apply<Step>, apply<Floor>, apply<Ceil>, apply<Round>, apply<Clip>, apply<Affine>,
}};

}  // namespace

const UnaryTable& unaryTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
