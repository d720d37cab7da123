#include "scratch.h"

#include <cstring>

#include "memory/aligned-memory.h"
#include "memory/shortage.h"
#include "threads.h"

namespace st {
namespace {

/** Most blocks that are cached: two nested leases of two threads. */
constexpr int kBlocks = 4;
/** Most bytes that are cached. The largest lease of a network at common sizes takes about half of it. */
constexpr std::size_t kBytesKept = std::size_t{96} << 20;
/** Leases of less than a huge page are rounded up to pages. */
constexpr std::size_t kSmallUnit = 4096;
/** More than any machine has. A lease of more is treated as out of memory, so that its size in bytes cannot overflow. */
constexpr std::size_t kMostFloats = (static_cast<std::size_t>(-1) >> 1) / sizeof(float);

struct Block {
  float* data;
  std::size_t bytes;
};

struct Store {
  Mutex mutex;
  Block blocks[kBlocks] = {};
  std::size_t kept = 0;
};

Store& store() {
  static Store* const instance = new Store;  // never destroyed: leases may end after static destructors
  return *instance;
}

}  // namespace

ScratchLease::ScratchLease(std::uint64_t floats) : data_(nullptr) {
  const std::size_t need = (floats < kMostFloats ? static_cast<std::size_t>(floats) : kMostFloats) * sizeof(float);
  const std::size_t unit = need >= kHugePage ? kHugePage : kSmallUnit;
  bytes_ = (need / unit + 1) * unit;
  Store& s = store();
  {
    const Lock lock(s.mutex);
    Block* best = nullptr;
    for (Block& block : s.blocks)
      if (block.data != nullptr && block.bytes >= bytes_ && (best == nullptr || block.bytes < best->bytes)) best = &block;
    if (best != nullptr) {
      data_ = best->data;
      bytes_ = best->bytes;
      s.kept -= best->bytes;
      *best = {};
    }
  }
  if (data_ == nullptr) data_ = static_cast<float*>(allocateAligned(bytes_));
  if (data_ == nullptr) noteShortage(bytes_);
#if defined(ST_SANITIZE)
  // Reading uninitialized memory then yields NaN.
  if (data_ != nullptr) std::memset(data_, 0xff, bytes_);
#endif
}

ScratchLease::~ScratchLease() {
  if (data_ == nullptr) return;
  Block drop{data_, bytes_};
  Store& s = store();
  {
    const Lock lock(s.mutex);
    // Keep the largest blocks, as they fit every lease.
    for (Block& block : s.blocks) {
      if (block.bytes >= drop.bytes || s.kept - block.bytes + drop.bytes > kBytesKept) continue;
      s.kept += drop.bytes - block.bytes;
      const Block smaller = block;
      block = drop;
      drop = smaller;
    }
  }
  if (drop.data != nullptr) freeAligned(drop.data, drop.bytes);
}

std::size_t scratchBytesKept() {
  Store& s = store();
  const Lock lock(s.mutex);
  return s.kept;
}

void releaseScratch() {
  Store& s = store();
  const Lock lock(s.mutex);
  for (Block& block : s.blocks) {
    if (block.data != nullptr) freeAligned(block.data, block.bytes);
    block = {};
  }
  s.kept = 0;
}

}  // namespace st
