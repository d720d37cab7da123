// Moving elements without changing them: transpose, slice, pad, tile, reverse and concatenate are all one strided copy.
#pragma once
#include <cstdint>

#include "ops/binary.h"

namespace st {

/** Strides in elements, of any sign; `from` and `to` are the offsets of the first element. */
struct StridedCopy {
  int rank;  // at least 1
  std::int64_t dims[kMaxRank];
  std::int64_t fromStride[kMaxRank], toStride[kMaxRank];
  std::int64_t from, to;
};

/** Copies one element for every index; elements have 1, 4 or 8 bytes. No two indices may have the same offset in `to`. */
void stridedCopy(const StridedCopy& layout, int elementSize, const std::uint8_t* from, std::uint8_t* to);

/** Fills `count` elements with the bytes of `value`. */
void fill(std::int64_t count, int elementSize, const std::uint8_t* value, std::uint8_t* to);

/** y [outer, indices, inner] = x [outer, length, inner] at `indices` along the middle axis; indices must be in range. */
void gather(std::int64_t outer, std::int64_t length, std::int64_t inner, std::int64_t indexCount, const std::int32_t* indices,
            int elementSize, const std::uint8_t* x, std::uint8_t* y);

/** y[i] = condition[i / repeat] == 1 ? a[i] : b[i], elements of 4 bytes. */
void selectElements(std::int64_t count, std::int64_t repeat, const std::uint8_t* condition, const float* a, const float* b,
                    float* y);

/** y[i] = (float) x[i]. */
void intsToFloats(std::int64_t count, const std::int32_t* x, float* y);
void bytesToFloats(std::int64_t count, const std::uint8_t* x, float* y);
/** y[i] = x[i] truncated towards 0 like JavaScript's ToInt32 (modulo 2^32; NaN and infinities give 0). */
void floatsToInts(std::int64_t count, const float* x, std::int32_t* y);
/** y[i] = x[i] != 0. */
void floatsToBytes(std::int64_t count, const float* x, std::uint8_t* y);

}  // namespace st
