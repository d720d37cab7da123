#include "work-queue.h"

#include <chrono>
#include <utility>

#include "parallel.h"

namespace st {
namespace {

/** How long the thread looks for work before it sleeps: about as long as waking it takes. */
constexpr std::chrono::microseconds kSpin{50};
constexpr int kLooksPerYield = 32;

}  // namespace

WorkQueue::WorkQueue() : slots_(new Slot[kLength]) {}

WorkQueue::~WorkQueue() {
  if (!thread_.joinable()) return;
  finish();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ending_.store(true);
  }
  wake_.notify_one();
  thread_.join();
}

bool WorkQueue::push(const char* name, Work work) {
  if (!thread_.joinable() && !start()) return false;
  if (isFull()) finish();
  slots_[pushed_ % kLength] = {name, std::move(work)};
  ready_.store(++pushed_);
  if (asleep_.load()) {
    { std::lock_guard<std::mutex> lock(mutex_); }
    wake_.notify_one();
  }
  return true;
}

void WorkQueue::finish() {
  if (!isIdle()) helpUntil(done_, pushed_);
}

bool WorkQueue::start() {
#if defined(__cpp_exceptions)
  try {
    thread_ = std::thread([this] { live(); });
  } catch (...) {
    return false;
  }
#else
  thread_ = std::thread([this] { live(); });
#endif
  return true;
}

void WorkQueue::live() {
  expectHelper();
  for (std::uint64_t taken = 0; awaitWork(taken); taken++) {
    Slot& slot = slots_[taken % kLength];
    if (!slot.work()) {
      const char* none = nullptr;
      failed_.compare_exchange_strong(none, slot.name);
    }
    slot.work = nullptr;
    done_.store(taken + 1);
    if (ready_.load() == taken + 1) wakeHelpers();
  }
}

/** False when the queue ends. */
bool WorkQueue::awaitWork(std::uint64_t taken) {
  const auto begin = std::chrono::steady_clock::now();
  do {
    for (int looks = 0; looks < kLooksPerYield; looks++)
      if (ready_.load(std::memory_order_acquire) != taken) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() - begin < kSpin);
  std::unique_lock<std::mutex> lock(mutex_);
  asleep_.store(true);
  wake_.wait(lock, [&] { return ready_.load() != taken || ending_.load(); });
  asleep_.store(false);
  return ready_.load() != taken;
}

}  // namespace st
