// Winograd's minimal filtering for 3x3 filters at strides 1 and 2, any channels, sizes and pads.
// Lavin & Gray 2016, arXiv 1509.09308. At stride 1, F(4x4, 3x3) and F(2x2, 3x3): an output tile of M x M pixels costs
// (M + 2)^2 multiplications per channel pair in place of 9 M^2; the input gradient is the same with the filter turned over.
// At stride 2 (winograd-strided.h) a tile of 4 x 4 costs 81 in place of 144.
#pragma once
#include <cstddef>

#include "conv/conv.h"
#include "isa/isa.h"

namespace st {

/** The form of a pass: the tile's side at stride 1; at stride 2 the forward pass, and the input gradient by the pads' parity. */
enum class WinogradForm { Two, Four, Halving, DoublingEven, DoublingOdd };

struct WinogradProblem {
  const float* in;  // [batch, inHeight, inWidth, inChannels]
  int batch, inHeight, inWidth, inChannels;
  float* out;  // [batch, outHeight, outWidth, outChannels]
  int outHeight, outWidth, outChannels;
  int padTop, padLeft;  // the first tile sees input pixels from (-padTop, -padLeft); may be negative
  const float* packed;
  ConvFinish finish;
  int* nonFinite;  // set to 1 where an output, before it is finished, is NaN or infinite
};

struct WinogradTable {
  std::size_t (*packedFloats)(WinogradForm form, int inChannels, int outChannels);
  /** `filter` is [3, 3, in, out]; where `turned`, it is [3, 3, out, in] and rotated by half a turn. */
  void (*packFilter)(WinogradForm form, const float* filter, int inChannels, int outChannels, bool turned, float* packed);
  /** The filter that was packed, within a few units in the last place of its largest value; the layout is as for `packFilter`. */
  void (*unpackFilter)(WinogradForm form, const float* packed, int inChannels, int outChannels, bool turned, float* filter);
  /**
   * False where working memory is lacking. Of a pixel that is NaN, infinite or so large that a sum overflows, `nonFinite` tells: its whole tile may be
   * wrong.
   */
  bool (*run)(WinogradForm form, const WinogradProblem& problem);
};

ST_DECLARE_TABLE(WinogradTable, winogradTable)

}  // namespace st
