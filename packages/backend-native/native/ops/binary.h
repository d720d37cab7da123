// Element-wise functions of two arrays with broadcasting.
#pragma once
#include <cstdint>

namespace st {

constexpr int kMaxRank = 8;

/** Two operands over one output shape: strides in elements, 0 along an axis that is broadcast. */
struct Broadcast {
  int rank;  // at least 1
  std::int64_t dims[kMaxRank];
  std::int64_t strideA[kMaxRank], strideB[kMaxRank];
};

/** In the order of the constants in src/addon.ts. */
enum class Binary { Add, Sub, Multiply, RealDiv, Maximum, Minimum, SquaredDifference, EluGrad, Prelu, Count };
enum class Comparison { Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual, Count };
enum class Logical { And, Or, Xor, Count };

/** y = op(a, b), float32, dense in the output's shape. The innermost strides must be 0 or 1. */
void binary(Binary op, const Broadcast& layout, const float* a, const float* b, float* y);

/** The same; the result is 0 or 1 in a byte. */
void compare(Comparison op, const Broadcast& layout, const float* a, const float* b, std::uint8_t* y);
void logical(Logical op, const Broadcast& layout, const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y);

/** An operation on one row: both operands are arrays, or one of them is a single value. */
template <class In, class Out>
struct RowFunctions {
  void (*arrays)(const In* a, const In* b, Out* y, std::int64_t count);
  void (*arrayAndValue)(const In* a, const In* b, Out* y, std::int64_t count);
  void (*valueAndArray)(const In* a, const In* b, Out* y, std::int64_t count);
};

struct BinaryTable {
  RowFunctions<float, float> binary[static_cast<int>(Binary::Count)];
  RowFunctions<float, std::uint8_t> compare[static_cast<int>(Comparison::Count)];
  RowFunctions<std::uint8_t, std::uint8_t> logical[static_cast<int>(Logical::Count)];
};

}  // namespace st
