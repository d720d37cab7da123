#include "conv/conv.h"

#include <algorithm>
#include <cstdint>

#include "conv/filter-gradient.h"
#include "conv/gather-problems.h"
#include "conv/winograd/winograd-gradient.h"
#include "conv/winograd/winograd.h"
#include "element-split.h"
#include "integer-math.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

/** The pad of a Winograd form's input. For a strided input gradient the first tile begins at row (pad - 1) / 2 of dy, rounded down. */
int winogradPad(WinogradForm form, int pad, int passPad) {
  if (form == WinogradForm::Stride2InputGradientEvenPad) return 1 - pad / 2;
  return form == WinogradForm::Stride2InputGradientOddPad ? -(pad / 2) : passPad;
}

bool runWinograd(const ConvPlan& plan, const float* in, const float* packed, float* out, const PostOps& postOps, int* nonFinite) {
  const PassSizes& sizes = plan.sizes;
  WinogradProblem problem;
  problem.batch = plan.shape.batch;
  problem.in = in;
  problem.inHeight = sizes.inHeight;
  problem.inWidth = sizes.inWidth;
  problem.inChannels = sizes.inChannels;
  problem.out = out;
  problem.outHeight = sizes.outHeight;
  problem.outWidth = sizes.outWidth;
  problem.outChannels = sizes.outChannels;
  problem.padTop = winogradPad(plan.form, plan.shape.padTop, sizes.padTop);
  problem.padLeft = winogradPad(plan.form, plan.shape.padLeft, sizes.padLeft);
  problem.packed = packed;
  problem.postOps = postOps;
  problem.nonFinite = nonFinite;
  return ST_FOR_ACTIVE_ISA(winogradTable).run(plan.form, problem);
}

/** Applies the post-ops in a pass of their own. */
void applyPostOps(const PostOps& postOps, const ConvPlan& plan, float* out) {
  const auto run = ST_FOR_ACTIVE_ISA(postOpsTable).run;
  const PassSizes& sizes = plan.sizes;
  const std::int64_t pixels = static_cast<std::int64_t>(plan.shape.batch) * sizes.outHeight * sizes.outWidth;
  const std::int64_t step = std::max<std::int64_t>(1, kElementsPerTask / sizes.outChannels);
  parallelFor(static_cast<int>(ceilDiv(pixels, step)), [&](int task, int) {
    const std::int64_t first = task * step;
    run(postOps, out, sizes.outChannels, first, std::min(step, pixels - first));
  });
}

bool runDirect(const ConvPlan& plan, const float* in, const float* packed, float* out, const PostOps& postOps) {
  const bool isForward = plan.pass == ConvPass::Forward, isFused = isForward && postOps.isBiasAndRelu();
  const GatherProblems all = isForward ? forwardProblems(plan.shape, in, packed, out, isFused ? postOps : PostOps())
                                       : inputGradientProblems(plan.shape, in, packed, out);
  if (!solveProblems(plan.method, all)) return false;
  if (!isFused && !postOps.isIdentity()) applyPostOps(postOps, plan, out);
  return true;
}

/**
 * Repeats a Winograd pass by direct sums after it met NaN or infinity: the transforms spread these over whole tiles, and large finite
 * values can overflow in them. The filter is recovered from its packed form.
 */
bool rerunDirect(const ConvPlan& plan, const float* in, const float* packed, float* out, const PostOps& postOps) {
  const ConvPlan direct = withoutWinograd(plan);
  const int inChannels = plan.sizes.inChannels, outChannels = plan.sizes.outChannels;
  const ScratchLease filter(static_cast<std::uint64_t>(9) * inChannels * outChannels), repacked(direct.filter.floats);
  if (filter.data() == nullptr || repacked.data() == nullptr) return false;
  const bool rotated = plan.pass == ConvPass::InputGradient;
  ST_FOR_ACTIVE_ISA(winogradTable).unpackFilter(plan.form, packed, inChannels, outChannels, rotated, filter.data());
  conv2dPackFilter(direct, filter.data(), repacked.data());
  return runDirect(direct, in, repacked.data(), out, postOps);
}

}  // namespace

void conv2dPackFilter(const ConvPlan& plan, const float* filter, float* packed) {
  const Conv2dShape& s = plan.shape;
  const int inChannels = plan.sizes.inChannels, outChannels = plan.sizes.outChannels;
  const bool isGradient = plan.pass == ConvPass::InputGradient;
  if (plan.isWinograd()) return ST_FOR_ACTIVE_ISA(winogradTable).packFilter(plan.form, filter, inChannels, outChannels, isGradient, packed);
  const Vector<int> order = tapOrder(plan.pass, s);
  gatherTableFor(plan.method).packFilter(filter, order.data(), s.filterHeight * s.filterWidth, inChannels, outChannels, isGradient, packed);
}

bool conv2d(const ConvPlan& plan, const float* in, const float* packed, float* out, const PostOps& postOps) {
  if (!plan.isWinograd()) return runDirect(plan, in, packed, out, postOps);
  int nonFinite = 0;
  if (!runWinograd(plan, in, packed, out, postOps, &nonFinite)) return false;
  return nonFinite == 0 || rerunDirect(plan, in, packed, out, postOps);
}

bool conv2dFilterGradient(const Conv2dShape& s, ConvAlgorithm algorithm, const float* x, const float* dy, float* dfilter) {
  if (const std::optional<WinogradForm> form = planFilterGradient(s, algorithm)) {
    int nonFinite = 0;
    if (!ST_FOR_ACTIVE_ISA(winogradGradientTable).run(*form, s, x, dy, dfilter, &nonFinite)) return false;
    if (nonFinite == 0) return true;
  }
  return ST_FOR_ACTIVE_ISA(filterGradientTable).run(s, x, dy, dfilter);
}

}  // namespace st
