// Average and maximum pooling, NHWC, with the gradients of tfjs's `cpu` back end.
#pragma once
#include <cstdint>

namespace st {

struct PoolShape {
  int batch, inHeight, inWidth, channels, outHeight, outWidth;
  int filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth;
  int padTop, padLeft;
};

/** y = the mean (over the pixels inside the image) or the maximum of each window. */
void pool(bool maximum, const PoolShape& shape, const float* x, float* y);

/** dx: each dy is distributed over its window, divided by the window's full size. */
void averagePoolGradient(const PoolShape& shape, const float* dy, float* dx);

/** dx: each dy goes to the first largest pixel of its window. */
void maximumPoolGradient(const PoolShape& shape, const float* dy, const float* x, float* dx);

struct PoolTable {
  /** The channels of one output pixel, from the `count` pixels at `pixels`. */
  void (*average)(const float* const* pixels, int count, int channels, float* y);
  void (*maximum)(const float* const* pixels, int count, int channels, float* y);
  /** to += from * factor. */
  void (*addScaled)(const float* from, float factor, int channels, float* to);
};

}  // namespace st
