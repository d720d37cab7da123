// Entry points of convolutions; src/addon.ts has their arguments. A shape is 15 integers in the order of Conv2dShape.
#include <cstdint>
#include <initializer_list>

#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "conv/conv.h"

namespace st {
namespace {

// Limits of the kernels' int arithmetic and of their workspace. src/kernels/convolution-shape.ts has the same limits and passes larger
// convolutions to `cpu`.

/** Largest single size and largest coordinate of a pixel: sums and products by two fit an int. */
constexpr std::int64_t kMostSide = 1 << 28;
/** Most taps of a filter, and most problems of an input gradient (one for each residue of the strides). */
constexpr std::int64_t kMostTaps = 1 << 16, kMostResidues = 1 << 16;
/** Most input channels, or output channels, times taps. */
constexpr std::int64_t kMostTapChannels = 1 << 30;

struct CheckedConv {
  Conv2dShape shape{};
  std::int64_t inElements = 0, outElements = 0, filterElements = 0;

  CheckedConv(Arguments& in, int index, bool depthwise) {
    const std::int32_t* s = in.shape(index, "shape", 15);
    if (!in.valid()) return;
    for (int i = 0; i < 13; i++) in.require(s[i] >= 1 && s[i] <= kMostSide, "sizes must be in [1, 2^28]");
    for (int i = 13; i < 15; i++) in.require(s[i] >= 0 && s[i] <= kMostSide, "pads must be in [0, 2^28]");
    if (!in.valid()) return;
    shape = {s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14]};
    const auto reach = [](std::int64_t out, std::int64_t stride, std::int64_t filter, std::int64_t dilation) {
      return (out - 1) * stride + (filter - 1) * dilation;
    };
    in.require(reach(shape.outHeight, shape.strideHeight, shape.filterHeight, shape.dilationHeight) <= kMostSide &&
                   reach(shape.outWidth, shape.strideWidth, shape.filterWidth, shape.dilationWidth) <= kMostSide,
               "the windows reach too far");
    in.require(shape.strideHeight <= kMostStride && shape.strideWidth <= kMostStride &&
                   static_cast<std::int64_t>(shape.strideHeight) * shape.strideWidth <= kMostResidues,
               "strides must be at most 4095, and their product at most 2^16");
    const std::int64_t taps = static_cast<std::int64_t>(shape.filterHeight) * shape.filterWidth;
    in.require(taps <= kMostTaps, "the filter must have at most 2^16 taps");
    if (!in.valid()) return;
    in.require(taps * shape.inChannels <= kMostTapChannels && taps * shape.outChannels <= kMostTapChannels, "the filter has too many channels");
    in.require(static_cast<std::int64_t>(shape.batch) * shape.inHeight <= INT32_MAX &&
                   static_cast<std::int64_t>(shape.batch) * shape.outHeight <= INT32_MAX,
               "the batch has too many rows");
    in.require(!depthwise || shape.outChannels % shape.inChannels == 0, "outChannels must be a multiple of inChannels");
    inElements = product(in, shape.batch, shape.inHeight, shape.inWidth, shape.inChannels);
    outElements = product(in, shape.batch, shape.outHeight, shape.outWidth, shape.outChannels);
    filterElements = depthwise ? product(in, shape.filterHeight, shape.filterWidth, shape.outChannels, 1)
                               : product(in, shape.filterHeight, shape.filterWidth, shape.inChannels, shape.outChannels);
  }

