#include "ops/optimizer.h"

#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

void sgd(const SgdStep& step, std::int64_t count, const float* parameter, const float* velocity, const float* gradient,
         float* newParameter, float* newVelocity) {
  const Vec rate = splat(-step.learningRate), momentum = splat(step.momentum), decay = splat(step.weightDecay);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const int n = static_cast<int>(count - i < kLanes ? count - i : kLanes);
    const Vec p = loadFirst(parameter + i, n);
    const Vec g = fma(p, decay, loadFirst(gradient + i, n));
    const Vec v = fma(loadFirst(velocity + i, n), momentum, g);
    storeFirst(newVelocity + i, v, n);
    storeFirst(newParameter + i, fma(step.nesterov ? fma(v, momentum, g) : v, rate, p), n);
  }
}

const OptimizerTable kTable = {sgd};

}  // namespace

const OptimizerTable& optimizerTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
