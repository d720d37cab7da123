// Chooses how each convolution is computed.
#include <algorithm>
#include <cassert>

#include "conv/conv.h"
#include "conv/few-channels/few-inputs.h"
#include "conv/few-channels/few-outputs.h"
#include "conv/filter-gradient.h"
#include "conv/gather/gather.h"
#include "conv/post-ops.h"
#include "conv/winograd/winograd-gradient.h"
#include "conv/winograd/winograd.h"
#include "element-split.h"
#include "integer-math.h"
#include "memory/vector.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

int countOf(int size, int stride, int begin) { return size > begin ? ceilDiv(size - begin, stride) : 0; }

/** Filter rows (or columns) r with r * dilation = residue mod stride, last first: then the input moves forward. */
Vector<int> rowsOfResidue(int size, int stride, int dilation, int residue) {
  Vector<int> rows;
  for (int r = size - 1; r >= 0; r--)
    if (static_cast<std::int64_t>(r) * dilation % stride == residue) rows.push_back(r);
  return rows;
}

/** Filter positions by residue class: those of one class of input pixels lie together, row by row. */
Vector<int> gradientOrder(const Conv2dShape& s) {
  Vector<int> order;
  for (int a = 0; a < s.strideHeight; a++)
    for (int b = 0; b < s.strideWidth; b++)
      for (int r : rowsOfResidue(s.filterHeight, s.strideHeight, s.dilationHeight, a))
        for (int q : rowsOfResidue(s.filterWidth, s.strideWidth, s.dilationWidth, b)) order.push_back(r * s.filterWidth + q);
  return order;
}

Vector<int> forwardOrder(const Conv2dShape& s) {
  Vector<int> order(static_cast<std::size_t>(s.filterHeight) * s.filterWidth);
  for (std::size_t i = 0; i < order.size(); i++) order[i] = static_cast<int>(i);
  return order;
}

void assertShape([[maybe_unused]] const Conv2dShape& s) {
  assert(s.batch > 0 && s.inHeight > 0 && s.inWidth > 0 && s.inChannels > 0);
  assert(s.outHeight > 0 && s.outWidth > 0 && s.outChannels > 0 && s.filterHeight > 0 && s.filterWidth > 0);
  assert(s.strideHeight > 0 && s.strideWidth > 0 && s.strideHeight <= kMostStride && s.strideWidth <= kMostStride);
  assert(s.dilationHeight > 0 && s.dilationWidth > 0 && s.padTop >= 0 && s.padLeft >= 0);
}

/** The part of a gradient's order that depends on the shape: the residues of stride and dilation. */
std::int64_t orderId(int stride, int dilation) { return stride * std::int64_t{4096} + dilation % stride; }

enum class Method { Gather, WinogradTwo, WinogradFour, FewInputs, FewOutputs, WinogradStrided };

/** One pass seen as a convolution of `in` to `out`. */
struct Direction {
  ConvPass pass;
  int inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padTop, padLeft;
};

Direction directionOf(ConvPass pass, const Conv2dShape& s) {
  if (pass == ConvPass::Forward)
    return {pass, s.inHeight, s.inWidth, s.inChannels, s.outHeight, s.outWidth, s.outChannels, s.padTop, s.padLeft};
  return {pass, s.outHeight, s.outWidth, s.outChannels, s.inHeight, s.inWidth, s.inChannels,
          s.filterHeight - 1 - s.padTop, s.filterWidth - 1 - s.padLeft};
}

/** Whether a convolution has the filter and the stride, in both dimensions, that Winograd's forms for that stride take. */
bool winogradFits(const Conv2dShape& s, int stride) {
  return s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == stride && s.strideWidth == stride && s.dilationHeight == 1 &&
         s.dilationWidth == 1;
}

/**
 * About how many cycles a pass takes, counted for vectors of 8 whatever the processor has, so that the choice (and with
 * it the result's last bits) does not change from one to the next: multiplications, and transforms as measured.
 */
struct Cost {
  double in, out, channels;  // vectors of channels, input channels
  explicit Cost(const Direction& d) : in((d.inChannels + 7) / 8), out((d.outChannels + 7) / 8), channels(d.inChannels) {}
  double direct(const Conv2dShape& s) const { return static_cast<double>(s.outHeight) * s.outWidth * 1.2 * 9 * channels * out / 2; }
  /** A form with tiles of `side` output pixels: so many multiplications a pair of channels, and cycles of its transforms. */
  double winograd(const Direction& d, int side, int products, double inTransform, double outTransform) const {
    const double tiles = static_cast<double>(ceilDiv(d.outHeight, side)) * (ceilDiv(d.outWidth, side));
    return tiles * (products * channels * out / 2 + inTransform * in + outTransform * out);
  }
  double two(const Direction& d) const { return winograd(d, 2, 16, 50, 40); }
  double four(const Direction& d) const { return winograd(d, 4, 36, 130, 100); }
  double strided(const Direction& d) const {
    return d.pass == ConvPass::Forward ? winograd(d, 4, 81, 470, 140) : winograd(d, 8, 81, 250, 450);
  }
};

