// The thread pool and the workspaces: every task runs once, concurrent and nested loops end, sleeping threads wake up.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "check.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace test {
namespace {

void runsEveryTaskOnce() {
  for (int threads : {1, 2, 3, 8}) {
    setThreadCount(threads);
    expect(threadCount() == threads, "threadCount returns the number set");
    for (int tasks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      std::atomic<bool> slotsFit{true};
      parallelFor(tasks, [&](int task, int slot) {
        runs[static_cast<std::size_t>(task)]++;
        if (slot < 0 || slot >= threads) slotsFit = false;
      });
      for (const auto& count : runs) expect(count == 1, "a task runs once");
      expect(slotsFit, "slots are below the number of threads");
    }
  }
}

void keepsToTheSlotsGiven() {
  setThreadCount(8);
  std::atomic<int> highest{0};
  for (int i = 0; i < 200; i++)
    parallelFor(
        64,
        [&](int, int slot) {
          for (int seen = highest; slot > seen && !highest.compare_exchange_weak(seen, slot);) {
          }
        },
        3);
  expect(highest < 3, "a loop with three slots uses no fourth");
}

void nests() {
  setThreadCount(4);
  std::atomic<int> count{0};
  parallelFor(16, [&](int, int) { parallelFor(16, [&](int, int) { count++; }); });
  expect(count == 256, "loops inside loops run all their tasks");
}

/** Like several worker_threads, one of which changes the number of threads meanwhile. */
void servesManyCallers() {
  setThreadCount(3);
  std::vector<std::thread> callers;
  std::atomic<long> total{0};
  for (int c = 0; c < 4; c++)
    callers.emplace_back([&, c] {
      for (int i = 0; i < 500; i++) {
        const ScratchLease lease(static_cast<std::size_t>(1000 + 100 * c));
        std::vector<long> slots(kMaxThreads, 0);
        parallelFor(20, [&](int task, int slot) { slots[static_cast<std::size_t>(slot)] += task; });
        for (long s : slots) total += s;
        if (c == 0 && i % 100 == 99) setThreadCount(1 + i / 100);
        if (c == 1 && i % 200 == 199) stopThreads();
      }
    });
  for (std::thread& caller : callers) caller.join();
  expect(total == 4L * 500 * 190, "loops of four callers at once add up");
}

void wakesSleepers() {
  setThreadCount(2);
  for (int i = 0; i < 5; i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> workers{0};
    std::atomic<int> arrived{0};
    // The first task waits for a second thread: it ends soon only if the sleeping thread is woken.
    const auto begin = std::chrono::steady_clock::now();
    parallelFor(2, [&](int, int slot) {
      arrived++;
      if (slot != 0) workers++;
      while (arrived < 2 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) std::this_thread::yield();
    });
    expect(workers == 1, "a sleeping thread is woken");
  }
}

void boundsWhatItKeeps() {
  releaseScratch();
  expect(scratchBytesKept() == 0, "nothing is cached after a release");
  {
    const ScratchLease a(1 << 20), b(1 << 20);
    expect(a.data() != nullptr && b.data() != nullptr && a.data() != b.data(), "two leases are two blocks");
  }
  const std::size_t kept = scratchBytesKept();
  expect(kept >= (std::size_t{8} << 20), "ended leases are cached");
  { const ScratchLease again(1 << 20); }
  expect(scratchBytesKept() == kept, "the next lease reuses a cached block");
  for (int i = 0; i < 20; i++) {
    const ScratchLease a(std::size_t{1} << (18 + i % 8)), b(std::size_t{1} << (18 + i % 5));
  }
  { const ScratchLease large(std::size_t{60} << 20); }
  expect(scratchBytesKept() <= (std::size_t{96} << 20), "the cached bytes are bounded");
  releaseScratch();
  expect(scratchBytesKept() == 0, "a release frees everything");
}

}  // namespace
}  // namespace test
}  // namespace st

int main() {
  using namespace st::test;
  runsEveryTaskOnce();
  keepsToTheSlotsGiven();
  nests();
  servesManyCallers();
  wakesSleepers();
  boundsWhatItKeeps();
  st::stopThreads();
  return finish();
}
