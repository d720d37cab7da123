// Aligned memory from the system, large pieces on huge pages. `wasm/aligned-memory.cc` has it from WebAssembly's linear memory.
#pragma once
#include <cstddef>

namespace st {

/** Memory of at least this size begins at a huge-page boundary and requests huge pages: one page fault then fills 2 MiB. */
constexpr std::size_t kHugePage = std::size_t{2} << 20;

/** Memory of `bytes` bytes, aligned to at least 64 bytes, with undefined contents; null if out of memory. */
void* allocateAligned(std::size_t bytes);

/** Frees memory of `allocateAligned`; `bytes` must be the same. */
void freeAligned(void* memory, std::size_t bytes);

/** True if `allocateAligned(bytes)` is zeroed. */
bool isZeroed(std::size_t bytes);

/** Returns the pages of memory to the system, where it can, but keeps its addresses. Its contents are then undefined. */
void discardContents(void* memory, std::size_t bytes);

}  // namespace st
