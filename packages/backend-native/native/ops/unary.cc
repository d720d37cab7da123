#include "ops/unary.h"

#include "element-split.h"
#include "isa/isa.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(UnaryTable, unaryTable)

void unary(Unary op, const float* x, float* y, std::int64_t count, float first, float second) {
  const auto apply = ST_FOR_ACTIVE_ISA(unaryTable).apply[static_cast<int>(op)];
  const Split split(count, kElementsPerTask);
  parallelFor(split.tasks(), [&](int task, int) {
    apply(x + split.begin(task), y + split.begin(task), split.size(task), first, second);
  });
}

}  // namespace st
