// Winograd's minimal filtering for 3x3 filters at strides 1 and 2, with any channels, sizes and pads.
// Lavin & Gray 2016, arXiv 1509.09308. At stride 1, F(4x4, 3x3) and F(2x2, 3x3): an output tile of M x M pixels takes (M + 2)^2
// multiplications per pair of channels instead of 9 M^2. The input gradient is the same with the filter rotated by 180 degrees. At stride 2
// (winograd-strided.h) a 4 x 4 tile takes 81 instead of 144.
#pragma once
#include <cstdint>

#include "conv/post-ops.h"
#include "isa/isa.h"

namespace st {

/**
 * The form of a pass: at stride 1 the side of its tiles; at stride 2 forward pass or input gradient, the latter by the parity of the pads.
 */
enum class WinogradForm { Two, Four, Stride2Forward, Stride2InputGradientEvenPad, Stride2InputGradientOddPad };

struct WinogradProblem {
  const float* in;  // [batch, inHeight, inWidth, inChannels]
  int batch, inHeight, inWidth, inChannels;
  float* out;  // [batch, outHeight, outWidth, outChannels]
  int outHeight, outWidth, outChannels;
  int padTop, padLeft;  // the first tile begins at input pixel (-padTop, -padLeft); may be negative
  const float* packed;
  PostOps postOps;
  int* nonFinite;  // set to 1 if an output, before the post-ops, is NaN or infinite
};

struct WinogradTable {
  std::uint64_t (*packedFloats)(WinogradForm form, int inChannels, int outChannels);
  /** `filter` is [3, 3, in, out]. If `rotated`, it is [3, 3, out, in] and is rotated by 180 degrees. */
  void (*packFilter)(WinogradForm form, const float* filter, int inChannels, int outChannels, bool rotated, float* packed);
  /** Recovers the filter from its packed form, within a few units in the last place of its largest value. Layout as for `packFilter`. */
  void (*unpackFilter)(WinogradForm form, const float* packed, int inChannels, int outChannels, bool rotated, float* filter);
  /**
   * Returns false if out of memory. Sets `nonFinite` if a pixel is NaN, infinite, or so large that a sum overflows: all pixels of its tile
   * may then be wrong.
   */
  bool (*run)(WinogradForm form, const WinogradProblem& problem);
};

ST_DECLARE_TABLE(WinogradTable, winogradTable)

}  // namespace st
