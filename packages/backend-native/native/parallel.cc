#include "parallel.h"

#include <atomic>
#include <new>
#include <utility>
#include <vector>

#include "threads.h"

namespace st {
namespace {

/** How long an idle thread polls for work before it sleeps: longer than the JavaScript between two kernels of a network. */
constexpr std::int64_t kSpinMicroseconds = 150;
/** Polls between two yields of the time slice: about a microsecond. */
constexpr int kPollsPerYield = 32;

/** Whether loops of this thread run on it alone, and whether a thread outside the pool helps in them. */
thread_local bool t_singleThreaded = false;
thread_local bool t_hasHelper = false;

class Pool {
 public:
  int count() const { return count_.load(std::memory_order_relaxed); }

  void resize(int count) {
    acquire();
    join();
    count_.store(count);
    release();
  }

  void stop() {
    acquire();
    join();
    release();
  }

  void run(int tasks, Task task, void* context, int slots) {
    if (tasks <= 1 || slots <= 1 || count() <= 1 || t_singleThreaded || busy_.exchange(true, std::memory_order_acquire)) {
      for (int i = 0; i < tasks; i++) task(context, i, 0);
      return;
    }
    start();
    task_ = task;
    context_ = context;
    tasks_ = tasks;
    slots_ = slots < count() ? slots : count();
    next_.store(0, std::memory_order_relaxed);
    nextSlot_.store(1, std::memory_order_relaxed);
    open_.store(true);
    generation_.fetch_add(1);
    wakeSleepers();
    work(0);
    // A thread that arrives after this finds no tasks: wait only for those inside.
    open_.store(false);
    for (int polls = 0; inside_.load() > 0; polls++) {
      pause();
      if (polls % kPollsPerYield == kPollsPerYield - 1) yieldTimeSlice();
    }
    const bool failed = failed_.exchange(false);
    release();
    if (failed) throw std::bad_alloc();
  }

  /** Whoever makes `done` true must then call `wakeSleepers`. */
  template <class Done>
  void helpUntil(const Done& done) {
    while (!done()) {
      const unsigned seen = generation_.load();
      enter();
      await(seen, done);
    }
  }

  void wakeSleepers() {
    if (sleepers_.load() == 0) return;
    { Lock lock(mutex_); }
    wake_.notify_all();
  }

 private:
  void acquire() {
    while (busy_.exchange(true, std::memory_order_acquire)) yieldTimeSlice();
  }
  void release() { busy_.store(false, std::memory_order_release); }

  void start() {
    const int wanted = count() - (t_hasHelper ? 2 : 1);
    while (static_cast<int>(threads_.size()) < wanted) {
      const unsigned seen = generation_.load();
      Thread thread;
      if (!startThread(thread, [this, seen] { threadMain(seen); })) return;  // continue with those that there are
      threads_.push_back(std::move(thread));
    }
  }

  void join() {
    {
      Lock lock(mutex_);
      ending_.store(true);
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (Thread& thread : threads_) thread.join();
    threads_.clear();
    ending_.store(false);
  }

  /** No exception may leave a pool thread: the loop ends, and its caller throws. */
  void work(int slot) noexcept {
    try {
      for (int i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) task_(context_, i, slot);
    } catch (...) {
      failed_.store(true);
      next_.store(tasks_);
    }
  }

  void threadMain(unsigned seen) {
    const auto never = [] { return false; };
    for (;;) {
      await(seen, never);
      seen = generation_.load();
      if (ending_.load()) return;
      enter();
    }
  }

  /** Works in the open loop, if there is one with a free slot. */
  void enter() {
    // A thread enters first, then checks that the loop is open; the loop's caller closes it first, then checks who is inside. So no thread
    // is missed.
    inside_.fetch_add(1);
    if (open_.load()) {
      const int slot = nextSlot_.fetch_add(1);
      if (slot < slots_) work(slot);
    }
    inside_.fetch_sub(1);
  }

  /** Returns when a loop other than number `seen` starts, or when `done`. */
  template <class Done>
  void await(unsigned seen, const Done& done) {
    const std::int64_t begin = microseconds();
    do {
      for (int polls = 0; polls < kPollsPerYield; polls++) {
        if (generation_.load(std::memory_order_acquire) != seen || done()) return;
        pause();
      }
      yieldTimeSlice();
    } while (microseconds() - begin < kSpinMicroseconds);
    Lock lock(mutex_);
    sleepers_.fetch_add(1);
    wake_.wait(lock, [&] { return generation_.load() != seen || done(); });
    sleepers_.fetch_sub(1);
  }

  std::atomic<bool> busy_{false};
  std::atomic<int> count_{coreCount() < kMaxThreads ? coreCount() : kMaxThreads};
  std::vector<Thread> threads_;

  Task task_ = nullptr;
  void* context_ = nullptr;
  int tasks_ = 0;
  int slots_ = 0;
  alignas(64) std::atomic<int> next_{0};
  std::atomic<int> nextSlot_{0};
  alignas(64) std::atomic<unsigned> generation_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> failed_{false};
  std::atomic<int> inside_{0};
  std::atomic<bool> ending_{false};
  std::atomic<int> sleepers_{0};
  Mutex mutex_;
  Condition wake_;
};

Pool& pool() {
  static Pool* const instance = new Pool;  // never destroyed: its threads may outlive static destructors
  return *instance;
}

}  // namespace

int threadCount() { return pool().count(); }

void setThreadCount(int count) {
  const int wanted = count <= 0 ? coreCount() : count;
  pool().resize(wanted < kMaxThreads ? wanted : kMaxThreads);
}

SingleThreadScope::SingleThreadScope() : before_(t_singleThreaded) { t_singleThreaded = true; }
SingleThreadScope::~SingleThreadScope() { t_singleThreaded = before_; }

void expectHelper() { t_hasHelper = true; }

void helpUntil(const std::atomic<std::uint64_t>& count, std::uint64_t wanted) {
  pool().helpUntil([&] { return count.load() == wanted; });
}

void wakeHelpers() { pool().wakeSleepers(); }

void stopThreads() { pool().stop(); }

void parallelFor(int tasks, Task task, void* context, int slots) { pool().run(tasks, task, context, slots); }

}  // namespace st
