// The module's exports. Each function adds the entry points of one family.
#pragma once
#include "border/arguments.h"
#include "border/environment.h"

namespace st {

/** Where a host collects the entry points. */
class Exports {
 public:
  virtual void add(const char* name, EntryPoint::Body body) = 0;

 protected:
  ~Exports() = default;
};

/** Adds every entry point except those of memory: each host defines its own. */
void addEntries(Exports& exports);

void addRuntimeEntries(Exports& exports);
void addElementwiseEntries(Exports& exports);
void addReduceEntries(Exports& exports);
void addMoveEntries(Exports& exports);
void addPoolEntries(Exports& exports);
void addBatchNormEntries(Exports& exports);
void addConvolutionEntries(Exports& exports);
void addMatmulEntries(Exports& exports);
void addOptimizerEntries(Exports& exports);
void addAttackStepEntries(Exports& exports);

}  // namespace st
