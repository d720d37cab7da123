// Limits that every entry point keeps.
#pragma once
#include <cstdint>

namespace st {

/** The most elements of an array: products of sizes below it, times 8 bytes, stay far from the limits of 64 bits. */
constexpr std::int64_t kMostElements = std::int64_t{1} << 38;

}  // namespace st
