#include "ops/optimizer.h"

#include "element-split.h"
#include "isa/isa.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(OptimizerTable, optimizerTable)

void sgdUpdate(const SgdStep& step, std::int64_t count, const float* parameter, const float* velocity, const float* gradient,
               float* newParameter, float* newVelocity) {
  const auto sgd = ST_FOR_ACTIVE_ISA(optimizerTable).sgd;
  const Split split(count, kElementsPerTask);
  parallelFor(split.tasks(), [&](int task, int) {
    const std::int64_t at = split.begin(task);
    sgd(step, split.size(task), parameter + at, velocity + at, gradient + at, newParameter + at, newVelocity + at);
  });
}

}  // namespace st
