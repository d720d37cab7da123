#include "ops/attack-step.h"

#include "element-split.h"
#include "isa/isa.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(AttackStepTable, attackStepTable)

void linfStep(const LinfStep& step, std::int64_t count, const float* points, const float* gradient, const float* center, float* moved) {
  const auto linf = ST_FOR_ACTIVE_ISA(attackStepTable).linf;
  const Split split(count, kElementsPerTask);
  parallelFor(split.tasks(), [&](int task, int) {
    const std::int64_t at = split.begin(task);
    linf(step, split.size(task), points + at, gradient + at, center + at, moved + at);
  });
}

}  // namespace st
