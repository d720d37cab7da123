#include "matmul/transpose.h"

#include <algorithm>
#include <cstdint>

#include "integer-math.h"
#include "parallel.h"

namespace st {
namespace {

/** Side of a square block: 32 rows of 32 floats are full cache lines in both arrays and fit the L1 cache. */
constexpr int kSide = 32;

}  // namespace

void transpose(const float* in, int rows, int columns, float* out) {
  const int bands = ceilDiv(rows, kSide);
  parallelFor(bands, [=](int band, int) {
    const int top = band * kSide, bottom = std::min(rows, top + kSide);
    for (int left = 0; left < columns; left += kSide)
      for (int j = left; j < std::min(columns, left + kSide); j++)
        for (int i = top; i < bottom; i++)
          out[static_cast<std::uint64_t>(j) * rows + i] = in[static_cast<std::uint64_t>(i) * columns + j];
  });
}

}  // namespace st
