#include "work-queue.h"

#include <utility>

#include "memory/shortage.h"
#include "parallel.h"

namespace st {
namespace {

/** How long the thread polls for work before it sleeps: about as long as waking it takes. */
constexpr std::int64_t kSpinMicroseconds = 50;
constexpr int kPollsPerYield = 32;

}  // namespace

WorkQueue::WorkQueue() : slots_(new Slot[kLength]) {}

WorkQueue::~WorkQueue() {
  if (!thread_.joinable()) return;
  finish();
  {
    Lock lock(mutex_);
    ending_.store(true);
  }
  wake_.notify_one();
  thread_.join();
}

bool WorkQueue::add(const char* name, Work work) {
  if (!thread_.joinable() && !start()) return false;
  if (isFull()) finish();
  slots_[pushed_ % kLength] = {name, std::move(work)};
  ready_.store(++pushed_);
  if (asleep_.load()) {
    { Lock lock(mutex_); }
    wake_.notify_one();
  }
  return true;
}

void WorkQueue::finish() {
  if (!isIdle()) helpUntil(done_, pushed_);
}

bool WorkQueue::start() { return startThread(thread_, [this] { threadMain(); }); }

void WorkQueue::threadMain() {
  expectHelper();
  for (std::uint64_t taken = 0; awaitWork(taken); taken++) {
    Slot& slot = slots_[taken % kLength];
    if (!succeeds(slot.work)) fail(slot.name);
    slot.work = nullptr;
    done_.store(taken + 1);
    if (ready_.load() == taken + 1) wakeHelpers();
  }
}

/** Records the first failure. Only the queue's thread calls this. */
void WorkQueue::fail(const char* name) {
  const std::size_t bytes = takeShortage();
  if (failed_.load() != nullptr) return;
  failedBytes_.store(bytes);
  failed_.store(name);
}

/** Returns false when the queue ends. */
bool WorkQueue::awaitWork(std::uint64_t taken) {
  const std::int64_t begin = microseconds();
  do {
    for (int polls = 0; polls < kPollsPerYield; polls++)
      if (ready_.load(std::memory_order_acquire) != taken) return true;
    yieldTimeSlice();
  } while (microseconds() - begin < kSpinMicroseconds);
  Lock lock(mutex_);
  asleep_.store(true);
  wake_.wait(lock, [&] { return ready_.load() != taken || ending_.load(); });
  asleep_.store(false);
  return ready_.load() != taken;
}

}  // namespace st
