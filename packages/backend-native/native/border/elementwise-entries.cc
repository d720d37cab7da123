// Entry points of element-wise functions; src/addon.ts has their arguments.
#include <cstdint>

#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/binary.h"
#include "ops/unary.h"

namespace st {
namespace {

Result unaryEntry(Arguments& in) {
  const auto op = in.integer(0, "op", 0, static_cast<int>(Unary::Count) - 1);
  const auto count = in.integer(1, "count", 0, kMostElements);
  const float first = static_cast<float>(in.number(2, "first")), second = static_cast<float>(in.number(3, "second"));
  const float* x = in.floats(4, "x", count);
  float* y = in.outFloats(5, "y", count);
  in.run([=] { unary(static_cast<Unary>(op), x, y, count, first, second); });
  return Result::nothing();
}

/** layout: rank, then dims, strides of a, strides of b. */
struct CheckedBroadcast {
  Broadcast layout{};
  std::int64_t elements = 1, extentA = 1, extentB = 1;

  explicit CheckedBroadcast(Arguments& in) {
    std::int64_t length = 0;
    const std::int32_t* given = in.shape(1, "layout", -1, &length);
    in.require(in.valid() && length >= 4 && given[0] >= 1 && given[0] <= kMaxRank && length == 1 + 3 * given[0],
               "layout must hold the rank (1 to 8), then dims, strides of a and strides of b");
    if (!in.valid()) return;
    layout.rank = given[0];
    for (int d = 0; d < layout.rank; d++) {
      layout.dims[d] = given[1 + d];
      layout.strideA[d] = given[1 + layout.rank + d];
      layout.strideB[d] = given[1 + 2 * layout.rank + d];
      in.require(layout.dims[d] >= 0 && layout.strideA[d] >= 0 && layout.strideB[d] >= 0, "layout must not be negative");
      in.require(layout.dims[d] <= 0 || elements <= kMostElements / layout.dims[d], "layout has too many elements");
      if (!in.valid()) return;
      elements *= layout.dims[d];
      // With no elements the extents are not needed, and could overflow.
      if (elements == 0) continue;
      extentA += (layout.dims[d] - 1) * layout.strideA[d];
      extentB += (layout.dims[d] - 1) * layout.strideB[d];
    }
    const int last = layout.rank - 1;
    in.require(layout.strideA[last] <= 1 && layout.strideB[last] <= 1, "the innermost strides must be 0 or 1");
    in.require(layout.strideA[last] + layout.strideB[last] > 0 || elements <= 1,
               "one operand must run along the innermost axis");
    if (elements == 0) extentA = extentB = 0;
  }
};

Result binaryEntry(Arguments& in) {
  const auto op = in.integer(0, "op", 0, static_cast<int>(Binary::Count) - 1);
  const CheckedBroadcast checked(in);
  const float* a = in.floats(2, "a", checked.extentA);
  const float* b = in.floats(3, "b", checked.extentB);
  float* y = in.outFloats(4, "y", checked.elements);
  in.run([=] { binary(static_cast<Binary>(op), checked.layout, a, b, y); });
  return Result::nothing();
}

Result compareEntry(Arguments& in) {
  const auto op = in.integer(0, "op", 0, static_cast<int>(Comparison::Count) - 1);
  const CheckedBroadcast checked(in);
  const float* a = in.floats(2, "a", checked.extentA);
  const float* b = in.floats(3, "b", checked.extentB);
  std::uint8_t* y = in.outBytes(4, "y", checked.elements);
  in.run([=] { compare(static_cast<Comparison>(op), checked.layout, a, b, y); });
  return Result::nothing();
}

Result logicalEntry(Arguments& in) {
  const auto op = in.integer(0, "op", 0, static_cast<int>(Logical::Count) - 1);
  const CheckedBroadcast checked(in);
  const std::uint8_t* a = in.bytes(2, "a", checked.extentA);
  const std::uint8_t* b = in.bytes(3, "b", checked.extentB);
  std::uint8_t* y = in.outBytes(4, "y", checked.elements);
  in.run([=] { logical(static_cast<Logical>(op), checked.layout, a, b, y); });
  return Result::nothing();
}

}  // namespace

void addElementwiseEntries(Exports& exports) {
  exports.add("unary", unaryEntry);
  exports.add("binary", binaryEntry);
  exports.add("compare", compareEntry);
  exports.add("logical", logicalEntry);
}

}  // namespace st
