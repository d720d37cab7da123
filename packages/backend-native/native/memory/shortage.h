// The size of the last failed allocation, reported in the out-of-memory error.
#pragma once
#include <cstddef>

namespace st {

/** Records the size of a failed allocation, from any thread. */
void noteShortage(std::size_t bytes);

/** Returns the recorded size, or 0, and clears it. */
std::size_t takeShortage();

}  // namespace st
