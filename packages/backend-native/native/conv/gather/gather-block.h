// What a block of grid pixels reads and writes: the gathering convolution's addresses.
#pragma once
#include "conv/gather/gather-tile.h"
#include "conv/gather/gather.h"
#include "simd-tasks.h"

namespace st {
namespace ST_ISA {
namespace {

/** Input channels below which the taps of a filter row are read as one run of memory. */
constexpr int kMergeChannels = 32;
/** Floats of a cache line. */
constexpr int kLine = 16;
/** Room of a pointer in working memory, which is counted in floats. */
constexpr std::size_t kPointerFloats = sizeof(const float*) / sizeof(std::uint32_t);

/** A run of input memory that belongs to neighbouring taps of one filter row. */
struct Run {
  int height, width, taps;
};

/** The runs that all problems read, each once, and which of them each problem takes. */
struct RunList {
  Run* runs;
  int count;
  int* chosen;  // the runs of the first problem's taps, of the second's, ...
  int* counts;  // [problems] how many these are
};

/** Appends a tap to the run before it where that continues it and pixels are short. */
bool mergesInto(const GatherProblem& g, const Tap& tap, Run& last) {
  if (g.inChannels >= kMergeChannels || last.height != tap.height || last.width + last.taps != tap.width) return false;
  last.taps++;
  return true;
}

int findRun(const RunList& list, const Tap& tap) {
  for (int i = 0; i < list.count; i++)
    if (list.runs[i].height == tap.height && list.runs[i].width == tap.width) return i;
  return list.count;
}

/** Fills the list. Taps of several problems stay single, so that each finds its own. */
void makeRuns(const GatherProblem* problems, int problemCount, RunList& list) {
  int* chosen = list.chosen;
  for (int p = 0; p < problemCount; p++) {
    const GatherProblem& g = problems[p];
    int* const begin = chosen;
    for (int t = 0; t < g.tapCount; t++) {
      if (problemCount == 1 && t > 0 && mergesInto(g, g.taps[t], list.runs[list.count - 1])) continue;
      const int found = problemCount == 1 ? list.count : findRun(list, g.taps[t]);
      if (found == list.count) list.runs[list.count++] = {g.taps[t].height, g.taps[t].width, 1};
      *chosen++ = found;
    }
    list.counts[p] = static_cast<int>(chosen - begin);
  }
}

/** Neighbouring pixels of a block in one row of the grid. */
struct Stretch {
  int count, row, column;
  Index image;
};

/** A block of grid pixels: which they are, and where their input lies. */
struct Block {
  const float** at;  // [runs][kBlock]
  float* border;     // copies of runs that reach over an image's edge
  int count, stretchCount;
  Stretch stretches[kBlock];
};

/** Copies a run that reaches over an image's edge, with zeros outside; returns the end of the copy. */
float* copyBorder(const GatherProblem& g, const float* row, int column, int taps, float* to) {
  const Index channels = g.inChannels;
  for (int t = 0; t < taps; t++, to += channels) {
    const bool inside = column + t >= 0 && column + t < g.inWidth;
    for (Index c = 0; c < channels; c++) to[c] = inside ? row[(column + t) * channels + c] : 0.0f;
  }
  return to;
}

/** The first integer that is at least a / b, for b > 0. */
int ceilDiv(int a, int b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

/** Points `at` to what the pixels of a stretch read in one run, and asks memory for it; returns the end of border copies. */
float* gatherRun(const GatherProblem& g, const Run& run, const Stretch& stretch, const float* nothing, float* border, const float** at) {
  const Index channels = g.inChannels;
  const int h = stretch.row * g.stepHeight + run.height, first = run.width, taps = run.taps, count = stretch.count;
  if (h < 0 || h >= g.inHeight) {
    for (int i = 0; i < count; i++) at[i] = nothing;
    return border;
  }
  const float* line = g.in + (stretch.image * g.inHeight + h) * g.inWidth * channels;
  // Columns whose run lies inside the row whole; the others are looked at one by one.
  const int room = g.inWidth - taps - first;
  const int insideBegin = minOf(count, maxOf(0, ceilDiv(-first, g.stepWidth) - stretch.column));
  const int insideEnd = maxOf(insideBegin, minOf(count, (room < 0 ? -1 : room / g.stepWidth) + 1 - stretch.column));
  const Index step = static_cast<Index>(g.stepWidth) * channels, start = (static_cast<Index>(stretch.column) * g.stepWidth + first) * channels;
  for (int i = insideBegin; i < insideEnd; i++) at[i] = line + (start + i * step);
  if (taps * channels >= step) {  // the pixels' runs touch: one stretch of memory
    for (Index c = insideBegin * step; c < (insideEnd - 1) * step + taps * channels; c += kLine) __builtin_prefetch(line + (start + c));
  } else {
    for (int i = insideBegin; i < insideEnd; i++)
      for (Index c = 0; c < taps * channels; c += kLine) __builtin_prefetch(at[i] + c);
  }
  const auto edge = [&](int i) {
    const int x = (stretch.column + i) * g.stepWidth + first;
    at[i] = x + taps <= 0 || x >= g.inWidth ? nothing : border;
    if (at[i] == border) border = copyBorder(g, line, x, taps, border);
  };
  for (int i = 0; i < insideBegin; i++) edge(i);
  for (int i = insideEnd; i < count; i++) edge(i);
  return border;
}

/** Output pixels that a problem has for the pixels of a stretch: fewer than these where its grid is the smaller one. */
int outputsOf(const GatherProblem& g, const Stretch& stretch) {
  return stretch.row < g.gridHeight ? minOf(stretch.count, g.gridWidth - stretch.column) : 0;
}

float* outputOf(const GatherProblem& g, const Stretch& stretch) {
  const Index row = stretch.image * g.outHeight + g.outTop + static_cast<Index>(stretch.row) * g.outStepHeight;
  return g.out + (row * g.outWidth + g.outLeft + static_cast<Index>(stretch.column) * g.outStepWidth) * g.outChannels;
}

/** Fills `block` with `count` pixels from `begin` on of a grid with the given sides. */
void gather(const GatherProblem& g, int height, int width, const RunList& list, const float* nothing, Index begin, int count, Block& block) {
  const Index perImage = static_cast<Index>(height) * width;
  Stretch next = {0, static_cast<int>(begin % perImage / width), static_cast<int>(begin % width), begin / perImage};
  float* border = block.border;
  block.count = count;
  block.stretchCount = 0;
  for (int q = 0; q < count; q += next.count, next.column = 0) {
    if (q > 0 && ++next.row == height) next.row = 0, next.image++;
    next.count = minOf(count - q, width - next.column);
    block.stretches[block.stretchCount++] = next;
    for (int s = 0; s < list.count; s++) border = gatherRun(g, list.runs[s], next, nothing, border, block.at + s * kBlock + q);
  }
}

/** Where a problem's output of each pixel of a block goes; `nowhere` takes that of pixels which it does not have. */
void place(const GatherProblem& g, const Block& block, float* nowhere, float** out) {
  const Index step = static_cast<Index>(g.outStepWidth) * g.outChannels;
  for (int s = 0; s < block.stretchCount; s++) {
    const Stretch& stretch = block.stretches[s];
    const int some = outputsOf(g, stretch);
    float* const first = some > 0 ? outputOf(g, stretch) : nowhere;
    for (int i = 0; i < stretch.count; i++) out[i] = i < some ? first + i * step : nowhere;
    out += stretch.count;
  }
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
