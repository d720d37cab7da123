// Entry points of pooling; src/addon.ts has their arguments. A shape is 14 integers in the order of PoolShape.
#include <initializer_list>

#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/pool.h"

namespace st {
namespace {

/** Largest single size: sums and products of two sizes fit 64 bits, one size fits an int. */
constexpr std::int32_t kMostSide = 1 << 28;

struct CheckedPool {
  PoolShape shape{};
  std::int64_t inElements = 0, outElements = 0;

  CheckedPool(Arguments& in, int index) {
    const std::int32_t* s = in.shape(index, "shape", 14);
    if (!in.valid()) return;
    for (int i = 0; i < 12; i++) in.require(s[i] >= 1 && s[i] <= kMostSide, "sizes must be in [1, 2^28]");
    for (int i = 12; i < 14; i++) in.require(s[i] >= 0 && s[i] <= kMostSide, "pads must be in [0, 2^28]");
    if (!in.valid()) return;
    in.require(static_cast<std::int64_t>(s[6]) * s[7] <= kMostSide, "the window is too large");
    in.require(static_cast<std::int64_t>(s[0]) * s[4] <= INT32_MAX, "the output has too many rows");
    shape = {s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13]};
    inElements = elements(in, shape.inHeight, shape.inWidth);
    outElements = elements(in, shape.outHeight, shape.outWidth);
  }

 private:
  std::int64_t elements(Arguments& in, int height, int width) {
    std::int64_t total = shape.batch;
    for (const int size : {height, width, shape.channels}) {
      in.require(total <= kMostElements / size, "the shape has too many elements");
      if (!in.valid()) return 0;
      total *= size;
    }
    return total;
  }
};

Result poolEntry(Arguments& in) {
  const bool maximum = in.integer(0, "maximum", 0, 1) == 1;
  const CheckedPool checked(in, 1);
  const float* x = in.floats(2, "x", checked.inElements);
  float* y = in.outFloats(3, "y", checked.outElements);
  in.run([=] { pool(maximum, checked.shape, x, y); });
  return Result::nothing();
}

Result averagePoolGradientEntry(Arguments& in) {
  const CheckedPool checked(in, 0);
  const float* dy = in.floats(1, "dy", checked.outElements);
  float* dx = in.outFloats(2, "dx", checked.inElements);
  in.run([=] { averagePoolGradient(checked.shape, dy, dx); });
  return Result::nothing();
}

Result maximumPoolGradientEntry(Arguments& in) {
  const CheckedPool checked(in, 0);
  const float* dy = in.floats(1, "dy", checked.outElements);
  const float* x = in.floats(2, "x", checked.inElements);
  float* dx = in.outFloats(3, "dx", checked.inElements);
  in.run([=] { maximumPoolGradient(checked.shape, dy, x, dx); });
  return Result::nothing();
}

}  // namespace

void addPoolEntries(Exports& exports) {
  exports.add("pool", poolEntry);
  exports.add("averagePoolGradient", averagePoolGradientEntry);
  exports.add("maximumPoolGradient", maximumPoolGradientEntry);
}

}  // namespace st
