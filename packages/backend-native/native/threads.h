// Threads, locks and a clock, as the pool and the queue use them: the standard library's, or those of `wasm/threads.h`.
#pragma once

#if defined(__wasm__)
#include "wasm/threads.h"
#else
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

namespace st {

using Mutex = std::mutex;
using Lock = std::unique_lock<std::mutex>;
using Condition = std::condition_variable;
using Thread = std::thread;

/** Starts `body` on a thread; false if the system has no more. */
template <class Body>
bool startThread(Thread& thread, const Body& body) {
  try {
    thread = Thread(body);
    return true;
  } catch (...) {
    return false;
  }
}

inline void yieldTimeSlice() { std::this_thread::yield(); }

/** Tells the processor that this thread polls. */
inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** A clock that never goes back. */
inline std::int64_t microseconds() {
  using namespace std::chrono;
  return duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count();
}

/** Cores that this process may use, at least 1. */
inline int coreCount() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? static_cast<int>(cores) : 1;
}

}  // namespace st
#endif
