#include "conv/plan.h"

#include <cassert>

#include "conv/few-channels/few-inputs.h"
#include "conv/few-channels/few-outputs.h"
#include "conv/gather-problems.h"
#include "integer-math.h"

namespace st {
namespace {

void assertShape([[maybe_unused]] const Conv2dShape& s) {
  assert(s.batch > 0 && s.inHeight > 0 && s.inWidth > 0 && s.inChannels > 0);
  assert(s.outHeight > 0 && s.outWidth > 0 && s.outChannels > 0 && s.filterHeight > 0 && s.filterWidth > 0);
  assert(s.strideHeight > 0 && s.strideWidth > 0 && s.strideHeight <= kMostStride && s.strideWidth <= kMostStride);
  assert(s.dilationHeight > 0 && s.dilationWidth > 0 && s.padTop >= 0 && s.padLeft >= 0);
}

PassSizes sizesOf(ConvPass pass, const Conv2dShape& s) {
  if (pass == ConvPass::Forward) return {s.inHeight, s.inWidth, s.inChannels, s.outHeight, s.outWidth, s.outChannels, s.padTop, s.padLeft};
  return {s.outHeight, s.outWidth,   s.outChannels,
          s.inHeight,  s.inWidth,    s.inChannels,
          s.filterHeight - 1 - s.padTop, s.filterWidth - 1 - s.padLeft};
}

/** True if the filter is 3 x 3 without dilation, at this stride in both dimensions: what the Winograd forms for the stride require. */
bool fitsWinograd(const Conv2dShape& s, int stride) {
  return s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == stride && s.strideWidth == stride && s.dilationHeight == 1 &&
         s.dilationWidth == 1;
}

/**
 * Estimated cycles of a pass: multiplications, and transforms as measured. Counted for vectors of 8 floats on every processor, so that the
 * choice of method, and with it the last bits of the result, does not depend on the processor.
 */
class Cost {
 public:
  Cost(ConvPass pass, const PassSizes& sizes)
      : pass_(pass), sizes_(sizes), inVectors_(ceilDiv(sizes.inChannels, 8)), outVectors_(ceilDiv(sizes.outChannels, 8)) {}

  double direct(const Conv2dShape& s) const {
    return static_cast<double>(s.outHeight) * s.outWidth * 1.2 * 9 * sizes_.inChannels * outVectors_ / 2;
  }
  double two() const { return winograd(2, 16, 50, 40); }
  double four() const { return winograd(4, 36, 130, 100); }
  double strided() const { return pass_ == ConvPass::Forward ? winograd(4, 81, 470, 140) : winograd(8, 81, 250, 450); }

 private:
  /** Tiles of `side` output pixels, with `products` multiplications per pair of channels and the cycles of a vector's transforms. */
  double winograd(int side, int products, double inTransform, double outTransform) const {
    const double tiles = static_cast<double>(ceilDiv(sizes_.outHeight, side)) * ceilDiv(sizes_.outWidth, side);
    const double channels = sizes_.inChannels;
    return tiles * (products * channels * outVectors_ / 2 + inTransform * inVectors_ + outTransform * outVectors_);
  }

