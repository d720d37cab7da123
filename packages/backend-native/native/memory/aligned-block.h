// Aligned memory, large blocks on huge pages; and the blocks of tensors, which are zeroed and counted.
#pragma once
#include <cstddef>

namespace st {

/** Blocks of at least this size begin at a huge-page boundary and request huge pages: one page fault then fills 2 MiB. */
constexpr std::size_t kHugePage = std::size_t{2} << 20;

/** Memory of `bytes` bytes, aligned to at least 64 bytes, with undefined contents; null if out of memory. */
void* allocateAligned(std::size_t bytes);

/** Frees memory of `allocateAligned`; `bytes` must be the same. */
void freeAligned(void* memory, std::size_t bytes);

/** A block of `bytes` zeroed bytes, aligned to at least 64 bytes; null if out of memory. */
void* allocateBlock(std::size_t bytes);

/** Frees a block of `allocateBlock`; `bytes` must be the same. */
void freeBlock(void* block, std::size_t bytes);

/** Returns the pages of a block to the system but keeps its addresses. Its contents are then undefined. */
void discardBlock(void* block, std::size_t bytes);

/** Bytes of all blocks that have not been freed. */
std::size_t allocatedBytes();

}  // namespace st
