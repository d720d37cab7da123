// Splitting an array into tasks, by its length alone: results never depend on the number of threads.
#pragma once
#include <cstdint>

#include "integer-math.h"

namespace st {

/**
 * Elements of a task if each costs one load and one store: long enough to hide the start of a task, short enough to balance the threads.
 */
constexpr std::int64_t kElementsPerTask = 32768;

/**
 * Splits [0, count) into equal pieces of at most `most` elements. Pieces are multiples of 16 elements, so that they consist of full
 * vectors.
 */
class Split {
 public:
  Split(std::int64_t count, std::int64_t most) : count_(count) {
    tasks_ = static_cast<int>(ceilDiv(count, most));
    const std::int64_t even = tasks_ > 0 ? ceilDiv(count, tasks_) : 0;
    piece_ = roundUpTo(even, kLineFloats);
    if (piece_ > 0) tasks_ = static_cast<int>(ceilDiv(count, piece_));
  }
  int tasks() const { return tasks_; }
  std::int64_t begin(int task) const { return piece_ * task; }
  std::int64_t size(int task) const {
    const std::int64_t left = count_ - begin(task);
    return left < piece_ ? left : piece_;
  }

 private:
  std::int64_t count_, piece_;
  int tasks_;
};

}  // namespace st
