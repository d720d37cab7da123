// How a range is cut into tasks: by its length alone, so that the number of threads changes no result.
#pragma once
#include <cstdint>

namespace st {

/** Elements of a task where each costs a load and a store: long enough to hide the start of a task, short enough to share. */
constexpr std::int64_t kElementsPerTask = 32768;

/** [0, count) in equal pieces of at most `most` elements (a multiple of 16 each, so that vectors stay whole). */
class Split {
 public:
  Split(std::int64_t count, std::int64_t most) : count_(count) {
    tasks_ = static_cast<int>((count + most - 1) / most);
    const std::int64_t even = tasks_ > 0 ? (count + tasks_ - 1) / tasks_ : 0;
    piece_ = (even + 15) / 16 * 16;
    if (piece_ > 0) tasks_ = static_cast<int>((count + piece_ - 1) / piece_);
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
