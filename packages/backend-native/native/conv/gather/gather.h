// The gathering convolution: every output pixel is a sum over taps, each one input pixel times one matrix of the filter.
// It serves the forward pass, the input gradient (a problem for each remainder of the stride) and the matrix product.
#pragma once
#include <cstddef>

#include "isa/isa.h"

namespace st {

/** Input pixels that one tap reads: [pixel row * stepHeight + height, pixel column * stepWidth + width]. */
struct Tap {
  int height, width;
};

struct GatherProblem {
  const float* in;  // [batch, inHeight, inWidth, inChannels]
  int batch, inHeight, inWidth, inChannels;
  int gridHeight, gridWidth;  // output pixels that this problem computes, of each image
  int stepHeight, stepWidth;  // input pixels from one of them to the next
  const Tap* taps;
  int tapCount;

  float* out;  // [batch, outHeight, outWidth, outChannels]
  int outHeight, outWidth, outChannels;
  int outTop, outLeft, outStepHeight, outStepWidth;  // grid pixel (i, j) is output pixel (outTop + i outStepHeight, ...)

  const float* packed;  // the filter of all problems, as `packFilter` made it
  int packedTap;        // where this problem's taps begin in it
  int packedTaps;       // how many taps it has in all

  const float* bias;  // [outChannels] or null
  bool relu;
};

struct GatherTable {
  /** Floats of a packed filter with `taps` taps. */
  std::size_t (*packedFloats)(int taps, int inChannels, int outChannels);
  /**
   * Packs the tap matrices of a filter: matrix `order[t]` of the filter becomes tap t. `filter` is [taps, in, out], or, where
   * `transposed`, [taps, out, in].
   */
  void (*packFilter)(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                     float* packed);
  /** False where working memory is lacking. */
  bool (*run)(const GatherProblem& problem);
};

ST_DECLARE_TABLE(GatherTable, gatherTable)

struct GatherTogetherTable {
  /**
   * Solves problems that differ in their grid's size, taps, `packedTap`, `outTop` and `outLeft` alone, with `outTop` below
   * `outStepHeight` and `outLeft` below `outStepWidth`, by filters that `gatherTable` packed. What several of them read is
   * gathered once, and what they write lies together.
   */
  bool (*run)(const GatherProblem* problems, int count);
};

ST_DECLARE_TABLE(GatherTogetherTable, gatherTogetherTable)

}  // namespace st
