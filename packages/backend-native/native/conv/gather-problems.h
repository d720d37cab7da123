// The problems that the direct methods solve for one pass of a convolution.
#pragma once
#include "conv/conv-shape.h"
#include "conv/gather/gather.h"
#include "conv/plan.h"
#include "conv/post-ops.h"
#include "memory/vector.h"

namespace st {

/** Problems of one pass, and the taps that they point to. */
struct GatherProblems {
  Vector<Tap> taps;
  Vector<GatherProblem> problems;
};

/** y = the convolution of x; the post-ops may have bias and ReLU only. */
GatherProblems forwardProblems(const Conv2dShape& shape, const float* x, const float* packed, float* y, const PostOps& postOps);

/** dx: one problem for each residue of the stride in both dimensions. */
GatherProblems inputGradientProblems(const Conv2dShape& shape, const float* dy, const float* packed, float* dx);

/** The filter positions in the order in which the problems of a pass read them. */
Vector<int> tapOrder(ConvPass pass, const Conv2dShape& shape);

/** The kernels of a direct method. */
const GatherTable& gatherTableFor(ConvMethod method);

/** Solves all problems of a pass. Returns false if out of memory. */
bool solveProblems(ConvMethod method, const GatherProblems& all);

}  // namespace st