/** Winograd where it is allowed and costs less than `direct`. */
Method cheapest(const Conv2dShape& s, ConvAlgorithm algorithm, const Direction& d, Method direct) {
  if (algorithm == ConvAlgorithm::Direct) return direct;
  const Cost cost(d);
  const double sums = cost.direct(s);
  if (winogradFits(s, 1)) {
    const double two = cost.two(d), four = cost.four(d);
    if (algorithm == ConvAlgorithm::Fast && four < two && four < sums) return Method::WinogradFour;
    return two < sums ? Method::WinogradTwo : direct;
  }
  // The input gradient's form takes pads that are even or odd in both dimensions.
  const bool strided = algorithm == ConvAlgorithm::Fast && winogradFits(s, 2) && s.padTop % 2 == s.padLeft % 2;
  return strided && cost.strided(d) < sums ? Method::WinogradStrided : direct;
}

/** The method that sums the convolution as it is written. */
Method directMethod(const Conv2dShape& s, const Direction& d) {
  // Else a problem may have no taps, or not all of a rectangle.
  const bool dense = s.dilationHeight == 1 && s.dilationWidth == 1 && s.strideHeight <= s.filterHeight && s.strideWidth <= s.filterWidth;
  if (!dense) return Method::Gather;
  if (d.outChannels <= kFewOutputs) return Method::FewOutputs;
  return hasFewInputs(s.filterHeight * s.filterWidth, d.inChannels) ? Method::FewInputs : Method::Gather;
}

/** Few input channels leave most lanes of Winograd's input transform empty; of 3 the direct sums are always as fast. */
constexpr int kFewChannels = 8, kFewChannelsPay = 48, kImageChannels = 3;

/** The direct sums pay where one side has few channels; else the costs say. */
Method methodFor(const Conv2dShape& s, ConvAlgorithm algorithm, const Direction& d) {
  const Method direct = directMethod(s, d);
  if (direct == Method::FewOutputs) return direct;
  if (d.inChannels <= kImageChannels || (d.inChannels < kFewChannels && d.outChannels < kFewChannelsPay)) return direct;
  return cheapest(s, algorithm, d, direct);
}

bool isWinograd(Method method) { return method == Method::WinogradTwo || method == Method::WinogradFour || method == Method::WinogradStrided; }

WinogradForm formOf(Method method, ConvPass pass, const Conv2dShape& s) {
  if (method == Method::WinogradTwo) return WinogradForm::Two;
  if (method == Method::WinogradFour) return WinogradForm::Four;
  if (pass == ConvPass::Forward) return WinogradForm::Stride2Forward;
  return s.padTop % 2 == 0 ? WinogradForm::Stride2InputGradientEvenPad : WinogradForm::Stride2InputGradientOddPad;
}

/** The pad of a form's input: the first tile of a strided input gradient begins at dy's row (pad - 1) / 2, rounded down. */
int formPad(WinogradForm form, int pad, int directionPad) {
  if (form == WinogradForm::Stride2InputGradientEvenPad) return 1 - pad / 2;
  return form == WinogradForm::Stride2InputGradientOddPad ? -(pad / 2) : directionPad;
}

bool runWinograd(Method method, const Conv2dShape& s, const Direction& d, const float* in, const float* packed, float* out, const PostOps& postOps,
                 int* nonFinite) {
  const WinogradForm form = formOf(method, d.pass, s);
  const WinogradProblem problem = {in, s.batch, d.inHeight, d.inWidth, d.inChannels, out, d.outHeight, d.outWidth, d.outChannels,
                                   formPad(form, s.padTop, d.padTop), formPad(form, s.padLeft, d.padLeft), packed, postOps, nonFinite};
  return ST_FOR_ACTIVE_ISA(winogradTable).run(form, problem);
}

/** The kernel of a method that takes gathering problems. */
const GatherTable& directTable(Method method) {
  if (method == Method::FewInputs) return ST_FOR_ACTIVE_ISA(fewInputsTable);
  if (method == Method::FewOutputs) return ST_FOR_ACTIVE_ISA(fewOutputsTable);
  return ST_FOR_ACTIVE_ISA(gatherTable);
}

