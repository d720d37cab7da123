// Winograd's minimal filtering for the gradient of a 3x3 filter at stride 1 or 2:
// dg = G^T [sum over tiles of (B^T d B) * (A dy A^T)] G, with d a tile of the input and dy a tile of the output's gradient.
#pragma once
#include "conv/conv-shape.h"
#include "conv/winograd/winograd.h"
#include "isa/isa.h"

namespace st {

struct WinogradGradientTable {
  /**
   * `shape` has a 3x3 filter without dilation, at stride 2 for the form `Stride2Forward` and at stride 1 for `Two` and `Four`. Returns
   * false if out of memory. Sets `nonFinite` to 1 if a value is NaN or infinite.
   */
  bool (*run)(WinogradForm form, const Conv2dShape& shape, const float* x, const float* dy, float* dfilter, int* nonFinite);
};

ST_DECLARE_TABLE(WinogradGradientTable, winogradGradientTable)

}  // namespace st
