// One step of an l-infinity search and the projection onto the ball, in one pass over the images.
#pragma once
#include <cstdint>

namespace st {

/** z' = clip(min(max(z + length sign(g), c - epsilon), c + epsilon), low, high), with sign(0) = sign(NaN) = 0. */
struct LinfStep {
  float length, epsilon, low, high;
};

void linfStep(const LinfStep& step, std::int64_t count, const float* points, const float* gradient, const float* center, float* moved);

struct AttackStepTable {
  void (*linf)(const LinfStep& step, std::int64_t count, const float* points, const float* gradient, const float* center, float* moved);
};

}  // namespace st
