#include "conv/depthwise/depthwise.h"

#include <cassert>

#include "conv/conv.h"

namespace st {

bool depthwiseConv2dForward(const Conv2dShape& s, const float* x, const float* filter, float* y, const PostOps& postOps) {
  assert(s.outChannels % s.inChannels == 0 && postOps.isBiasAndRelu());
  return ST_FOR_ACTIVE_ISA(depthwiseTable).forward(s, x, filter, y, postOps);
}

bool depthwiseConv2dInputGradient(const Conv2dShape& s, const float* dy, const float* filter, float* dx) {
  assert(s.outChannels % s.inChannels == 0);
  return ST_FOR_ACTIVE_ISA(depthwiseTable).inputGradient(s, dy, filter, dx);
}

bool depthwiseConv2dFilterGradient(const Conv2dShape& s, const float* x, const float* dy, float* dfilter) {
  assert(s.outChannels % s.inChannels == 0);
  return ST_FOR_ACTIVE_ISA(depthwiseTable).filterGradient(s, x, dy, dfilter);
}

}  // namespace st
