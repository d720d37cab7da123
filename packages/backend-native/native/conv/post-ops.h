// What follows a convolution before its output is stored, and the pass that does it afterwards where a method cannot.
#pragma once
#include <cstdint>

#include "conv/conv.h"
#include "isa/isa.h"

namespace st {

struct FinishTable {
  /** Finishes `pixels` pixels of `out` in place, from pixel `first` of the output. */
  void (*run)(const ConvFinish& finish, float* out, int channels, std::int64_t first, std::int64_t pixels);
};

ST_DECLARE_TABLE(FinishTable, finishTable)

}  // namespace st
