#include "memory/aligned-memory.h"

#include <cstdint>
#include <cstdlib>

#include "integer-math.h"

#if defined(_WIN32)
#include <malloc.h>
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace st {
namespace {

/** The size of a cache line and of the widest vector. */
constexpr std::size_t kAlignment = 64;

#if defined(ST_SANITIZE)
/** Never mapped: a mapped block ends with its page, and the sanitizer would miss a read beyond it. */
constexpr std::size_t kMapped = static_cast<std::size_t>(-1);
#else
constexpr std::size_t kMapped = kHugePage;
#endif

#if defined(_WIN32)

void* allocateLarge(std::size_t bytes) { return VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE); }
void freeLarge(void* block, std::size_t) { VirtualFree(block, 0, MEM_RELEASE); }
void* allocateSmall(std::size_t bytes) { return _aligned_malloc(bytes, kAlignment); }
void freeSmall(void* block) { _aligned_free(block); }
void discardPages(void* block, std::size_t bytes) { VirtualAlloc(block, bytes, MEM_RESET, PAGE_READWRITE); }

#else

std::size_t pageSize() {
  static const std::size_t size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/** Maps one huge page more than needed and unmaps the parts outside the aligned block. */
void* allocateLarge(std::size_t bytes) {
  const std::size_t length = roundUpTo(bytes, pageSize());
  void* mapped = mmap(nullptr, length + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t aligned = roundUpTo(start, kHugePage);
  if (aligned > start) munmap(mapped, aligned - start);
  const std::uintptr_t end = start + length + kHugePage;
  if (end > aligned + length) munmap(reinterpret_cast<void*>(aligned + length), end - aligned - length);
#if defined(MADV_HUGEPAGE)
  madvise(reinterpret_cast<void*>(aligned), length, MADV_HUGEPAGE);
#endif
  return reinterpret_cast<void*>(aligned);
}

void freeLarge(void* block, std::size_t bytes) { munmap(block, roundUpTo(bytes, pageSize())); }

void* allocateSmall(std::size_t bytes) {
  void* block = nullptr;
  return posix_memalign(&block, kAlignment, bytes) == 0 ? block : nullptr;
}

void freeSmall(void* block) { std::free(block); }

/** Discards only pages that lie completely in the block; the others may hold other data. */
void discardPages(void* block, std::size_t bytes) {
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = roundUpTo(start, pageSize()), end = (start + bytes) / pageSize() * pageSize();
  if (first >= end) return;
#if defined(__linux__)
  madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
#else
  madvise(reinterpret_cast<void*>(first), end - first, MADV_FREE);
#endif
}

#endif

}  // namespace

void* allocateAligned(std::size_t bytes) { return bytes >= kMapped ? allocateLarge(bytes) : allocateSmall(bytes); }

void freeAligned(void* memory, std::size_t bytes) {
  if (bytes >= kMapped) freeLarge(memory, bytes);
  else freeSmall(memory);
}

bool isZeroed(std::size_t bytes) { return bytes >= kMapped; }

void discardContents(void* memory, std::size_t bytes) {
  if (bytes >= kMapped) discardPages(memory, bytes);
}

}  // namespace st