bool runForward(Method method, const Conv2dShape& s, const float* x, const float* packed, float* y, const PostOps& postOps) {
  Vector<Tap> taps;
  for (int r = 0; r < s.filterHeight; r++)
    for (int q = 0; q < s.filterWidth; q++) taps.push_back({r * s.dilationHeight - s.padTop, q * s.dilationWidth - s.padLeft});
  const int count = static_cast<int>(taps.size());
  const GatherProblem problem = {x, s.batch, s.inHeight, s.inWidth, s.inChannels, s.outHeight, s.outWidth, s.strideHeight,
                                 s.strideWidth, taps.data(), count, y, s.outHeight, s.outWidth, s.outChannels, 0, 0, 1, 1,
                                 packed, 0, count, postOps.shift, postOps.relu};
  return directTable(method).run(problem);
}

/** Where the pixels begin whose pixel + pad has this residue mod stride. */
int firstOfResidue(int residue, int pad, int stride) { return ((residue - pad) % stride + stride) % stride; }

/** Solves the problems of one gradient, whose input and output are the same. */
bool runProblems(Method method, const Vector<GatherProblem>& problems) {
  if (method == Method::Gather) return ST_FOR_ACTIVE_ISA(gatherTogetherTable).run(problems.data(), static_cast<int>(problems.size()));
  for (const GatherProblem& problem : problems)
    if (!directTable(method).run(problem)) return false;
  return true;
}

/** A problem for each residue of h + pad: dx[h] = sum of dy[(h + pad - r dilation) / stride] filter[r], h = top + i stride. */
bool runInputGradient(Method method, const Conv2dShape& s, const float* dy, const float* packed, float* dx) {
  const int all = s.filterHeight * s.filterWidth;
  Vector<Tap> taps;
  taps.reserve(all);  // the problems point into it
  Vector<GatherProblem> problems;
  for (int a = 0; a < s.strideHeight; a++)
    for (int b = 0; b < s.strideWidth; b++) {
      const int top = firstOfResidue(a, s.padTop, s.strideHeight), left = firstOfResidue(b, s.padLeft, s.strideWidth);
      const int begin = static_cast<int>(taps.size());
      for (int r : rowsOfResidue(s.filterHeight, s.strideHeight, s.dilationHeight, a))
        for (int q : rowsOfResidue(s.filterWidth, s.strideWidth, s.dilationWidth, b))
          taps.push_back({(top + s.padTop - r * s.dilationHeight) / s.strideHeight, (left + s.padLeft - q * s.dilationWidth) / s.strideWidth});
      const int count = static_cast<int>(taps.size()) - begin;
      if (top >= s.inHeight || left >= s.inWidth) continue;
      problems.push_back({dy, s.batch, s.outHeight, s.outWidth, s.outChannels, countOf(s.inHeight, s.strideHeight, top),
                          countOf(s.inWidth, s.strideWidth, left), 1, 1, taps.data() + begin, count, dx, s.inHeight, s.inWidth,
                          s.inChannels, top, left, s.strideHeight, s.strideWidth, packed, begin, all, nullptr, false});
    }
  return runProblems(method, problems);
}

/** The finish as a pass of its own, for the methods that do not know it. */
void runPostOps(const PostOps& postOps, int batch, const Direction& d, float* out) {
  const auto run = ST_FOR_ACTIVE_ISA(postOpsTable).run;
  const std::int64_t pixels = static_cast<std::int64_t>(batch) * d.outHeight * d.outWidth;
  const std::int64_t step = std::max<std::int64_t>(1, kElementsPerTask / d.outChannels);
  parallelFor(static_cast<int>(ceilDiv(pixels, step)), [&](int task, int) {
    const std::int64_t first = task * step;
    run(postOps, out, d.outChannels, first, std::min(step, pixels - first));
  });
}

}  // namespace

FilterLayout conv2dFilterLayout(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm) {
  assertShape(s);
  const Direction d = directionOf(pass, s);
  const Method method = methodFor(s, algorithm, d);
  const std::int64_t base = static_cast<std::int64_t>(method) * 2 + (pass == ConvPass::InputGradient ? 1 : 0);
  if (isWinograd(method)) return {base, ST_FOR_ACTIVE_ISA(winogradTable).packedFloats(formOf(method, pass, s), d.inChannels, d.outChannels)};
  const std::size_t floats = directTable(method).packedFloats(s.filterHeight * s.filterWidth, d.inChannels, d.outChannels);
  if (pass == ConvPass::Forward) return {base, floats};
  const std::int64_t order = (orderId(s.strideHeight, s.dilationHeight) << 24) + orderId(s.strideWidth, s.dilationWidth);
  return {(order << 4) + base, floats};
}

