#include "ops/pool.h"

#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

void average(const float* const* pixels, int count, int channels, float* y) {
  const Vec size = splat(static_cast<float>(count));
  for (int c = 0; c < channels; c += kLanes) {
    const int n = channels - c < kLanes ? channels - c : kLanes;
    Vec sum = zero();
    for (int p = 0; p < count; p++) sum += n == kLanes ? load(pixels[p] + c) : loadFirst(pixels[p] + c, n);
    storeFirst(y + c, sum / size, n);
  }
}

void maximumOf(const float* const* pixels, int count, int channels, float* y) {
  for (int c = 0; c < channels; c += kLanes) {
    const int n = channels - c < kLanes ? channels - c : kLanes;
    Vec best = splat(-__builtin_inff());
    for (int p = 0; p < count; p++) {
      const Vec v = n == kLanes ? load(pixels[p] + c) : loadFirst(pixels[p] + c, n);
      best = select(v > best, v, best);
    }
    storeFirst(y + c, best, n);
  }
}

void addScaled(const float* from, float factor, int channels, float* to) {
  const Vec f = splat(factor);
  for (int c = 0; c < channels; c += kLanes) {
    const int n = channels - c < kLanes ? channels - c : kLanes;
    storeFirst(to + c, fma(loadFirst(from + c, n), f, loadFirst(to + c, n)), n);
  }
}

const PoolTable kTable = {average, maximumOf, addScaled};

}  // namespace

const PoolTable& poolTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
