// What could not be had: told in the error of whoever ran out of memory.
#pragma once
#include <cstddef>

namespace st {

/** Says that so many bytes were asked for and could not be had; any thread. */
void noteShortage(std::size_t bytes);

/** The bytes that were noted last, or 0; forgets them. */
std::size_t takeShortage();

}  // namespace st
