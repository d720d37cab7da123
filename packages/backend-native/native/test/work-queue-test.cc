// The work queue: order, waiting, helping, failures, overflow, several queues at once, and shutdown.
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "memory/vector.h"
#include "parallel.h"
#include "scratch.h"
#include "work-queue.h"

namespace st {
namespace test {
namespace {

void pauseFor(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

void worksInOrder() {
  for (int threads : {2, 3, 8}) {
    setThreadCount(threads);
    WorkQueue queue;
    std::vector<int> order;  // no lock: tasks run in sequence, and it is read after `finish`
    for (int i = 0; i < 2000; i++) {
      queue.push("order", [&order, i] {
        order.push_back(i);
        return true;
      });
      if (i % 700 == 699) queue.finish();
    }
    queue.finish();
    expect(queue.isIdle() && order.size() == 2000, "finish returns when all work is done, more than the queue holds");
    for (int i = 0; i < 2000; i++) expect(order[static_cast<std::size_t>(i)] == i, "work is done in the order of the calls");
  }
}

void goesOnBesideTheCaller() {
  setThreadCount(2);
  WorkQueue queue;
  std::atomic<bool> mayEnd{false};
  queue.push("beside", [&] {
    while (!mayEnd) std::this_thread::yield();
    return true;
  });
  expect(!queue.isIdle(), "push does not wait for the work");
  mayEnd = true;
  queue.finish();
  expect(queue.isIdle(), "finish waits for the work");
}

/** With two threads the pool has none of its own: a loop's second task runs on the waiting thread. */
void waitingHelps() {
  setThreadCount(2);
  stopThreads();
  WorkQueue queue;
  for (const int wait : {0, 20}) {
    std::atomic<int> arrived{0};
    std::thread::id helper;
    queue.push("helped", [&] {
      pauseFor(wait);  // the second time, the helper sleeps when the loop begins
      const auto begin = std::chrono::steady_clock::now();
      parallelFor(2, [&](int, int slot) {
        if (slot == 1) helper = std::this_thread::get_id();
        arrived++;
        while (arrived < 2 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) std::this_thread::yield();
      });
      return true;
    });
    queue.finish();
    expect(helper == std::this_thread::get_id(), "the waiting thread helps with the work");
  }
}

void tellsOfFailure() {
  setThreadCount(2);
  WorkQueue queue;
  queue.push("first", [] { return true; });
  queue.push("second", [] { return false; });
  queue.push("third", [] { return false; });
  queue.finish();
  const char* name = queue.takeFailure().name;
  expect(name != nullptr && std::strcmp(name, "second") == 0, "the first failure is reported by its name");
  expect(queue.takeFailure().name == nullptr, "a failure is reported once");
}

/** Exceptions for out of memory, in the work itself and in the tasks of its loops, on any thread. */
void survivesExceptions() {
  for (int threads : {1, 2, 5}) {
    setThreadCount(threads);
    WorkQueue queue;
    queue.push("vector", [] { return !Vector<double>(std::size_t{1} << 59).empty(); });
    queue.finish();
    const WorkQueue::Failure vector = queue.takeFailure();
    expect(vector.name != nullptr && vector.bytes == std::size_t{1} << 62, "a failed allocation of a vector reports its bytes");
    queue.push("lease", [] { return ScratchLease(std::size_t{1} << 60).data() != nullptr; });
    queue.finish();
    expect(queue.takeFailure().bytes > 0, "a failed lease whose bytes would overflow reports its bytes");
    for (int thrower : {0, 7, 99}) {
      std::atomic<int> done{0};
      queue.push("loop", [&] {
        parallelFor(100, [&](int task, int) {
          if (task == thrower) Vector<char>(~std::size_t{0} / 4 * 3);
          done++;
        });
        return true;
      });
      queue.finish();
      expect(queue.takeFailure().name != nullptr && done < 100, "a task that throws ends its loop, and the failure is reported");
      done = 0;
      queue.push("after it", [&] {
        parallelFor(100, [&](int, int) { done++; });
        return true;
      });
      queue.finish();
      expect(done == 100 && queue.takeFailure().name == nullptr, "the pool works after a failure");
    }
  }
}

void letsGoOfWhatItDid() {
  setThreadCount(2);
  WorkQueue queue;
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < 10; i++)
    queue.push("holds", [held] {
      (*held)++;
      return true;
    });
  queue.finish();
  expect(*held == 10 && held.use_count() == 1, "finished work releases what it captured");
}

void wakesAndEnds() {
  setThreadCount(2);
  int done = 0;
  {
    WorkQueue queue;
    for (int i = 0; i < 4; i++) {
      queue.push("after a sleep", [&done] {
        done++;
        return true;
      });
      pauseFor(10);
    }
    queue.push("at the end", [&done] {
      pauseFor(10);
      done++;
      return true;
    });
  }
  expect(done == 5, "a sleeping queue wakes up, and a queue finishes its work before it ends");
  const WorkQueue unused;
}

/** Like several worker_threads, one of which changes the number of threads meanwhile. */
void servesManyCallers() {
  setThreadCount(3);
  std::vector<std::thread> callers;
  std::atomic<long> total{0};
  for (int c = 0; c < 3; c++)
    callers.emplace_back([&, c] {
      WorkQueue queue;
      for (int i = 0; i < 300; i++) {
        queue.push("sums", [&total] {
          std::vector<long> slots(kMaxThreads, 0);
          parallelFor(20, [&](int task, int slot) { slots[static_cast<std::size_t>(slot)] += task; });
          for (long s : slots) total += s;
          return true;
        });
        if (i % 50 == 49) queue.finish();
        if (c == 0 && i % 100 == 99) setThreadCount(1 + i / 100);
      }
    });
  for (std::thread& caller : callers) caller.join();
  expect(total == 3L * 300 * 190, "queues of three callers at once add up");
}

/** A short kernel runs on its caller. */
void runsAloneWhereAsked() {
  setThreadCount(4);
  const SingleThreadScope alone;
  std::atomic<bool> elsewhere{false};
  parallelFor(100, [&, caller = std::this_thread::get_id()](int, int slot) {
    if (slot != 0 || std::this_thread::get_id() != caller) elsewhere = true;
  });
  expect(!elsewhere, "loops run on their caller while a SingleThreadScope exists");
}

}  // namespace
}  // namespace test
}  // namespace st

int main() {
  using namespace st::test;
  worksInOrder();
  goesOnBesideTheCaller();
  waitingHelps();
  tellsOfFailure();
  survivesExceptions();
  letsGoOfWhatItDid();
  wakesAndEnds();
  servesManyCallers();
  runsAloneWhereAsked();
  st::stopThreads();
  return finish();
}
