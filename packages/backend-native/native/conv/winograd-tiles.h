// Walking over the tiles of an image batch, and the transform of one tile of the input.
#pragma once
#include "../simd.h"
#include "../split.h"
#include "winograd-transforms.h"

namespace st {
namespace ST_ISA {

/** Vectors that hold so many channels. */
ST_INLINE int vectorsFor(int channels) { return (channels + kLanes - 1) / kLanes; }

/** The tiles of M x M output pixels that cover a batch of images, and where one of them lies. */
struct TileGrid {
  int rows, columns;

  static TileGrid of(int height, int width, int side) { return {(height + side - 1) / side, (width + side - 1) / side}; }
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
 * Reads the Side x Side patch of `images` whose corner is pixel (top, left), zeros outside the image, transforms it, and
 * writes value (i, j) of channels b kLanes ... to out + (i * OutSide + j) * valueStride + b * blockStride.
 * `zeros` holds as many zeros as the image has channels.
 */
template <int Side, int OutSide, class Transform>
ST_INLINE void transformPatch(const Transform& transform, const Images& images, int image, int top, int left, const float* zeros,
                              float* out, Index valueStride, Index blockStride) {
  const Index channels = images.channels, rowStride = images.width * channels;
  const float* corner = images.data + (static_cast<Index>(image) * images.height + top) * rowStride + left * channels;
  const int whole = images.channels / kLanes * kLanes, rest = images.channels - whole;
  const auto write = [&](int i, int j, Vec v) { store(out + (i * OutSide + j) * valueStride, v); };
  if (top >= 0 && left >= 0 && top + Side <= images.height && left + Side <= images.width) {
    for (int c = 0; c < whole; c += kLanes, out += blockStride)
      transform2d<Side, OutSide>(transform, [&](int i, int j) { return load(corner + i * rowStride + j * channels + c); }, write);
    if (rest > 0)
      transform2d<Side, OutSide>(transform, [&](int i, int j) { return loadFirst(corner + i * rowStride + j * channels + whole, rest); }, write);
    return;
  }
  const float* at[Side][Side];
  for (int i = 0; i < Side; i++)
    for (int j = 0; j < Side; j++) {
      const bool inside = top + i >= 0 && top + i < images.height && left + j >= 0 && left + j < images.width;
      at[i][j] = inside ? corner + i * rowStride + j * channels : zeros;
    }
  for (int c = 0; c < whole; c += kLanes, out += blockStride)
    transform2d<Side, OutSide>(transform, [&](int i, int j) { return load(at[i][j] + c); }, write);
  if (rest > 0) transform2d<Side, OutSide>(transform, [&](int i, int j) { return loadFirst(at[i][j] + whole, rest); }, write);
}

}  // namespace ST_ISA
}  // namespace st
