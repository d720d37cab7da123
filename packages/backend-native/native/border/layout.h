// Limits shared by all entry points.
#pragma once
#include <cstdint>

namespace st {

/** Most elements of an array: products of sizes below this limit, times 8 bytes, are far below the limits of 64 bits. */
constexpr std::int64_t kMostElements = std::int64_t{1} << 38;

}  // namespace st
