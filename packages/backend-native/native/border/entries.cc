#include "border/entries.h"

namespace st {

void addEntries(Exports& exports) {
  addRuntimeEntries(exports);
  addElementwiseEntries(exports);
  addReduceEntries(exports);
  addMoveEntries(exports);
  addPoolEntries(exports);
  addBatchNormEntries(exports);
  addConvolutionEntries(exports);
  addMatmulEntries(exports);
  addOptimizerEntries(exports);
  addAttackStepEntries(exports);
}

}  // namespace st