void conv2dPackFilter(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm, const float* filter, float* packed) {
  assertShape(s);
  const Direction d = directionOf(pass, s);
  const Method method = methodFor(s, algorithm, d);
  const bool turned = pass == ConvPass::InputGradient;
  if (isWinograd(method))
    return ST_FOR_ACTIVE_ISA(winogradTable).packFilter(formOf(method, pass, s), filter, d.inChannels, d.outChannels, turned, packed);
  const Vector<int> order = turned ? gradientOrder(s) : forwardOrder(s);
  directTable(method).packFilter(filter, order.data(), s.filterHeight * s.filterWidth, d.inChannels, d.outChannels, turned, packed);
}

namespace {

bool runDirect(Method method, const Conv2dShape& s, const Direction& d, const float* in, const float* packed, float* out, const PostOps& postOps) {
  if (d.pass == ConvPass::Forward && postOps.isBiasAndRelu()) return runForward(method, s, in, packed, out, postOps);
  if (!(d.pass == ConvPass::Forward ? runForward(method, s, in, packed, out, {}) : runInputGradient(method, s, in, packed, out))) return false;
  if (!postOps.isIdentity()) runPostOps(postOps, s.batch, d, out);
  return true;
}

/**
 * The direct sums after a Winograd pass that came upon NaN or infinities: its transforms hand them on to whole tiles, also where large finite values
 * overflow in them. The filter is the packed one, unpacked.
 */
bool rerunDirect(Method winograd, const Conv2dShape& s, const Direction& d, const float* in, const float* packed, float* out, const PostOps& postOps) {
  const Method direct = directMethod(s, d);
  const bool turned = d.pass == ConvPass::InputGradient;
  const std::size_t floats = static_cast<std::size_t>(9) * d.inChannels * d.outChannels;
  const ScratchLease filter(floats), again(directTable(direct).packedFloats(9, d.inChannels, d.outChannels));
  if (filter.data() == nullptr || again.data() == nullptr) return false;
  ST_FOR_ACTIVE_ISA(winogradTable).unpackFilter(formOf(winograd, d.pass, s), packed, d.inChannels, d.outChannels, turned, filter.data());
  const Vector<int> order = turned ? gradientOrder(s) : forwardOrder(s);
  directTable(direct).packFilter(filter.data(), order.data(), 9, d.inChannels, d.outChannels, turned, again.data());
  return runDirect(direct, s, d, in, again.data(), out, postOps);
}

/** A pass by the method that `algorithm` leads to. */
bool runPass(ConvPass pass, const Conv2dShape& s, ConvAlgorithm algorithm, const float* in, const float* packed, float* out, const PostOps& postOps) {
  assertShape(s);
  const Direction d = directionOf(pass, s);
  const Method method = methodFor(s, algorithm, d);
  if (!isWinograd(method)) return runDirect(method, s, d, in, packed, out, postOps);
  int nonFinite = 0;
  if (!runWinograd(method, s, d, in, packed, out, postOps, &nonFinite)) return false;
  return nonFinite == 0 || rerunDirect(method, s, d, in, packed, out, postOps);
}

}  // namespace

bool conv2dForward(const Conv2dShape& s, ConvAlgorithm algorithm, const float* x, const float* packed, float* y, const PostOps& postOps) {
  return runPass(ConvPass::Forward, s, algorithm, x, packed, y, postOps);
}

bool conv2dInputGradient(const Conv2dShape& s, ConvAlgorithm algorithm, const float* dy, const float* packed, float* dx, const PostOps& postOps) {
  return runPass(ConvPass::InputGradient, s, algorithm, dy, packed, dx, postOps);
}

bool conv2dFilterGradient(const Conv2dShape& s, ConvAlgorithm algorithm, const float* x, const float* dy, float* dfilter) {
  assertShape(s);
  const Method method = cheapest(s, algorithm, directionOf(ConvPass::Forward, s), Method::Gather);
  int nonFinite = 0;
  if (isWinograd(method) && !ST_FOR_ACTIVE_ISA(winogradGradientTable).run(formOf(method, ConvPass::Forward, s), s, x, dy, dfilter, &nonFinite)) return false;
  if (isWinograd(method) && nonFinite == 0) return true;
  return ST_FOR_ACTIVE_ISA(filterGradientTable).run(s, x, dy, dfilter);
}

}  // namespace st