 private:
  static std::int64_t product(Arguments& in, int a, int b, int c, int d) {
    std::int64_t total = a;
    for (const int size : {b, c, d}) {
      in.require(total <= kMostElements / size, "the shape has too many elements");
      if (!in.valid()) return 0;
      total *= size;
    }
    return total;
  }
};

ConvAlgorithm algorithmOf(Arguments& in, int index) { return static_cast<ConvAlgorithm>(in.integer(index, "algorithm", 0, 2)); }
ConvPass passOf(Arguments& in, int index) { return static_cast<ConvPass>(in.integer(index, "pass", 0, 1)); }

Result filterLayout(Arguments& in) {
  const ConvPass pass = passOf(in, 0);
  const ConvAlgorithm algorithm = algorithmOf(in, 1);
  const CheckedConv checked(in, 2, false);
  if (!in.valid()) return Result::nothing();
  const FilterLayout layout = planConv(pass, checked.shape, algorithm).filter;
  return Result::ofPair(layout.id, static_cast<double>(layout.floats));
}

Result packFilter(Arguments& in) {
  const ConvPass pass = passOf(in, 0);
  const ConvAlgorithm algorithm = algorithmOf(in, 1);
  const CheckedConv checked(in, 2, false);
  if (!in.valid()) return Result::nothing();
  const ConvPlan plan = planConv(pass, checked.shape, algorithm);
  const float* filter = in.floats(3, "filter", checked.filterElements);
  float* packed = in.outFloats(4, "packed", static_cast<std::int64_t>(plan.filter.floats));
  in.run([=] { conv2dPackFilter(plan, filter, packed); });
  return Result::nothing();
}

/** (algorithm, relu, shape, in, packed, scale, shift, mask, residual, out) of either pass. */
Result runPass(Arguments& in, ConvPass pass) {
  const bool isForward = pass == ConvPass::Forward;
  const ConvAlgorithm algorithm = algorithmOf(in, 0);
  PostOps postOps;
  postOps.relu = in.integer(1, "relu", 0, 1) == 1;
  const CheckedConv checked(in, 2, false);
  if (!in.valid()) return Result::nothing();
  const ConvPlan plan = planConv(pass, checked.shape, algorithm);
  const std::int64_t elements = isForward ? checked.outElements : checked.inElements;
  const float* input = in.floats(3, isForward ? "x" : "dy", isForward ? checked.inElements : checked.outElements);
  const float* packed = in.floats(4, "packed", static_cast<std::int64_t>(plan.filter.floats));
  postOps.scale = in.optionalFloats(5, "scale", plan.sizes.outChannels);
  postOps.shift = in.optionalFloats(6, "shift", plan.sizes.outChannels);
  postOps.mask = in.optionalFloats(7, "mask", elements);
  postOps.residual = in.optionalFloats(8, "residual", elements);
  float* out = in.outFloats(9, isForward ? "y" : "dx", elements);
  in.run([=] { return conv2d(plan, input, packed, out, postOps); });
  return Result::nothing();
}

Result forward(Arguments& in) { return runPass(in, ConvPass::Forward); }
Result inputGradient(Arguments& in) { return runPass(in, ConvPass::InputGradient); }

Result filterGradient(Arguments& in) {
  const ConvAlgorithm algorithm = algorithmOf(in, 0);
  const CheckedConv checked(in, 1, false);
  const float* x = in.floats(2, "x", checked.inElements);
  const float* dy = in.floats(3, "dy", checked.outElements);
  float* dfilter = in.outFloats(4, "dfilter", checked.filterElements);
  in.run([=] { return conv2dFilterGradient(checked.shape, algorithm, x, dy, dfilter); });
  return Result::nothing();
}

Result depthwiseForward(Arguments& in) {
  const bool relu = in.integer(0, "relu", 0, 1) == 1;
  const CheckedConv checked(in, 1, true);
  const float* x = in.floats(2, "x", checked.inElements);
  const float* filter = in.floats(3, "filter", checked.filterElements);
  const float* bias = in.optionalFloats(4, "bias", checked.shape.outChannels);
  float* y = in.outFloats(5, "y", checked.outElements);
  in.run([=] { return depthwiseConv2dForward(checked.shape, x, filter, y, PostOps::biasAndRelu(bias, relu)); });
  return Result::nothing();
}

Result depthwiseInputGradient(Arguments& in) {
  const CheckedConv checked(in, 0, true);
  const float* dy = in.floats(1, "dy", checked.outElements);
  const float* filter = in.floats(2, "filter", checked.filterElements);
  float* dx = in.outFloats(3, "dx", checked.inElements);
  in.run([=] { return depthwiseConv2dInputGradient(checked.shape, dy, filter, dx); });
  return Result::nothing();
}

Result depthwiseFilterGradient(Arguments& in) {
  const CheckedConv checked(in, 0, true);
  const float* x = in.floats(1, "x", checked.inElements);
  const float* dy = in.floats(2, "dy", checked.outElements);
  float* dfilter = in.outFloats(3, "dfilter", checked.filterElements);
  in.run([=] { return depthwiseConv2dFilterGradient(checked.shape, x, dy, dfilter); });
  return Result::nothing();
}

}  // namespace

void addConvolutionEntries(Exports& exports) {
  exports.add("convFilterLayout", filterLayout);
  exports.add("convPackFilter", packFilter);
  exports.add("convForward", forward);
  exports.add("convInputGradient", inputGradient);
  exports.add("convFilterGradient", filterGradient);
  exports.add("depthwiseForward", depthwiseForward);
  exports.add("depthwiseInputGradient", depthwiseInputGradient);
  exports.add("depthwiseFilterGradient", depthwiseFilterGradient);
}

}  // namespace st
