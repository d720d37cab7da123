// The module's exports. Each function adds the entry points of one family.
#pragma once
#include <node_api.h>

#include "border/arguments.h"
#include "border/environment.h"

namespace st {

/** Adds functions to the module's exports; a failure leaves a pending JavaScript exception. */
class Exports {
 public:
  Exports(napi_env env, napi_value object, Environment* environment) : env_(env), object_(object), environment_(environment) {}
  void add(const char* name, EntryPoint::Body body);

 private:
  napi_env env_;
  napi_value object_;
  Environment* environment_;
};

void addRuntimeEntries(Exports& exports);
void addMemoryEntries(Exports& exports);
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
