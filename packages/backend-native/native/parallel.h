// A process-wide thread pool for data-parallel loops.
//
// The caller works too. The other threads take tasks from an atomic counter, spin for a short time after the last task (yielding their time
// slice, so that a busy machine loses nothing) and then sleep.
// A loop that starts while another one runs, on another thread or inside a task, runs on its caller alone. A thread that waits for another
// thread's loops works in them meanwhile, in place of a pool thread.
// Which thread runs a task is not specified: a task must depend on its index only, never on the number of threads.
#pragma once
#include <atomic>
#include <cstdint>

namespace st {

/** Most threads of a loop; the `slot` of a task is below it. */
constexpr int kMaxThreads = 64;

/** Number of threads of a loop, the caller included: the value of `setThreadCount`, by default the number of cores. */
int threadCount();

/**
 * Sets the number of threads, clamped to [1, kMaxThreads]; 0 means one per core. Waits for a running loop to end. Must not be called inside
 * a task.
 */
void setThreadCount(int count);

/** Joins the pool's threads; the next loop starts them again. Called before the module is unloaded. */
void stopThreads();

/** While one exists, loops of the calling thread run on that thread alone. */
class SingleThreadScope {
 public:
  SingleThreadScope();
  ~SingleThreadScope();
  SingleThreadScope(const SingleThreadScope&) = delete;
  SingleThreadScope& operator=(const SingleThreadScope&) = delete;

 private:
  bool before_;
};

/** Declares that another thread helps in the loops of the calling thread, which then start one thread less. */
void expectHelper();

/** Works in the loops of other threads until `count` equals `wanted`. Whoever changes `count` must then call `wakeHelpers`. */
void helpUntil(const std::atomic<std::uint64_t>& count, std::uint64_t wanted);
void wakeHelpers();

/** A task: its index in [0, tasks), and the slot of the thread that runs it, in [0, threadCount()). */
using Task = void (*)(void* context, int task, int slot);

/**
 * Calls `task(context, i, slot)` for every i in [0, tasks) and returns when all have ended. If a task throws, which happens only when out
 * of memory, the remaining tasks may be skipped, and the caller gets a std::bad_alloc after the running tasks have ended. Slots are below
 * `slots` (and below kMaxThreads), for a caller that has allocated memory for that many.
 */
void parallelFor(int tasks, Task task, void* context, int slots = kMaxThreads);

/** The same with any callable `body(int task, int slot)`. */
template <class Body>
void parallelFor(int tasks, const Body& body, int slots = kMaxThreads) {
  struct Call {
    static void run(void* context, int task, int slot) { (*static_cast<const Body*>(context))(task, slot); }
  };
  parallelFor(tasks, &Call::run, const_cast<Body*>(&body), slots);
}

}  // namespace st
