#include "ops/attack-step.h"

#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** The operations in sequence, none of them fused: the same bits as the separate ops. */
void linf(const LinfStep& step, std::int64_t count, const float* points, const float* gradient, const float* center, float* moved) {
  const Vec up = splat(step.length), down = splat(-step.length), epsilon = splat(step.epsilon);
  const Vec low = splat(step.low), high = splat(step.high);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const int n = static_cast<int>(count - i < kLanes ? count - i : kLanes);
    const Vec g = loadFirst(gradient + i, n), c = loadFirst(center + i, n);
    const Vec z = loadFirst(points + i, n) + select(g > zero(), up, select(g < zero(), down, zero()));
    const Vec inBall = minimum(maximum(z, c - epsilon), c + epsilon);
    storeFirst(moved + i, select(inBall > high, high, select(inBall < low, low, inBall)), n);
  }
}

const AttackStepTable kTable = {linf};

}  // namespace

const AttackStepTable& attackStepTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
