// Optimizer updates in one pass over a parameter.
#pragma once
#include <cstdint>

namespace st {

/** SGD as in PyTorch: g = gradient + weightDecay p; v' = momentum v + g; p' = p - learningRate (nesterov ? g + momentum v' : v'). */
struct SgdStep {
  float learningRate, momentum, weightDecay;
  bool nesterov;
};

void sgdUpdate(const SgdStep& step, std::int64_t count, const float* parameter, const float* velocity, const float* gradient,
               float* newParameter, float* newVelocity);

struct OptimizerTable {
  void (*sgd)(const SgdStep& step, std::int64_t count, const float* parameter, const float* velocity, const float* gradient,
              float* newParameter, float* newVelocity);
};

}  // namespace st
