// Sizes of a convolution and the choices of its caller.
#pragma once

namespace st {

/** Largest supported stride. `FilterLayout::id` encodes the strides of both axes and the residues of the dilations. */
constexpr int kMostStride = 4095;

/**
 * Sizes of a 2-D convolution. All sizes are at least 1, strides at most `kMostStride`, pads at least 0. The pads at the bottom and on the
 * right follow from the output's size.
 */
struct Conv2dShape {
  int batch;
  int inHeight, inWidth, inChannels;
  int outHeight, outWidth, outChannels;
  int filterHeight, filterWidth;
  int strideHeight, strideWidth;
  int dilationHeight, dilationWidth;
  int padTop, padLeft;
};

/** How much accuracy may be traded for speed. Errors are relative to the largest output. */
enum class ConvAlgorithm {
  Fast,      // Winograd F(4x4, 3x3), or F(4, 2) at stride 2, where faster; error 3e-5
  Accurate,  // Winograd F(2x2, 3x3) where faster; error 3e-6
  Direct,    // no Winograd; error 3e-6
};

enum class ConvPass { Forward, InputGradient };

}  // namespace st
