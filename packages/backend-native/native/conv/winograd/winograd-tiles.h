// Iteration over the tiles of an image batch, and the input transform of one tile.
#pragma once
#include "conv/winograd/winograd-transforms.h"
#include "integer-math.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Number of vectors that hold `channels` channels. */
ST_INLINE int vectorsFor(int channels) { return ceilDiv(channels, kLanes); }

/** The grid of output tiles, `side` x `side` pixels each, that covers one image; and the position of one tile in the batch. */
struct TileGrid {
  int rows, columns;

  static TileGrid of(int height, int width, int side) { return {ceilDiv(height, side), ceilDiv(width, side)}; }
};

struct TilePosition {
  int image, row, column;

  static TilePosition at(const TileGrid& grid, Index tile) {
    const Index perImage = static_cast<Index>(grid.rows) * grid.columns;
    return {static_cast<int>(tile / perImage), static_cast<int>(tile % perImage / grid.columns), static_cast<int>(tile % grid.columns)};
  }
  void next(const TileGrid& grid) {
    if (++column < grid.columns) return;
    column = 0;
    if (++row < grid.rows) return;
    row = 0;
    image++;
  }
};

/** An image batch [batch, height, width, channels]. */
struct Images {
  const float* data;
  int height, width, channels;
};

/**
 * Prefetches channels [first, last) of those pixels of a square that lie inside the image, while other tiles are multiplied. The hardware
 * prefetcher does not detect the access pattern of tiles.
 */
template <bool kForWriting>
ST_INLINE void prefetchSquare(const Images& images, int image, int top, int left, int side, int first, int last) {
  const Index channels = images.channels, rowStride = images.width * channels;
  const int bottom = minOf(top + side, images.height), right = minOf(left + side, images.width);
  for (int row = maxOf(top, 0); row < bottom; row++) {
    const float* const line = images.data + (static_cast<Index>(image) * images.height + row) * rowStride;
    for (int column = maxOf(left, 0); column < right; column++)
      for (Index c = first; c < last; c += kLineFloats) __builtin_prefetch(line + column * channels + c, kForWriting ? 1 : 0);
  }
}

/** Bit i is set if begin + i lies in [0, size), for i < count. */
ST_INLINE unsigned insideBits(int begin, int count, int size) {
  const int first = begin < 0 ? minOf(-begin, count) : 0, last = size - begin < count ? maxOf(size - begin, first) : count;
  return ((1u << last) - 1) & ~((1u << first) - 1);
}

/**
 * Reads the patch of `images` with its corner at pixel (top, left), in the size that the transform needs, with zeros outside the image.
 * Transforms it and stores value (i, j) of channel vector b at place(b) + (i * kOut + j) * valueStride. `zeros` points to as many zeros as
 * the image has channels.
 */
template <class Transform, class Place>
ST_INLINE void transformPatch(const Images& images, int image, int top, int left, const float* zeros, const Place& place, Index valueStride) {
  constexpr int kIn = Transform::kIn, kOut = Transform::kOut;
  const Index channels = images.channels, rowStride = images.width * channels;
  const float* corner = images.data + (static_cast<Index>(image) * images.height + top) * rowStride + left * channels;
  const int whole = images.channels / kLanes, rest = images.channels % kLanes;
  const auto writeTo = [&](float* to) __attribute__((always_inline)) {
    return [to, valueStride](int i, int j, Vec v) __attribute__((always_inline)) { store(to + (i * kOut + j) * valueStride, v); };
  };
  if (top >= 0 && left >= 0 && top + kIn <= images.height && left + kIn <= images.width) {
    for (int b = 0; b < whole; b++, corner += kLanes)
      transform2d<Transform>([&](int i, int j) __attribute__((always_inline)) { return load(corner + i * rowStride + j * channels); }, writeTo(place(b)));
    if (rest > 0)
      transform2d<Transform>([&](int i, int j) __attribute__((always_inline)) { return loadFirst(corner + i * rowStride + j * channels, rest); },
                             writeTo(place(whole)));
    return;
  }
  const float* at[kIn][kIn];
  const unsigned rows = insideBits(top, kIn, images.height), columns = insideBits(left, kIn, images.width);
#pragma GCC unroll 16
  for (int i = 0; i < kIn; i++) {
    const unsigned inside = rows >> i & 1 ? columns : 0;
#pragma GCC unroll 16
    for (int j = 0; j < kIn; j++) at[i][j] = inside >> j & 1 ? corner + i * rowStride + j * channels : zeros;
  }
  for (int b = 0; b < whole; b++)
    transform2d<Transform>([&](int i, int j) __attribute__((always_inline)) { return load(at[i][j] + b * kLanes); }, writeTo(place(b)));
  if (rest > 0)
    transform2d<Transform>([&](int i, int j) __attribute__((always_inline)) { return loadFirst(at[i][j] + whole * kLanes, rest); }, writeTo(place(whole)));
}

}  // namespace ST_ISA
}  // namespace st
