// Addresses of the implicit GEMM: what a block of grid pixels reads and writes.
#pragma once
#include "conv/gather/gather-tile.h"
#include "conv/gather/gather.h"
#include "integer-math.h"
#include "simd-tasks.h"

namespace st {
namespace ST_ISA {
namespace {

/** Below this number of input channels the taps of a filter row are read as one run of memory. */
constexpr int kMergeChannels = 32;
/** Size of a pointer in floats, the unit of the workspace. */
constexpr std::uint64_t kPointerFloats = sizeof(const float*) / sizeof(std::uint32_t);

/** Adjacent taps of one filter row, whose input of one pixel is contiguous in memory. */
struct TapRun {
  int height, width, taps;
};

/** The distinct tap runs of all problems, and which of them each problem reads. */
struct TapRunList {
  TapRun* runs;
  int count;
  int* runIndices;  // indices into `runs`: those of the first problem, then those of the second, ...
  int* counts;      // [problems] number of indices of each problem
};

/** Appends a tap to the previous run if it is its right neighbor and the pixels have few channels. */
bool mergesInto(const GatherProblem& g, const Tap& tap, TapRun& last) {
  if (g.inChannels >= kMergeChannels || last.height != tap.height || last.width + last.taps != tap.width) return false;
  last.taps++;
  return true;
}

int findTapRun(const TapRunList& list, const Tap& tap) {
  for (int i = 0; i < list.count; i++)
    if (list.runs[i].height == tap.height && list.runs[i].width == tap.width) return i;
  return list.count;
}

/** Fills the list. With several problems each tap is a run of its own, so that problems can share runs. */
void makeTapRuns(const GatherProblem* problems, int problemCount, TapRunList& list) {
  int* runIndices = list.runIndices;
  for (int p = 0; p < problemCount; p++) {
    const GatherProblem& g = problems[p];
    int* const begin = runIndices;
    for (int t = 0; t < g.tapCount; t++) {
      if (problemCount == 1 && t > 0 && mergesInto(g, g.taps[t], list.runs[list.count - 1])) continue;
      const int found = problemCount == 1 ? list.count : findTapRun(list, g.taps[t]);
      if (found == list.count) list.runs[list.count++] = {g.taps[t].height, g.taps[t].width, 1};
      *runIndices++ = found;
    }
    list.counts[p] = static_cast<int>(runIndices - begin);
  }
}

/** Consecutive grid pixels of a block that lie in one row of one image. */
struct PixelRun {
  int count, row, column;
  Index image;
};

/** A block of grid pixels and the addresses of their input. */
struct Block {
  const float** addresses;  // [runs][kBlock]
  float* border;            // copies of input at the image's border, padded with zeros
  int count, pixelRunCount;
  PixelRun pixelRuns[kBlock];
};

/** Copies the input of a tap run that crosses the image's border, with zeros outside; returns the end of the copy. */
float* copyBorder(const GatherProblem& g, const float* row, int column, int taps, float* to) {
  const Index channels = g.inChannels;
  for (int t = 0; t < taps; t++, to += channels) {
    const bool inside = column + t >= 0 && column + t < g.inWidth;
    for (Index c = 0; c < channels; c++) to[c] = inside ? row[(column + t) * channels + c] : 0.0f;
  }
  return to;
}

/**
 * Fills `addresses` with the input address of each pixel for one tap run and prefetches that input. Returns the end of the border copies.
 */
float* gatherTapRun(const GatherProblem& g, const TapRun& run, const PixelRun& pixels, const float* zeroRow, float* border, const float** addresses) {
  const Index channels = g.inChannels;
  const int h = pixels.row * g.stepHeight + run.height, first = run.width, taps = run.taps, count = pixels.count;
  if (h < 0 || h >= g.inHeight) {
    for (int i = 0; i < count; i++) addresses[i] = zeroRow;
    return border;
  }
  const float* line = g.in + (pixels.image * g.inHeight + h) * g.inWidth * channels;
  // For pixels in `inside` the whole run lies inside the row; the others are handled one by one.
  const Span inside = insideColumns(pixels.column, count, g.stepWidth, first, taps, g.inWidth);
  const Index step = static_cast<Index>(g.stepWidth) * channels, start = (static_cast<Index>(pixels.column) * g.stepWidth + first) * channels;
  for (int i = inside.begin; i < inside.end; i++) addresses[i] = line + (start + i * step);
  if (taps * channels >= step) {  // the runs of adjacent pixels touch: prefetch one range of memory
    for (Index c = inside.begin * step; c < (inside.end - 1) * step + taps * channels; c += kLineFloats) __builtin_prefetch(line + (start + c));
  } else {
    for (int i = inside.begin; i < inside.end; i++)
      for (Index c = 0; c < taps * channels; c += kLineFloats) __builtin_prefetch(addresses[i] + c);
  }
  const auto gatherEdge = [&](int i) {
    const int x = (pixels.column + i) * g.stepWidth + first;
    addresses[i] = x + taps <= 0 || x >= g.inWidth ? zeroRow : border;
    if (addresses[i] == border) border = copyBorder(g, line, x, taps, border);
  };
  for (int i = 0; i < inside.begin; i++) gatherEdge(i);
  for (int i = inside.end; i < count; i++) gatherEdge(i);
  return border;
}

/** Number of these pixels that the problem outputs: fewer than all if its grid is smaller than the largest. */
int outputsOf(const GatherProblem& g, const PixelRun& pixels) {
  return pixels.row < g.gridHeight ? minOf(pixels.count, g.gridWidth - pixels.column) : 0;
}

float* outputOf(const GatherProblem& g, const PixelRun& pixels) {
  const Index row = pixels.image * g.outHeight + g.outTop + static_cast<Index>(pixels.row) * g.outStepHeight;
  return g.out + (row * g.outWidth + g.outLeft + static_cast<Index>(pixels.column) * g.outStepWidth) * g.outChannels;
}

/** Fills `block` with `count` pixels, from `begin` on, of a grid with the given height and width. */
void gather(const GatherProblem& g, int height, int width, const TapRunList& list, const float* zeroRow, Index begin, int count, Block& block) {
  const Index perImage = static_cast<Index>(height) * width;
  PixelRun next = {0, static_cast<int>(begin % perImage / width), static_cast<int>(begin % width), begin / perImage};
  float* border = block.border;
  block.count = count;
  block.pixelRunCount = 0;
  for (int q = 0; q < count; q += next.count, next.column = 0) {
    if (q > 0 && ++next.row == height) next.row = 0, next.image++;
    next.count = minOf(count - q, width - next.column);
    block.pixelRuns[block.pixelRunCount++] = next;
    for (int s = 0; s < list.count; s++) border = gatherTapRun(g, list.runs[s], next, zeroRow, border, block.addresses + s * kBlock + q);
  }
}

/** Fills `out` with the output address of each pixel of a block; pixels outside the problem's grid get `discardRow`. */
void placeOutputs(const GatherProblem& g, const Block& block, float* discardRow, float** out) {
  const Index step = static_cast<Index>(g.outStepWidth) * g.outChannels;
  for (int s = 0; s < block.pixelRunCount; s++) {
    const PixelRun& pixels = block.pixelRuns[s];
    const int stored = outputsOf(g, pixels);
    float* const first = stored > 0 ? outputOf(g, pixels) : discardRow;
    for (int i = 0; i < pixels.count; i++) out[i] = i < stored ? first + i * step : discardRow;
    out += pixels.count;
  }
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
