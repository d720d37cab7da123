// Entry points of convolution in float32: forward pass, input gradient, filter gradient, and the same for depthwise convolution.
//
// Tensors are dense: images NHWC, filters HWIO (depthwise: H, W, channels, multiplier). Each output is overwritten completely and must not
// overlap an input. Nothing outside the tensors is read or written. Arrays need an alignment of 4 bytes only.
// Every call uses the thread pool of parallel.h. The result has the same bits for every number of threads.
// The caller validates the arguments; debug builds assert them. A function that returns bool needs a workspace: it returns false if the
// machine is out of memory, and the output is then undefined.
#pragma once
#include "conv/conv-shape.h"
#include "conv/plan.h"
#include "conv/post-ops.h"

namespace st {

/** Writes `plan.filter.floats` floats to `packed` from `filter` [fh, fw, in, out]. */
void conv2dPackFilter(const ConvPlan& plan, const float* filter, float* packed);

/**
 * One pass, then the post-ops; `packed` is the filter packed for the same plan.
 * Forward: out = y [n, oh, ow, k] = sum over i, j, c of x[n, oh s + i d - p, ow s + j d - p, c] filter[i, j, c, k], in = x.
 * Input gradient: out = dx [n, h, w, c] = the gradient of sum(y dy) with respect to x, in = dy.
 */
[[nodiscard]] bool conv2d(const ConvPlan& plan, const float* in, const float* packed, float* out, const PostOps& postOps = {});

/** dfilter [i, j, c, k] = the gradient of sum(y dy) with respect to the filter. */
[[nodiscard]] bool conv2dFilterGradient(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* x, const float* dy, float* dfilter);

/**
 * Depthwise convolution. `shape.outChannels` is inChannels times the multiplier m; input channel c produces output channels c m to c m + m
 * - 1. `postOps` may have bias and ReLU only.
 */
[[nodiscard]] bool depthwiseConv2dForward(const Conv2dShape& shape, const float* x, const float* filter, float* y,
                            const PostOps& postOps = {});
[[nodiscard]] bool depthwiseConv2dInputGradient(const Conv2dShape& shape, const float* dy, const float* filter, float* dx);
[[nodiscard]] bool depthwiseConv2dFilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);

}  // namespace st
