#include "ops/binary.h"

#include "ops/vector-math.h"

namespace st {
namespace ST_ISA {
namespace {

struct Add { ST_INLINE Vec of(Vec a, Vec b) { return a + b; } };
struct Sub { ST_INLINE Vec of(Vec a, Vec b) { return a - b; } };
struct Multiply { ST_INLINE Vec of(Vec a, Vec b) { return a * b; } };
struct RealDiv { ST_INLINE Vec of(Vec a, Vec b) { return a / b; } };
struct Maximum { ST_INLINE Vec of(Vec a, Vec b) { return maximum(a, b); } };
struct Minimum { ST_INLINE Vec of(Vec a, Vec b) { return minimum(a, b); } };
struct SquaredDifference { ST_INLINE Vec of(Vec a, Vec b) { return (a - b) * (a - b); } };
/** a = dy, b = elu(x). */
struct EluGrad { ST_INLINE Vec of(Vec a, Vec b) { return select(b >= zero(), a, a * (b + splat(1.0f))); } };
/** a = x, b = slope below 0. */
struct Prelu { ST_INLINE Vec of(Vec a, Vec b) { return select(a < zero(), a * b, a); } };

struct Equal { template <class T> ST_INLINE bool of(T a, T b) { return a == b; } };
struct NotEqual { template <class T> ST_INLINE bool of(T a, T b) { return a != b; } };
struct Greater { template <class T> ST_INLINE bool of(T a, T b) { return a > b; } };
struct GreaterEqual { template <class T> ST_INLINE bool of(T a, T b) { return a >= b; } };
struct Less { template <class T> ST_INLINE bool of(T a, T b) { return a < b; } };
struct LessEqual { template <class T> ST_INLINE bool of(T a, T b) { return a <= b; } };
struct And { template <class T> ST_INLINE bool of(T a, T b) { return (a != 0) & (b != 0); } };
struct Or { template <class T> ST_INLINE bool of(T a, T b) { return (a != 0) | (b != 0); } };
struct Xor { template <class T> ST_INLINE bool of(T a, T b) { return (a != 0) != (b != 0); } };

/** `kA`, `kB`: true if the operand is an array; otherwise its first element is used for the whole row. */
template <class Op, bool kA, bool kB>
void vectorRow(const float* a, const float* b, float* y, std::int64_t count) {
  const Vec oneA = splat(kA ? 0.0f : *a), oneB = splat(kB ? 0.0f : *b);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, Op::of(kA ? load(a + i) : oneA, kB ? load(b + i) : oneB));
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    storeFirst(y + i, Op::of(kA ? loadFirst(a + i, rest) : oneA, kB ? loadFirst(b + i, rest) : oneB), rest);
  }
}

template <class Op, class In, bool kA, bool kB>
void byteRow(const In* __restrict a, const In* __restrict b, std::uint8_t* __restrict y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) y[i] = Op::of(a[kA ? i : 0], b[kB ? i : 0]) ? 1 : 0;
}

template <class Op>
constexpr RowFunctions<float, float> vectorRows() {
  return {vectorRow<Op, true, true>, vectorRow<Op, true, false>, vectorRow<Op, false, true>};
}

template <class Op, class In>
constexpr RowFunctions<In, std::uint8_t> byteRows() {
  return {byteRow<Op, In, true, true>, byteRow<Op, In, true, false>, byteRow<Op, In, false, true>};
}

const BinaryTable kTable = {
    {vectorRows<Add>(), vectorRows<Sub>(), vectorRows<Multiply>(), vectorRows<RealDiv>(), vectorRows<Maximum>(),
     vectorRows<Minimum>(), vectorRows<SquaredDifference>(), vectorRows<EluGrad>(), vectorRows<Prelu>()},
    {byteRows<Equal, float>(), byteRows<NotEqual, float>(), byteRows<Greater, float>(), byteRows<GreaterEqual, float>(),
     byteRows<Less, float>(), byteRows<LessEqual, float>()},
    {byteRows<And, std::uint8_t>(), byteRows<Or, std::uint8_t>(), byteRows<Xor, std::uint8_t>()},
};

}  // namespace

const BinaryTable& binaryTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
