// Winograd's minimal filtering for 3x3 filters at stride 1: F(4x4, 3x3) and F(2x2, 3x3), any channels, sizes and pads.
// Lavin & Gray 2016, arXiv 1509.09308. An output tile of M x M pixels costs (M + 2)^2 multiplications per channel pair
// in place of 9 M^2. The input gradient is the same with the filter turned over.
#pragma once
#include <cstddef>

#include "../isa/isa.h"

namespace st {

/** Pixels of an output tile's side. */
enum class WinogradTile { Two = 2, Four = 4 };

struct WinogradProblem {
  const float* in;  // [batch, inHeight, inWidth, inChannels]
  int batch, inHeight, inWidth, inChannels;
  float* out;  // [batch, outHeight, outWidth, outChannels]
  int outHeight, outWidth, outChannels;
  int padTop, padLeft;  // output pixel (i, j) sees input pixels from (i - padTop, j - padLeft); may be negative
  const float* packed;
  const float* bias;  // [outChannels] or null
  bool relu;
};

struct WinogradTable {
  std::size_t (*packedFloats)(WinogradTile tile, int inChannels, int outChannels);
  /** `filter` is [3, 3, in, out]; where `turned`, it is [3, 3, out, in] and rotated by half a turn. */
  void (*packFilter)(WinogradTile tile, const float* filter, int inChannels, int outChannels, bool turned, float* packed);
  /** False where working memory is lacking. */
  bool (*run)(WinogradTile tile, const WinogradProblem& problem);
};

ST_DECLARE_TABLE(WinogradTable, winogradTable)

}  // namespace st
