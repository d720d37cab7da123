#include "border/block-list.h"

namespace st {

void BlockList::add(const void* block, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  ranges_.insert(ranges_.begin() + static_cast<std::ptrdiff_t>(indexAfter(address)), Range{address, bytes});
}

void BlockList::remove(const void* block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::size_t after = indexAfter(address);
  if (after > 0 && ranges_[after - 1].begin == address) ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(after - 1));
}

}  // namespace st
