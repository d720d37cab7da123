// Convolution to so few output channels that most lanes of a vector of them would stay empty.
#pragma once
#include "gather.h"

namespace st {

constexpr int kFewOutputs = 4;
/** Input channels from which on this pays. */
constexpr int kFewOutputsInputs = 8;

inline bool hasFewOutputs(int inChannels, int outChannels) { return outChannels <= kFewOutputs && inChannels >= kFewOutputsInputs; }

/** Takes the same problems as `gatherTable`. */
ST_DECLARE_TABLE(GatherTable, fewOutputsTable)

}  // namespace st
