// What belongs to one JavaScript environment (the main thread or a worker): its queue of work, and what keeps the work's arrays alive.
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "parallel.h"
#include "work-queue.h"

namespace st {

/** Throws the JavaScript error that says memory ran out. */
void throwOutOfMemory(napi_env env, const char* where);

class Environment {
 public:
  explicit Environment(napi_env env) : env_(env) {}

  /** The one that `env` has the module loaded in, or null where it is leaving. */
  static Environment* of(napi_env env) {
    void* environment = nullptr;
    return napi_get_instance_data(env, &environment) == napi_ok ? static_cast<Environment*>(environment) : nullptr;
  }

  /**
   * Runs a kernel, now or later: after everything before it, and before `finish` returns. `bytes` is what it touches of `arrays`,
   * which stay alive until then. A kernel that gives false ran out of memory: `where` is told in the JavaScript error.
   */
  template <class Kernel>
  void run(const char* where, const Kernel& kernel, std::size_t bytes, const napi_value* arrays, int arrayCount) {
    if (threadCount() > 1 && !(queue_.isIdle() && bytes < kQuick)) {
      makeRoom();
      if (queue_.push(where, kernel)) return keep(arrays, arrayCount);
    }
    finish();
    const AloneScope alone;
    if (!kernel()) throwOutOfMemory(env_, where);
  }

  /** Waits for all kernels; throws the JavaScript error of one that ran out of memory. */
  void finish();

  /** The same where nothing may be thrown. */
  void wait() { queue_.finish(); }

  /** From now on `of` gives null. */
  void leave() { napi_set_instance_data(env_, nullptr, nullptr, nullptr); }

 private:
  /** Bytes that a kernel is through with in about the time that handing it to another thread takes. */
  static constexpr std::size_t kQuick = 32 << 10;
  /** Arrays that are kept before kernels are waited for, where JavaScript never does. */
  static constexpr std::uint32_t kMostKept = 4096;

  void makeRoom();
  void keep(const napi_value* arrays, int count);

  napi_env env_;
  WorkQueue queue_;
  /** A JavaScript array of the typed arrays that queued kernels use: null where there is none. */
  napi_ref kept_ = nullptr;
  std::uint32_t keptCount_ = 0;
};

}  // namespace st