  ConvPass pass_;
  const PassSizes& sizes_;
  double inVectors_, outVectors_;
};

/** A Winograd method if the algorithm allows it and it costs less than `direct`. */
ConvMethod cheapest(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm, const PassSizes& sizes, ConvMethod direct) {
  if (algorithm == ConvAlgorithm::Direct) return direct;
  const Cost cost(pass, sizes);
  const double sums = cost.direct(s);
  if (fitsWinograd(s, 1)) {
    const double two = cost.two(), four = cost.four();
    if (algorithm == ConvAlgorithm::Fast && four < two && four < sums) return ConvMethod::WinogradFour;
    return two < sums ? ConvMethod::WinogradTwo : direct;
  }
  // The form of the input gradient requires pads of equal parity.
  const bool strided = algorithm == ConvAlgorithm::Fast && fitsWinograd(s, 2) && s.padTop % 2 == s.padLeft % 2;
  return strided && cost.strided() < sums ? ConvMethod::WinogradStrided : direct;
}

/** The method that computes the sums as defined, without transforms. */
ConvMethod directMethod(const Conv2dShape& s, const PassSizes& sizes) {
  // Otherwise some problem of the input gradient has no taps, or its taps are not a rectangle.
  const bool dense = s.dilationHeight == 1 && s.dilationWidth == 1 && s.strideHeight <= s.filterHeight && s.strideWidth <= s.filterWidth;
  if (!dense) return ConvMethod::Gather;
  if (sizes.outChannels <= kFewOutputs) return ConvMethod::FewOutputs;
  return hasFewInputs(s.filterHeight * s.filterWidth, sizes.inChannels) ? ConvMethod::FewInputs : ConvMethod::Gather;
}

/**
 * Below 8 input channels most lanes of Winograd's input transform are empty: direct sums are faster with fewer than 48 output channels,
 * and with the 3 channels of an image always.
 */
constexpr int kFewChannels = 8, kFewChannelsPay = 48, kImageChannels = 3;

ConvMethod methodFor(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm, const PassSizes& sizes) {
  const ConvMethod direct = directMethod(s, sizes);
  if (direct == ConvMethod::FewOutputs) return direct;
  if (sizes.inChannels <= kImageChannels || (sizes.inChannels < kFewChannels && sizes.outChannels < kFewChannelsPay)) return direct;
  return cheapest(pass, s, algorithm, sizes, direct);
}

WinogradForm formOf(ConvMethod method, ConvPass pass, const Conv2dShape& s) {
  if (method == ConvMethod::WinogradTwo) return WinogradForm::Two;
  if (method == ConvMethod::WinogradFour) return WinogradForm::Four;
  if (pass == ConvPass::Forward) return WinogradForm::Stride2Forward;
  return s.padTop % 2 == 0 ? WinogradForm::Stride2InputGradientEvenPad : WinogradForm::Stride2InputGradientOddPad;
}

/** Encodes what the tap order of an input gradient depends on: the stride and the residue of the dilation. */
std::int64_t orderId(int stride, int dilation) { return stride * std::int64_t{4096} + dilation % stride; }

FilterLayout filterLayout(const ConvPlan& plan) {
  const Conv2dShape& s = plan.shape;
  const std::int64_t base = static_cast<std::int64_t>(plan.method) * 2 + (plan.pass == ConvPass::InputGradient ? 1 : 0);
  if (plan.isWinograd()) return {base, ST_FOR_ACTIVE_ISA(winogradTable).packedFloats(plan.form, plan.sizes.inChannels, plan.sizes.outChannels)};
  const std::uint64_t floats =
      gatherTableFor(plan.method).packedFloats(s.filterHeight * s.filterWidth, plan.sizes.inChannels, plan.sizes.outChannels);
  if (plan.pass == ConvPass::Forward) return {base, floats};
  const std::int64_t order = (orderId(s.strideHeight, s.dilationHeight) << 24) + orderId(s.strideWidth, s.dilationWidth);
  return {(order << 4) + base, floats};
}

ConvPlan planWith(ConvMethod method, ConvPass pass, const Conv2dShape& s, const PassSizes& sizes) {
  ConvPlan plan = {pass, s, sizes, method, formOf(method, pass, s), {}};
  plan.filter = filterLayout(plan);
  return plan;
}

}  // namespace

ConvPlan planConv(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm) {
  assertShape(s);
  const PassSizes sizes = sizesOf(pass, s);
  return planWith(methodFor(pass, s, algorithm, sizes), pass, s, sizes);
}

ConvPlan withoutWinograd(const ConvPlan& plan) { return planWith(directMethod(plan.shape, plan.sizes), plan.pass, plan.shape, plan.sizes); }

std::optional<WinogradForm> planFilterGradient(const Conv2dShape& s, ConvAlgorithm algorithm) {
  assertShape(s);
  const ConvMethod method = cheapest(ConvPass::Forward, s, algorithm, sizesOf(ConvPass::Forward, s), ConvMethod::Gather);
  if (method == ConvMethod::Gather) return std::nullopt;
  return formOf(method, ConvPass::Forward, s);
}

}  // namespace st
