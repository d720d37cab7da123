// Entry points that move elements or convert them; src/addon.ts has their arguments.
#include <cstdint>
#include <cstring>
#include <memory>

#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "integer-math.h"
#include "memory/vector.h"
#include "ops/move.h"

namespace st {
namespace {

int elementSizeOf(Arguments& in, int index) {
  const auto size = in.integer(index, "elementSize", 1, 8);
  in.require(size == 1 || size == 4 || size == 8, "elementSize must be 1, 4 or 8");
  return static_cast<int>(size);
}

/** layout: rank, from, to, then dims, strides of from, strides of to. */
Result stridedCopyEntry(Arguments& in) {
  std::int64_t length = 0;
  const std::int32_t* given = in.shape(0, "layout", -1, &length);
  in.require(in.valid() && length >= 6 && given[0] >= 1 && given[0] <= kMaxRank && length == 3 + 3 * given[0],
             "layout must hold the rank (1 to 8), both starts, then dims and both strides");
  if (!in.valid()) return Result::nothing();
  StridedCopy layout{};
  layout.rank = given[0];
  layout.from = given[1];
  layout.to = given[2];
  // The first and last element that the copy touches in each array.
  std::int64_t lowFrom = layout.from, highFrom = layout.from, lowTo = layout.to, highTo = layout.to, elements = 1;
  for (int d = 0; d < layout.rank; d++) {
    if (given[3 + d] == 0) return Result::nothing();
  }
  for (int d = 0; d < layout.rank; d++) {
    layout.dims[d] = given[3 + d];
    layout.fromStride[d] = given[3 + layout.rank + d];
    layout.toStride[d] = given[3 + 2 * layout.rank + d];
    in.require(layout.dims[d] > 0, "dims must not be negative");
    in.require(layout.toStride[d] > 0 || layout.dims[d] == 1, "strides of the target must be positive");
    in.require(layout.dims[d] <= 0 || elements <= kMostElements / layout.dims[d], "the copy has too many elements");
    if (!in.valid()) return Result::nothing();
    elements *= layout.dims[d];
    const std::int64_t reachFrom = (layout.dims[d] - 1) * layout.fromStride[d];
    (reachFrom < 0 ? lowFrom : highFrom) += reachFrom;
    highTo += (layout.dims[d] - 1) * layout.toStride[d];
  }
  const int elementSize = elementSizeOf(in, 1);
  in.require(lowFrom >= 0 && lowTo >= 0, "the copy begins before its array");
  const std::uint8_t* from = in.anyElements(2, "from", highFrom + 1, elementSize);
  std::uint8_t* to = in.outElements(3, "to", highTo + 1, elementSize);
  in.run([=] { stridedCopy(layout, elementSize, from, to); });
  return Result::nothing();
}

Result fillEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const int elementSize = elementSizeOf(in, 1);
  in.require(elementSize != 8, "elementSize must be 1 or 4");
  const std::uint8_t* value = in.elementNow(2, "value", elementSize);
  std::uint8_t* to = in.outElements(3, "to", count, elementSize);
  if (!in.valid()) return Result::nothing();
  std::uint32_t element = 0;
  std::memcpy(&element, value, static_cast<std::size_t>(elementSize));
  in.run([=] { fill(count, elementSize, reinterpret_cast<const std::uint8_t*>(&element), to); });
  return Result::nothing();
}

Result gatherEntry(Arguments& in) {
  const auto outer = in.integer(0, "outer", 0, INT32_MAX), length = in.integer(1, "length", 0, INT32_MAX);
  const auto inner = in.integer(2, "inner", 0, INT32_MAX);
  const int elementSize = elementSizeOf(in, 3);
  std::int64_t count = 0;
  const std::int32_t* indices = in.intsNow(4, "indices", &count);
  in.require(outer * inner <= kMostElements && (length == 0 || outer * inner <= kMostElements / length) &&
                 (count == 0 || outer * inner <= kMostElements / count),
             "the shape has too many elements");
  if (!in.valid()) return Result::nothing();
  const std::uint8_t* x = in.anyElements(5, "x", outer * length * inner, elementSize);
  std::uint8_t* y = in.outElements(6, "y", outer * count * inner, elementSize);
  if (!in.valid()) return Result::nothing();
  // A copy: the kernel uses the same indices that are checked here, even if it runs later.
  const auto places = std::make_shared<const Vector<std::int32_t>>(indices, indices + count);
  for (std::int64_t i = 0; in.valid() && i < count; i++) {
    const std::int32_t place = (*places)[static_cast<std::size_t>(i)];
    in.require(place >= 0 && place < length, "an index lies outside the axis");
  }
  in.run([=] { gather(outer, length, inner, count, places->data(), elementSize, x, y); });
  return Result::nothing();
}

Result selectEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements), repeat = in.integer(1, "repeat", 1, kMostElements);
  if (!in.valid()) return Result::nothing();
  const std::uint8_t* condition = in.bytes(2, "condition", ceilDiv(count, repeat));
  const float* a = in.floats(3, "a", count);
  const float* b = in.floats(4, "b", count);
  float* y = in.outFloats(5, "y", count);
  in.run([=] { selectElements(count, repeat, condition, a, b, y); });
  return Result::nothing();
}

Result intsToFloatsEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const std::int32_t* x = in.ints(1, "x", count);
  float* y = in.outFloats(2, "y", count);
  in.run([=] { intsToFloats(count, x, y); });
  return Result::nothing();
}

Result bytesToFloatsEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const std::uint8_t* x = in.bytes(1, "x", count);
  float* y = in.outFloats(2, "y", count);
  in.run([=] { bytesToFloats(count, x, y); });
  return Result::nothing();
}

Result floatsToIntsEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const float* x = in.floats(1, "x", count);
  std::int32_t* y = in.outInts(2, "y", count);
  in.run([=] { floatsToInts(count, x, y); });
  return Result::nothing();
}

Result floatsToBytesEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const float* x = in.floats(1, "x", count);
  std::uint8_t* y = in.outBytes(2, "y", count);
  in.run([=] { floatsToBytes(count, x, y); });
  return Result::nothing();
}

}  // namespace

void addMoveEntries(Exports& exports) {
  exports.add("stridedCopy", stridedCopyEntry);
  exports.add("fill", fillEntry);
  exports.add("gather", gatherEntry);
  exports.add("select", selectEntry);
  exports.add("intsToFloats", intsToFloatsEntry);
  exports.add("bytesToFloats", bytesToFloatsEntry);
  exports.add("floatsToInts", floatsToIntsEntry);
  exports.add("floatsToBytes", floatsToBytesEntry);
}

}  // namespace st
