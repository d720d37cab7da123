// State of one JavaScript environment (the main thread or a worker): its entry points, its work queue, and the memory blocks that queued
// work may use.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "border/block-list.h"
#include "border/host.h"
#include "parallel.h"
#include "work-queue.h"

namespace st {

class Arguments;
class Environment;

/** One exported function. */
struct EntryPoint {
  /** Reads its arguments, then passes a kernel to `Arguments::run` or returns a value. May throw. */
  using Body = Result (*)(Arguments& in);
  const char* name;
  Body body;
  Environment* environment;
};

/** Throws the JavaScript error for out of memory; `bytes` is the size of the failed allocation, 0 if unknown. */
void throwOutOfMemory(HostContext* context, const char* where, std::size_t bytes);

class Environment {
 public:
  explicit Environment(HostContext* context) : context_(context) {}

  HostContext* context() const { return context_; }

  /** Stores an entry point for as long as its function may be called. */
  EntryPoint* keep(const char* name, EntryPoint::Body body) {
    entryPoints_.push_back({name, body, this});
    return &entryPoints_.back();
  }

  /** Memory blocks whose finalizers wait for all kernels before they free them. */
  BlockList& blocks() { return blocks_; }

  /**
   * Runs a kernel, now or later: after all kernels before it, and before `finish` returns. `bytes` is the memory that it touches. A kernel
   * is queued only if all of its arrays lie in `blocks()`, because JavaScript can take away the memory of any other array (transfer,
   * resize). A kernel that returns false or throws has run out of memory; the JavaScript error names `where`.
   */
  template <class Kernel>
  void run(const char* where, const Kernel& kernel, std::size_t bytes, bool isInBlocks) {
    if (isInBlocks && threadCount() > 1 && !(queue_.isIdle() && bytes < kQuick)) {
      if (queue_.isFull()) finish();
      if (queue_.push(where, kernel)) return;
    }
    finish();
    const SingleThreadScope alone;
    if (!succeeds(kernel)) throwShortage(where);
  }

  /** True if all queued kernels have run. */
  bool isIdle() const { return queue_.isIdle(); }

  /** Waits for all kernels; throws the JavaScript error of the first one that ran out of memory. */
  void finish();

  /** The same, but never throws. */
  void wait() noexcept;

  /** Throws the JavaScript error of an allocation of `where` that has failed. */
  void throwShortage(const char* where);

 private:
  /** A kernel that touches less than this is done in about the time that queuing it takes. */
  static constexpr std::size_t kQuick = 32 << 10;

  HostContext* context_;
  std::deque<EntryPoint> entryPoints_;
  BlockList blocks_;
  WorkQueue queue_;
};

}  // namespace st
