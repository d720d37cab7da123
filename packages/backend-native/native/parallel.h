// A process-wide thread pool for data-parallel loops.
//
// The calling thread works too; the other threads take tasks from one atomic counter, spin for a short while after the
// last task (giving their time slice away, so that a busy machine loses nothing) and then sleep.
// A loop that starts while another one runs, from another thread or from inside a task, runs on its caller alone.
// A thread that waits for the loops of another one works in them meanwhile, in the place of a thread of the pool.
// Which thread runs a task is left open: a task must depend on its number only, never on the number of threads.
#pragma once
#include <atomic>
#include <cstdint>

namespace st {

/** The most threads a loop may use; `slot` in a task is below it. */
constexpr int kMaxThreads = 64;

/** Threads that a loop uses, the caller included: what `setThreadCount` said, else the number of cores. */
int threadCount();

/**
 * Sets the number of threads, clamped to [1, kMaxThreads]; 0 means one a core. Waits for a running loop to end.
 * Never call it from inside a task.
 */
void setThreadCount(int count);

/** Ends and joins the pool's threads; the next loop starts them again. For a module that is about to be unloaded. */
void stopThreads();

/** Loops of the calling thread run on it alone while one of these lives. */
class AloneScope {
 public:
  AloneScope();
  ~AloneScope();
  AloneScope(const AloneScope&) = delete;
  AloneScope& operator=(const AloneScope&) = delete;

 private:
  bool before_;
};

/** Says that another thread helps in the loops of the calling one: they start one thread less. */
void expectHelper();

/** Works in the loops of other threads until `count` is `wanted`; whoever changes it calls `wakeHelpers` then. */
void helpUntil(const std::atomic<std::uint64_t>& count, std::uint64_t wanted);
void wakeHelpers();

/** One task: its number in [0, tasks), and the slot of the thread that runs it, in [0, threadCount()). */
using Task = void (*)(void* context, int task, int slot);

/**
 * Calls `task(context, i, slot)` for every i in [0, tasks) and returns when all have ended. Where a task throws, which it does for
 * want of memory alone, the others may be left out, and the caller gets a std::bad_alloc when those begun have ended.
 * Slots stay below `slots` (and below kMaxThreads), for a caller that set aside memory for so many.
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
