// Entry points of reductions; src/addon.ts has their arguments.
#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/reduce.h"

namespace st {
namespace {

Result reduceEntry(Arguments& in) {
  const auto op = in.integer(0, "op", 0, static_cast<int>(Reduction::Count) - 1);
  const ReduceShape shape{in.integer(1, "outer", 0, INT32_MAX), in.integer(2, "length", 0, INT32_MAX),
                          in.integer(3, "inner", 0, INT32_MAX)};
  const float scale = static_cast<float>(in.number(4, "scale"));
  in.require(shape.outer * shape.inner <= kMostElements &&
                 (shape.length == 0 || shape.outer * shape.inner <= kMostElements / shape.length),
             "the shape has too many elements");
  const float* x = in.floats(5, "x", in.valid() ? shape.outer * shape.length * shape.inner : 0);
  float* y = in.outFloats(6, "y", in.valid() ? shape.outer * shape.inner : 0);
  in.run([=] { return reduce(static_cast<Reduction>(op), shape, scale, x, y); });
  return Result::nothing();
}

Result argExtremeEntry(Arguments& in) {
  const bool largest = in.integer(0, "largest", 0, 1) == 1;
  const auto rows = in.integer(1, "rows", 0, INT32_MAX), length = in.integer(2, "length", 1, INT32_MAX);
  const float* x = in.floats(3, "x", rows * length);
  std::int32_t* y = in.outInts(4, "y", rows);
  in.run([=] { argExtreme(largest, rows, length, x, y); });
  return Result::nothing();
}

Result softmaxEntry(Arguments& in) {
  const bool logarithmic = in.integer(0, "logarithmic", 0, 1) == 1;
  const auto rows = in.integer(1, "rows", 0, INT32_MAX), length = in.integer(2, "length", 0, INT32_MAX);
  const float* x = in.floats(3, "x", rows * length);
  float* y = in.outFloats(4, "y", rows * length);
  in.run([=] { softmax(logarithmic, rows, length, x, y); });
  return Result::nothing();
}

}  // namespace

void addReduceEntries(Exports& exports) {
  exports.add("reduce", reduceEntry);
  exports.add("argExtreme", argExtremeEntry);
  exports.add("softmax", softmaxEntry);
}

}  // namespace st
