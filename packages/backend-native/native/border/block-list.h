// The memory blocks that an environment has handed to JavaScript, sorted by address.
#pragma once
#include <cstddef>
#include <cstdint>

#include "memory/vector.h"

namespace st {

class BlockList {
 public:
  void add(const void* block, std::size_t bytes);
  void remove(const void* block);

  /** True if all of [data, data + bytes) lies in one block. */
  bool holds(const void* data, std::size_t bytes) const {
    const auto address = reinterpret_cast<std::uintptr_t>(data);
    const std::size_t after = indexAfter(address);
    if (after == 0) return false;
    const Range& range = ranges_[after - 1];
    return bytes <= range.bytes && address - range.begin <= range.bytes - bytes;
  }

 private:
  struct Range {
    std::uintptr_t begin;
    std::size_t bytes;
  };

  /** Number of ranges that begin at or below an address, by binary search among a few thousand ranges. */
  std::size_t indexAfter(std::uintptr_t address) const {
    std::size_t low = 0, high = ranges_.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (ranges_[middle].begin <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  Vector<Range> ranges_;
};

}  // namespace st
