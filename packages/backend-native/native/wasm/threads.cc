#include "wasm/threads.h"

#include "parallel.h"

namespace st {

/** A JavaScript worker: not there, waiting for a function, being given one, or running it. */
struct Worker {
  enum State : std::int32_t { Absent, Idle, Claimed, Running };
  std::atomic<std::int32_t> state{Absent};
  void (*run)(void* context) = nullptr;
  void* context = nullptr;
};

namespace {

__attribute__((import_module("host"), import_name("milliseconds"))) extern "C" double hostMilliseconds();

constexpr std::int64_t kForever = -1;
/** Polls of a word before its thread sleeps. */
constexpr int kPolls = 100;

Worker g_workers[kMaxThreads];
std::atomic<int> g_cores{1};
thread_local bool t_mayBlock = true;

}  // namespace

void waitWhile(std::atomic<std::int32_t>& word, std::int32_t value) {
  for (int polls = 0; polls < kPolls; polls++)
    if (word.load() != value) return;
  // The caller checks its condition again after every return, so a thread that must not block comes back at once.
  if (t_mayBlock) __builtin_wasm_memory_atomic_wait32(reinterpret_cast<std::int32_t*>(&word), value, kForever);
}

void wake(std::atomic<std::int32_t>& word, bool all) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<std::int32_t*>(&word), all ? ~0u : 1u);
}

void Mutex::lock() {
  std::int32_t free = 0;
  if (state_.compare_exchange_strong(free, 1)) return;
  while (state_.exchange(2) != 0) waitWhile(state_, 2);
}

void Mutex::unlock() {
  if (state_.exchange(0) == 2) wake(state_, false);
}

Worker* startOnWorker(void (*run)(void* context), void* context) {
  for (Worker& worker : g_workers) {
    std::int32_t idle = Worker::Idle;
    if (!worker.state.compare_exchange_strong(idle, Worker::Claimed)) continue;
    worker.run = run;
    worker.context = context;
    worker.state.store(Worker::Running);
    wake(worker.state, true);
    return &worker;
  }
  return nullptr;
}

void Thread::join() {
  while (worker_->state.load() == Worker::Running) waitWhile(worker_->state, Worker::Running);
  worker_ = nullptr;
}

std::int64_t microseconds() { return static_cast<std::int64_t>(hostMilliseconds() * 1000); }

int coreCount() { return g_cores.load(); }

extern "C" {

/** Called by JavaScript before anything else on the page's main thread, with 0. */
__attribute__((export_name("setMayBlock"))) void setMayBlock(int mayBlock) { t_mayBlock = mayBlock != 0; }

__attribute__((export_name("setCoreCount"))) void setCoreCount(int count) { g_cores.store(count); }

/** From here on, threads may start on worker `index`, which runs or is about to. */
__attribute__((export_name("addWorker"))) void addWorker(int index) {
  std::int32_t absent = Worker::Absent;
  g_workers[index].state.compare_exchange_strong(absent, Worker::Idle);
}

/** What worker `index` does, for ever: it runs the functions that it is given. */
__attribute__((export_name("runWorker"))) void runWorker(int index) {
  Worker& self = g_workers[index];
  addWorker(index);
  for (;;) {
    for (std::int32_t state; (state = self.state.load()) != Worker::Running;) waitWhile(self.state, state);
    self.run(self.context);
    self.state.store(Worker::Idle);
    wake(self.state, true);
  }
}

/** True once worker `index` waits for work or has it. */
__attribute__((export_name("isWorkerReady"))) int isWorkerReady(int index) { return g_workers[index].state.load() != Worker::Absent; }

}  // extern "C"
}  // namespace st
