// Blocks of memory for tensors: aligned for vectors, and for huge pages where they are large.
#pragma once
#include <cstddef>

namespace st {

/** From this size on a block starts at a huge page's boundary and asks for huge pages: one fault then fills 2 MiB. */
constexpr std::size_t kHugePage = std::size_t{2} << 20;

/** A block of `bytes` zeroed bytes, aligned to 64 bytes at least; null when there is no memory left. */
void* allocateBlock(std::size_t bytes);

/** Frees a block of `allocateBlock`; `bytes` as asked for. */
void freeBlock(void* block, std::size_t bytes);

/** Gives the pages of a block back to the machine and keeps its addresses; its content is undefined after that. */
void discardBlock(void* block, std::size_t bytes);

/** Bytes of all blocks that have not been freed. */
std::size_t allocatedBytes();

}  // namespace st
