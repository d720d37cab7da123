// Convolution of so few input channels that finding each tap's pixel costs more than multiplying it.
#pragma once
#include "conv/gather/gather.h"

namespace st {

constexpr int kFewInputs = 7;
/** Values of one output's sum at most: so many rows of a filter panel (10 KB, 40 KB at AVX-512) stay in the first-level cache. */
constexpr int kFewInputsValues = 160;

inline bool hasFewInputs(int taps, int inChannels) { return inChannels <= kFewInputs && taps * inChannels <= kFewInputsValues; }

/** Takes the problems of `gatherTable` whose taps are a rectangle of neighbouring pixels. */
ST_DECLARE_TABLE(GatherTable, fewInputsTable)

}  // namespace st
