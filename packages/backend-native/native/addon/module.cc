// The Node-API module: plain C calls to a stable ABI. One binary serves Node 20, 22, 24 and later, in any number of worker threads, and
// needs only Node's headers to build.
#include <atomic>

#include "addon/node-host.h"
#include "memory/shortage.h"
#include "parallel.h"
#include "scratch.h"

namespace st {

namespace {

/** Adds functions to the module's exports; a failure leaves a pending JavaScript exception. */
class NodeExports final : public Exports {
 public:
  NodeExports(napi_env env, napi_value object, Environment* environment) : env_(env), object_(object), environment_(environment) {}

  void add(const char* name, EntryPoint::Body body) override {
    napi_value function;
    if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, callFromNode, environment_->keep(name, body), &function) == napi_ok) {
      napi_set_named_property(env_, object_, name, function);
    }
  }

 private:
  napi_env env_;
  napi_value object_;
  Environment* environment_;
};

/** Number of environments (main thread and workers) that have loaded the module. */
std::atomic<int> g_environments{0};

/** Shuts an environment down after its kernels have run. After the last one the module may be unloaded, so all threads are joined. */
void leave(void* left) {
  auto* environment = static_cast<Environment*>(left);
  // Finalizers of buffers must not find it any more.
  napi_set_instance_data(envOf(environment->context()), nullptr, nullptr, nullptr);
  delete environment;
  if (g_environments.fetch_sub(1) == 1) {
    stopThreads();
    releaseScratch();
  }
}

napi_value initialize(napi_env env, napi_value exports) {
  auto* environment = new Environment(contextOf(env));
  g_environments.fetch_add(1);
  napi_set_instance_data(env, environment, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, leave, environment);
  NodeExports all(env, exports, environment);
  addMemoryEntries(all);
  addEntries(all);
  return exports;
}

}  // namespace
}  // namespace st

NAPI_MODULE_INIT() {
  try {
    return st::initialize(env, exports);
  } catch (...) {
    st::throwOutOfMemory(st::contextOf(env), "initialize", st::takeShortage());
    return nullptr;
  }
}
