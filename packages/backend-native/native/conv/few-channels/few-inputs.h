// Convolution with so few input channels that computing an address per tap costs more than its multiplications.
#pragma once
#include "conv/gather/gather.h"

namespace st {

constexpr int kFewInputs = 7;
/** Most values per output: a filter panel with this many rows (10 KB, with AVX-512 40 KB) stays in the L1 cache. */
constexpr int kFewInputsValues = 160;

inline bool hasFewInputs(int taps, int inChannels) { return inChannels <= kFewInputs && taps * inChannels <= kFewInputsValues; }

/** Takes the problems of `gatherTable` whose taps are a rectangle of adjacent pixels. */
ST_DECLARE_TABLE(GatherTable, fewInputsTable)

}  // namespace st
