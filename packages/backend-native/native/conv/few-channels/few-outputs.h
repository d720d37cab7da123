// Convolution to so few output channels that most lanes of a vector of them would stay empty: lanes run over input values.
#pragma once
#include "conv/gather/gather.h"

namespace st {

constexpr int kFewOutputs = 4;

/** Takes the problems of `gatherTable` whose taps are a rectangle of neighbouring pixels. */
ST_DECLARE_TABLE(GatherTable, fewOutputsTable)

}  // namespace st
