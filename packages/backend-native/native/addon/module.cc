// The Node-API module: plain C calls to a stable ABI. One binary serves Node 20, 22, 24 and later, in any number of worker threads, and
// needs only Node's headers to build.
#include <atomic>

#include "border/entries.h"
#include "border/environment.h"
#include "memory/shortage.h"
#include "parallel.h"
#include "scratch.h"

namespace st {

void Exports::add(const char* name, EntryPoint::Body body) {
  napi_value function;
  if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, Arguments::call, environment_->keep(name, body), &function) == napi_ok) {
    napi_set_named_property(env_, object_, name, function);
  }
}

namespace {

/** Number of environments (main thread and workers) that have loaded the module. */
std::atomic<int> g_environments{0};

/** Shuts an environment down after its kernels have run. After the last one the module may be unloaded, so all threads are joined. */
void leave(void* left) {
  auto* environment = static_cast<Environment*>(left);
  environment->leave();
  delete environment;
  if (g_environments.fetch_sub(1) == 1) {
    stopThreads();
    releaseScratch();
  }
}

napi_value initialize(napi_env env, napi_value exports) {
  auto* environment = new Environment(env);
  g_environments.fetch_add(1);
  napi_set_instance_data(env, environment, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, leave, environment);
  Exports all(env, exports, environment);
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

}  // namespace
}  // namespace st

NAPI_MODULE_INIT() {
  try {
    return st::initialize(env, exports);
  } catch (...) {
    st::throwOutOfMemory(env, "initialize", st::takeShortage());
    return nullptr;
  }
}
