#include "conv/gather-problems.h"

#include <cstdint>

#include "conv/few-channels/few-inputs.h"
#include "conv/few-channels/few-outputs.h"
#include "integer-math.h"

namespace st {
namespace {

/** Filter rows (or columns) r with r * dilation = residue mod stride, the last first, so that their input is read forwards. */
Vector<int> rowsOfResidue(int size, int stride, int dilation, int residue) {
  Vector<int> rows;
  for (int r = size - 1; r >= 0; r--)
    if (static_cast<std::int64_t>(r) * dilation % stride == residue) rows.push_back(r);
  return rows;
}

/** The first input pixel whose pixel + pad has this residue mod stride. */
int firstOfResidue(int residue, int pad, int stride) { return ((residue - pad) % stride + stride) % stride; }

/** Number of pixels begin, begin + stride, ... below `size`. */
int strideCount(int size, int stride, int begin) { return size > begin ? ceilDiv(size - begin, stride) : 0; }

/** Calls `body(a, b)` for all residues of the strides. */
template <class Body>
void forResidues(const Conv2dShape& s, const Body& body) {
  for (int a = 0; a < s.strideHeight; a++)
    for (int b = 0; b < s.strideWidth; b++) body(a, b);
}

/** Calls `body(r, q)` for the filter positions of one residue class, in the order of their taps. */
template <class Body>
void forPositions(const Conv2dShape& s, int a, int b, const Body& body) {
  for (int r : rowsOfResidue(s.filterHeight, s.strideHeight, s.dilationHeight, a))
    for (int q : rowsOfResidue(s.filterWidth, s.strideWidth, s.dilationWidth, b)) body(r, q);
}

/** The parts that all problems of an input gradient share. */
GatherProblem inputGradientBase(const Conv2dShape& s, const float* dy, const float* packed, float* dx) {
  GatherProblem problem;
  problem.batch = s.batch;
  problem.in = dy;
  problem.inHeight = s.outHeight;
  problem.inWidth = s.outWidth;
  problem.inChannels = s.outChannels;
  problem.out = dx;
  problem.outHeight = s.inHeight;
  problem.outWidth = s.inWidth;
  problem.outChannels = s.inChannels;
  problem.outStepHeight = s.strideHeight;
  problem.outStepWidth = s.strideWidth;
  problem.packed = packed;
  problem.packedTaps = s.filterHeight * s.filterWidth;
  return problem;
}

}  // namespace

GatherProblems forwardProblems(const Conv2dShape& s, const float* x, const float* packed, float* y, const PostOps& postOps) {
  GatherProblems all;
  for (int r = 0; r < s.filterHeight; r++)
    for (int q = 0; q < s.filterWidth; q++) all.taps.push_back({r * s.dilationHeight - s.padTop, q * s.dilationWidth - s.padLeft});
  GatherProblem problem;
  problem.batch = s.batch;
  problem.in = x;
  problem.inHeight = s.inHeight;
  problem.inWidth = s.inWidth;
  problem.inChannels = s.inChannels;
  problem.gridHeight = s.outHeight;
  problem.gridWidth = s.outWidth;
  problem.stepHeight = s.strideHeight;
  problem.stepWidth = s.strideWidth;
  problem.taps = all.taps.data();
  problem.tapCount = static_cast<int>(all.taps.size());
  problem.out = y;
  problem.outHeight = s.outHeight;
  problem.outWidth = s.outWidth;
  problem.outChannels = s.outChannels;
  problem.packed = packed;
  problem.packedTaps = problem.tapCount;
  problem.bias = postOps.shift;
  problem.relu = postOps.relu;
  all.problems.push_back(problem);
  return all;
}

GatherProblems inputGradientProblems(const Conv2dShape& s, const float* dy, const float* packed, float* dx) {
  GatherProblems all;
  all.taps.reserve(static_cast<std::uint64_t>(s.filterHeight) * s.filterWidth);  // the problems point into it
  forResidues(s, [&](int a, int b) {
    // dx[h] = sum over r of dy[(h + pad - r dilation) / stride] filter[r], for h = top + i stride.
    const int top = firstOfResidue(a, s.padTop, s.strideHeight), left = firstOfResidue(b, s.padLeft, s.strideWidth);
    const int begin = static_cast<int>(all.taps.size());
    forPositions(s, a, b, [&](int r, int q) {
      all.taps.push_back({(top + s.padTop - r * s.dilationHeight) / s.strideHeight, (left + s.padLeft - q * s.dilationWidth) / s.strideWidth});
    });
    if (top >= s.inHeight || left >= s.inWidth) return;
    GatherProblem problem = inputGradientBase(s, dy, packed, dx);
    problem.gridHeight = strideCount(s.inHeight, s.strideHeight, top);
    problem.gridWidth = strideCount(s.inWidth, s.strideWidth, left);
    problem.taps = all.taps.data() + begin;
    problem.tapCount = static_cast<int>(all.taps.size()) - begin;
    problem.packedTap = begin;
    problem.outTop = top;
    problem.outLeft = left;
    all.problems.push_back(problem);
  });
  return all;
}

Vector<int> tapOrder(ConvPass pass, const Conv2dShape& s) {
  Vector<int> order;
  if (pass == ConvPass::Forward) {
    for (int i = 0; i < s.filterHeight * s.filterWidth; i++) order.push_back(i);
    return order;
  }
  forResidues(s, [&](int a, int b) { forPositions(s, a, b, [&](int r, int q) { order.push_back(r * s.filterWidth + q); }); });
  return order;
}

const GatherTable& gatherTableFor(ConvMethod method) {
  if (method == ConvMethod::FewInputs) return ST_FOR_ACTIVE_ISA(fewInputsTable);
  if (method == ConvMethod::FewOutputs) return ST_FOR_ACTIVE_ISA(fewOutputsTable);
  return ST_FOR_ACTIVE_ISA(gatherTable);
}

bool solveProblems(ConvMethod method, const GatherProblems& all) {
  if (method == ConvMethod::Gather && all.problems.size() != 1)
    return ST_FOR_ACTIVE_ISA(gatherTogetherTable).run(all.problems.data(), static_cast<int>(all.problems.size()));
  for (const GatherProblem& problem : all.problems)
    if (!gatherTableFor(method).run(problem)) return false;
  return true;
}

}  // namespace st
