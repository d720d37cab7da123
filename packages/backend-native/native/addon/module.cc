// The Node-API module. Plain C calls to a stable ABI: one binary serves Node 20, 22, 24 and later, in any number of
// worker threads at once, and nothing is needed to build it but Node's own headers.
#include <atomic>
#include <cstdio>

#include "addon/entries.h"
#include "parallel.h"
#include "scratch.h"

namespace st {

void Exports::add(const char* name, napi_callback entry) {
  napi_value function;
  if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, entry, nullptr, &function) == napi_ok) {
    napi_set_named_property(env_, object_, name, function);
  }
}

void throwOutOfMemory(napi_env env, const char* where) {
  char message[160];
  std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory", where);
  napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", message);
}

namespace {

/** Environments (the main thread and workers) that have the module loaded. */
std::atomic<int> g_environments{0};

/** When the last one goes, the module may be unloaded: no thread may be left in its code. */
void leave(void*) {
  if (g_environments.fetch_sub(1) == 1) {
    stopThreads();
    releaseScratch();
  }
}

}  // namespace
}  // namespace st

NAPI_MODULE_INIT() {
  using namespace st;
  g_environments.fetch_add(1);
  napi_add_env_cleanup_hook(env, leave, nullptr);
  Exports all(env, exports);
  addRuntimeEntries(all);
  addMemoryEntries(all);
  addElementwiseEntries(all);
  addReduceEntries(all);
  addMoveEntries(all);
  addPoolEntries(all);
  addBatchNormEntries(all);
  addConvolutionEntries(all);
  addMatmulEntries(all);
  addOptimizerEntries(all);
  addAttackStepEntries(all);
  return exports;
}
