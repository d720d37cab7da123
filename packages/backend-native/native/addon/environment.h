// What belongs to one JavaScript environment (the main thread or a worker): its entry points, its queue of work, and the blocks
// of memory that queued work may use.
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "addon/block-list.h"
#include "parallel.h"
#include "work-queue.h"

namespace st {

class Arguments;
class Environment;

/** One exported function. */
struct EntryPoint {
  /** Reads its arguments, then hands a kernel to `Arguments::run` or gives a value; it may throw. */
  using Body = napi_value (*)(Arguments& in);
  const char* name;
  Body body;
  Environment* environment;
};

/** Throws the JavaScript error that says that memory ran out where `bytes` were wanted; 0 where that is not known. */
void throwOutOfMemory(napi_env env, const char* where, std::size_t bytes);

class Environment {
 public:
  explicit Environment(napi_env env) : env_(env) {}

  /** The one that `env` has the module loaded in, or null where it is leaving. */
  static Environment* of(napi_env env) {
    void* environment = nullptr;
    return napi_get_instance_data(env, &environment) == napi_ok ? static_cast<Environment*>(environment) : nullptr;
  }

  /** Keeps an entry point for as long as its function may be called. */
  EntryPoint* keep(const char* name, EntryPoint::Body body) {
    entryPoints_.push_back({name, body, this});
    return &entryPoints_.back();
  }

  /** Blocks of memory that stay where they are until their finalizer has waited for all kernels. */
  BlockList& blocks() { return blocks_; }

  /**
   * Runs a kernel, now or later: after everything before it, and before `finish` returns. `bytes` is what it touches. Only one whose
   * arrays all lie in `blocks()` is queued: JavaScript can take any other array's memory away (transfer, resize). A kernel
   * that gives false or throws ran out of memory: `where` is told in the JavaScript error.
   */
  template <class Kernel>
  void run(const char* where, const Kernel& kernel, std::size_t bytes, bool isInBlocks) {
    if (isInBlocks && threadCount() > 1 && !(queue_.isIdle() && bytes < kQuick)) {
      if (queue_.isFull()) finish();
      if (queue_.push(where, kernel)) return;
    }
    finish();
    const AloneScope alone;
    if (!succeeds(kernel)) throwShortage(where);
  }

  /** Whether all kernels that were queued have run. */
  bool isIdle() const { return queue_.isIdle(); }

  /** Waits for all kernels; throws the JavaScript error of one that ran out of memory. */
  void finish();

  /** The same where nothing may be thrown. */
  void wait() noexcept;

  /** From now on `of` gives null. */
  void leave() { napi_set_instance_data(env_, nullptr, nullptr, nullptr); }

 private:
  /** Bytes that a kernel is through with in about the time that handing it to another thread takes. */
  static constexpr std::size_t kQuick = 32 << 10;

  void throwShortage(const char* where);

  napi_env env_;
  std::deque<EntryPoint> entryPoints_;
  BlockList blocks_;
  WorkQueue queue_;
};

}  // namespace st
