// matmul(relu, shape, a, b, bias, c). shape: batch, rows, columns, inner, batch strides of a and b, transposeA, transposeB.
#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "matmul/matmul.h"

namespace st {
namespace {

/** Largest side of a matrix: its sum with a vector's length fits an int. */
constexpr std::int32_t kMostMatrixSide = 1 << 30;

Result matmulEntry(Arguments& in) {
  const bool relu = in.integer(0, "relu", 0, 1) == 1;
  const std::int32_t* s = in.shape(1, "shape", 8);
  if (!in.valid()) return Result::nothing();
  for (int i = 0; i < 3; i++) in.require(s[i] >= 1, "batch, rows and columns must be at least 1");
  for (int i = 3; i < 8; i++) in.require(s[i] >= 0, "sizes and strides must not be negative");
  for (int i = 1; i < 4; i++) in.require(s[i] <= kMostMatrixSide, "rows, columns and inner must be at most 2^30");
  if (!in.valid()) return Result::nothing();
  const MatmulShape shape{s[0], s[1], s[2], s[3], s[4], s[5], s[6] != 0, s[7] != 0};
  const auto matrix = [&](std::int64_t rows, std::int64_t columns, std::int64_t stride) {
    return rows * columns == 0 ? 0 : rows * columns + (shape.batch - 1) * stride;
  };
  const std::int64_t result = std::int64_t{shape.rows} * shape.columns;
  in.require(result <= kMostElements / shape.batch, "the product has too many elements");
  const float* a = in.floats(2, "a", matrix(shape.rows, shape.inner, shape.batchStrideA));
  const float* b = in.floats(3, "b", matrix(shape.inner, shape.columns, shape.batchStrideB));
  const float* bias = in.optionalFloats(4, "bias", shape.columns);
  float* c = in.outFloats(5, "c", in.valid() ? shape.batch * result : 0);
  in.run([=] { return matmul(shape, a, b, c, PostOps::biasAndRelu(bias, relu)); });
  return Result::nothing();
}

}  // namespace

void addMatmulEntries(Exports& exports) { exports.add("matmul", matmulEntry); }

}  // namespace st
