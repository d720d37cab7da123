// Work that a thread of its own does in the order in which it came, while the caller goes on.
//
// JavaScript takes 5 to 15 % of a network's time: here it runs beside the kernels, as the commands of a GPU's stream do. The
// thread that waits for the queue works along in the loops of the work, so that no more threads are busy than `threadCount()`.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace st {

/** Whether work was done: false where it says so, or throws for want of memory. */
template <class Work>
bool succeeds(const Work& work) noexcept {
  try {
    return work();
  } catch (...) {
    return false;
  }
}

/** For one calling thread; several queues may live at once. */
class WorkQueue {
 public:
  /** False, or an exception, where memory ran out. */
  using Work = std::function<bool()>;

  /** The name of work that failed, null for none, and how many bytes it lacked, 0 where that is not known. */
  struct Failure {
    const char* name;
    std::size_t bytes;
  };

  WorkQueue();
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /** Whether all that was pushed is done. */
  bool isIdle() const { return done_.load() == pushed_; }

  /** Whether the next `push` would have to wait. */
  bool isFull() const { return pushed_ - done_.load() == kLength; }

  /** Adds work; `name` outlives it. False where no thread or no memory for it can be had: the caller has to do it. */
  template <class Callable>
  bool push(const char* name, const Callable& work) {
    try {
      return add(name, work);
    } catch (...) {
      return false;
    }
  }

  /** Waits until all work is done, working along. */
  void finish();

  /** The first work since the last call that failed. After `finish`, nothing is left out. */
  Failure takeFailure() {
    const std::size_t bytes = failedBytes_.load();
    return {failed_.exchange(nullptr), bytes};
  }

 private:
  /** As far as the caller may be ahead. More would keep more of its arguments alive, and hide nothing more. */
  static constexpr std::uint64_t kLength = 256;
  struct Slot {
    const char* name;
    Work work;
  };

  bool add(const char* name, Work work);
  bool start();
  void live();
  void fail(const char* name);
  bool awaitWork(std::uint64_t taken);

  std::unique_ptr<Slot[]> slots_;
  std::uint64_t pushed_ = 0;  // the caller's own count
  std::atomic<std::uint64_t> ready_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> ending_{false};
  std::atomic<const char*> failed_{nullptr};
  std::atomic<std::size_t> failedBytes_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace st
