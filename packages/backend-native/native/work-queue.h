// A queue of work that a dedicated thread runs in order, while the caller continues.
//
// JavaScript takes 5 to 15 % of a network's time: here it overlaps with the kernels, like the command stream of a GPU. The thread that
// waits for the queue helps in the loops of the work, so that no more threads are busy than `threadCount()`.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "threads.h"

namespace st {

/** True if the work succeeded; false if it returns false or throws (out of memory). */
template <class Work>
bool succeeds(const Work& work) noexcept {
  try {
    return work();
  } catch (...) {
    return false;
  }
}

/** For one calling thread; several queues may exist at once. */
class WorkQueue {
 public:
  /** Returns false, or throws, if out of memory. */
  using Work = std::function<bool()>;

  /** Name of the failed work, null for none, and the size of the failed allocation, 0 if unknown. */
  struct Failure {
    const char* name;
    std::size_t bytes;
  };

  WorkQueue();
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /** True if all pushed work is done. */
  bool isIdle() const { return done_.load() == pushed_; }

  /** True if the next `push` would have to wait. */
  bool isFull() const { return pushed_ - done_.load() == kLength; }

  /**
   * Adds work; `name` must outlive it. Returns false if no thread or memory is available for it: the caller must then run the work itself.
   */
  template <class Callable>
  bool push(const char* name, const Callable& work) {
    try {
      return add(name, work);
    } catch (...) {
      return false;
    }
  }

  /** Waits until all work is done and helps with it meanwhile. */
  void finish();

  /** The first failed work since the last call. Call it after `finish` to miss none. */
  Failure takeFailure() {
    const std::size_t bytes = failedBytes_.load();
    return {failed_.exchange(nullptr), bytes};
  }

 private:
  /** Maximum queue depth. A deeper queue keeps more arrays alive and hides no more latency. */
  static constexpr std::uint64_t kLength = 256;
  struct Slot {
    const char* name;
    Work work;
  };

  bool add(const char* name, Work work);
  bool start();
  void threadMain();
  void fail(const char* name);
  bool awaitWork(std::uint64_t taken);

  std::unique_ptr<Slot[]> slots_;
  std::uint64_t pushed_ = 0;  // only used by the caller
  std::atomic<std::uint64_t> ready_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> ending_{false};
  std::atomic<const char*> failed_{nullptr};
  std::atomic<std::size_t> failedBytes_{0};
  Mutex mutex_;
  Condition wake_;
  Thread thread_;
};

}  // namespace st
