// Threads of a WebAssembly module with shared memory. Each is a JavaScript worker with an instance of its own; all share the linear memory.
// JavaScript makes the workers (src/wasm in @st/backend-wasm); here they are given work and waited for.
#pragma once
#include <atomic>
#include <cstdint>
#include <new>
#include <type_traits>

namespace st {

/** Waits while `*word == value`, at most until `wake`; only polls on a thread that must not block (a page's main thread). */
void waitWhile(std::atomic<std::int32_t>& word, std::int32_t value);
void wake(std::atomic<std::int32_t>& word, bool all);

class Mutex {
 public:
  void lock();
  void unlock();

 private:
  /** 0 free, 1 locked, 2 locked and somebody may wait. */
  std::atomic<std::int32_t> state_{0};
};

class Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  friend class Condition;
  Mutex& mutex_;
};

class Condition {
 public:
  void notify_one() { notify(false); }
  void notify_all() { notify(true); }

  template <class Done>
  void wait(Lock& lock, const Done& done) {
    while (!done()) {
      const std::int32_t seen = notified_.load();
      lock.mutex_.unlock();
      waitWhile(notified_, seen);
      lock.mutex_.lock();
    }
  }

 private:
  void notify(bool all) {
    notified_.fetch_add(1);
    wake(notified_, all);
  }
  std::atomic<std::int32_t> notified_{0};
};

struct Worker;

class Thread {
 public:
  Thread() = default;
  Thread(Thread&& other) noexcept : worker_(other.worker_) { other.worker_ = nullptr; }
  Thread& operator=(Thread&& other) noexcept {
    worker_ = other.worker_;
    other.worker_ = nullptr;
    return *this;
  }
  bool joinable() const { return worker_ != nullptr; }
  void join();

 private:
  template <class Body>
  friend bool startThread(Thread& thread, const Body& body);
  Worker* worker_ = nullptr;
};

/** An idle worker that now runs `run(context)`; null if there is none. */
Worker* startOnWorker(void (*run)(void* context), void* context);

/** Starts `body` on a worker; false if no worker is idle. */
template <class Body>
bool startThread(Thread& thread, const Body& body) {
  auto* copy = new Body(body);
  const auto run = [](void* context) {
    auto* own = static_cast<Body*>(context);
    (*own)();
    delete own;
  };
  thread.worker_ = startOnWorker(run, copy);
  if (thread.worker_ == nullptr) delete copy;
  return thread.worker_ != nullptr;
}

/** WebAssembly has no such instruction: a thread that polls keeps its core. */
inline void yieldTimeSlice() {}
inline void pause() {}

std::int64_t microseconds();

/** As JavaScript has said; 1 until then. */
int coreCount();

}  // namespace st
