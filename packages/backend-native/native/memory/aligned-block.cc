#include "memory/aligned-block.h"

#include <atomic>
#include <cstring>

#include "memory/aligned-memory.h"
#include "memory/shortage.h"

namespace st {
namespace {

std::atomic<std::size_t> g_allocated{0};

}  // namespace

void* allocateBlock(std::size_t bytes) {
  void* block = allocateAligned(bytes);
  if (block == nullptr) {
    noteShortage(bytes);
    return nullptr;
  }
  if (!isZeroed(bytes)) std::memset(block, 0, bytes);
  g_allocated.fetch_add(bytes, std::memory_order_relaxed);
  return block;
}

void freeBlock(void* block, std::size_t bytes) {
  freeAligned(block, bytes);
  g_allocated.fetch_sub(bytes, std::memory_order_relaxed);
}

void discardBlock(void* block, std::size_t bytes) { discardContents(block, bytes); }

std::size_t allocatedBytes() { return g_allocated.load(std::memory_order_relaxed); }

}  // namespace st
