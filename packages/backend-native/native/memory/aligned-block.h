// The blocks of tensors: aligned memory that is zeroed and counted.
#pragma once
#include <cstddef>

namespace st {

/** A block of `bytes` zeroed bytes, aligned to at least 64 bytes; null if out of memory. */
void* allocateBlock(std::size_t bytes);

/** Frees a block of `allocateBlock`; `bytes` must be the same. */
void freeBlock(void* block, std::size_t bytes);

/** Returns the pages of a block to the system but keeps its addresses. Its contents are then undefined. */
void discardBlock(void* block, std::size_t bytes);

/** Bytes of all blocks that have not been freed. */
std::size_t allocatedBytes();

}  // namespace st
