// The direct filter gradient: each tap's matrix is a sum over pixels of x^T dy.
#pragma once
#include "conv/conv.h"
#include "isa/isa.h"

namespace st {

struct FilterGradientTable {
  /** False where working memory is lacking. */
  bool (*run)(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);
};

ST_DECLARE_TABLE(FilterGradientTable, filterGradientTable)

}  // namespace st
