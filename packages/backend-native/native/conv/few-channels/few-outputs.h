// Convolution with so few output channels that most lanes of a vector of output channels would be empty: the lanes run over input values
// instead.
#pragma once
#include "conv/gather/gather.h"

namespace st {

constexpr int kFewOutputs = 4;

/** Takes the problems of `gatherTable` whose taps are a rectangle of adjacent pixels. */
ST_DECLARE_TABLE(GatherTable, fewOutputsTable)

}  // namespace st
