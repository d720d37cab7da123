// The vector of kernels and entry points: a failed allocation records its size for the error message.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include "memory/shortage.h"

namespace st {

/** The standard allocator, except that it records the size before it throws. */
template <class T>
struct NotingAllocator {
  using value_type = T;
  NotingAllocator() = default;
  template <class Other>
  NotingAllocator(const NotingAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    void* block = count <= static_cast<std::size_t>(-1) / 2 / sizeof(T) ? std::malloc(count * sizeof(T)) : nullptr;
    if (block == nullptr) {
      noteShortage(count * sizeof(T));
      throw std::bad_alloc();
    }
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept { std::free(block); }

  friend bool operator==(const NotingAllocator&, const NotingAllocator&) { return true; }
  friend bool operator!=(const NotingAllocator&, const NotingAllocator&) { return false; }
};

template <class T>
using Vector = std::vector<T, NotingAllocator<T>>;

}  // namespace st
