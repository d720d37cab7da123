// The direct filter gradient: the matrix of each tap is a sum over pixels of x^T dy.
#pragma once
#include "conv/conv-shape.h"
#include "isa/isa.h"

namespace st {

struct FilterGradientTable {
  /** Returns false if out of memory. */
  bool (*run)(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);
};

ST_DECLARE_TABLE(FilterGradientTable, filterGradientTable)

}  // namespace st
