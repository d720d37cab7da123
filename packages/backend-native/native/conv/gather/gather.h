// Implicit GEMM (indirect convolution): an output pixel is a sum over taps of one input pixel times the tap's filter matrix. The input is
// read through a table of addresses, without an im2col copy.
// It computes the forward pass, the input gradient (one problem for each residue of the stride) and the matrix product.
#pragma once
#include <cstdint>

#include "isa/isa.h"

namespace st {

/** The input pixels of one tap: output pixel (i, j) reads input pixel (i * stepHeight + height, j * stepWidth + width). */
struct Tap {
  int height, width;
};

struct GatherProblem {
  const float* in;  // [batch, inHeight, inWidth, inChannels]
  int batch, inHeight, inWidth, inChannels;
  int gridHeight, gridWidth;          // output pixels that this problem computes in each image
  int stepHeight = 1, stepWidth = 1;  // distance of the inputs of adjacent output pixels, in pixels
  const Tap* taps;
  int tapCount;

  float* out;  // [batch, outHeight, outWidth, outChannels]
  int outHeight, outWidth, outChannels;
  /** Grid pixel (i, j) is output pixel (outTop + i * outStepHeight, outLeft + j * outStepWidth). */
  int outTop = 0, outLeft = 0, outStepHeight = 1, outStepWidth = 1;

  const float* packed;  // the packed filter of all problems, as `packFilter` wrote it
  int packedTap = 0;    // index of this problem's first tap in it
  int packedTaps;       // number of all taps in it

  const float* bias = nullptr;  // [outChannels] or null
  bool relu = false;
};

struct GatherTable {
  /** Floats of a packed filter with `taps` taps. */
  std::uint64_t (*packedFloats)(int taps, int inChannels, int outChannels);
  /**
   * Packs the tap matrices of a filter: matrix `order[t]` becomes tap t. `filter` is [taps, in, out], or [taps, out, in] if `transposed`.
   */
  void (*packFilter)(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                     float* packed);
  /** Returns false if out of memory. */
  bool (*run)(const GatherProblem& problem);
};

ST_DECLARE_TABLE(GatherTable, gatherTable)

struct GatherTogetherTable {
  /**
   * Solves several problems that differ only in grid size, taps, `packedTap`, `outTop` < `outStepHeight` and `outLeft` < `outStepWidth`;
   * the filter is packed by `gatherTable`. Input that several of them read is gathered once, and their outputs are written close together.
   */
  bool (*run)(const GatherProblem* problems, int count);
};

ST_DECLARE_TABLE(GatherTogetherTable, gatherTogetherTable)

}  // namespace st
