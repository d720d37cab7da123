// Convolution by bands of output pixels whose input is contiguous: shared by the kernels for few channels. For these, an address per tap,
// as in the implicit GEMM, would cost more than the multiplications.
#pragma once
#include "conv/gather/gather.h"
#include "integer-math.h"
#include "parallel.h"
#include "scratch.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** The taps of a problem as a rectangle of adjacent input pixels, row by row. */
struct TapRectangle {
  int top, left, height, width;
};

static inline TapRectangle rectangleOf(const GatherProblem& g) {
  const Tap first = g.taps[0], last = g.taps[g.tapCount - 1];
  return {first.height, first.width, last.height - first.height + 1, last.width - first.width + 1};
}

/** A range of rows and columns of one image's grid. */
struct Band {
  Index image;
  int row, rows, column, columns;
};

/** The input of a band: the taps of its pixel (i, j) begin at data + i * row * stepHeight + j * stepWidth * inChannels. */
struct BandInput {
  const float* data;
  Index row;  // floats from one input row to the next
};

/** Copies pixels [left, left + columns) of a row; pixels outside [0, width) become zeros. */
static inline void copyRow(const float* row, int left, int columns, int width, Index channels, float* to) {
  const Span inside = insideColumns(0, columns, 1, left, 1, width);
  const Index from = left * channels;
  Index i = 0;
  for (; i < inside.begin * channels; i++) to[i] = 0.0f;
  for (; i + kLanes <= inside.end * channels; i += kLanes) store(to + i, load(row + (from + i)));
  for (; i < inside.end * channels; i++) to[i] = row[from + i];
  for (; i < columns * channels; i++) to[i] = 0.0f;
}

/** True if the band reads pixels outside the image. */
static inline bool reachesOver(const GatherProblem& g, const TapRectangle& taps, const Band& band) {
  const int top = band.row * g.stepHeight + taps.top, left = band.column * g.stepWidth + taps.left;
  return top < 0 || left < 0 || top + (band.rows - 1) * g.stepHeight + taps.height > g.inHeight ||
         left + (band.columns - 1) * g.stepWidth + taps.width > g.inWidth;
}

/** The band's input: in place, or, if it crosses the image's border, a zero-padded copy in `copy`. */
static inline BandInput inputOf(const GatherProblem& g, const TapRectangle& taps, const Band& band, float* copy) {
  const int top = band.row * g.stepHeight + taps.top, left = band.column * g.stepWidth + taps.left;
  const Index channels = g.inChannels, size = g.inWidth * channels;
  const float* const image = g.in + band.image * g.inHeight * size;
  if (!reachesOver(g, taps, band)) return {image + top * size + left * channels, size};
  const int rows = (band.rows - 1) * g.stepHeight + taps.height, columns = (band.columns - 1) * g.stepWidth + taps.width;
  for (int r = 0; r < rows; r++) {
    const int h = top + r;
    const bool inside = h >= 0 && h < g.inHeight;
    copyRow(image + (inside ? h * size : 0), left, columns, inside ? g.inWidth : 0, channels, copy + r * columns * channels);
  }
  return {copy, columns * channels};
}

/** Output address of the band's pixel (row, 0); adjacent pixels are outStepWidth pixels apart. */
static inline float* outputOf(const GatherProblem& g, const Band& band, int row) {
  const Index h = band.image * g.outHeight + g.outTop + static_cast<Index>(band.row + row) * g.outStepHeight;
  return g.out + (h * g.outWidth + g.outLeft + static_cast<Index>(band.column) * g.outStepWidth) * g.outChannels;
}

/** Output columns of a band: at least a full register tile, and few enough that a single long row is split between threads. */
constexpr int kLeastColumns = 8, kMostColumns = 128;

/**
 * Calls sum(band, input) for bands that cover the grid of every image; each has at most about `inputFloats` floats of input. Returns false
 * if out of memory.
 */
template <class Sum>
bool forBands(const GatherProblem& g, const TapRectangle& taps, Index inputFloats, const Sum& sum) {
  if (g.gridHeight == 0 || g.gridWidth == 0) return true;
  // First choose the columns, such that at least the rows of one filter fit; then as many rows as fit.
  const Index perColumn = static_cast<Index>(taps.height) * g.stepWidth * g.inChannels;
  const int most = maxOf(kLeastColumns, minOf(kMostColumns, static_cast<int>(inputFloats / perColumn)));
  const int across = ceilDiv(g.gridWidth, most), columns = ceilDiv(g.gridWidth, across);
  const Index width = (static_cast<Index>(columns - 1) * g.stepWidth + taps.width) * g.inChannels;
  const int fitting = maxOf(1, (static_cast<int>(inputFloats / width) - taps.height) / g.stepHeight + 1);
  const int down = ceilDiv(g.gridHeight, fitting), rows = ceilDiv(g.gridHeight, down);
  const bool copied = reachesOver(g, taps, {0, 0, g.gridHeight, 0, g.gridWidth});
  const std::uint64_t copyFloats = copied ? roundUp(static_cast<std::uint64_t>(width * ((rows - 1) * static_cast<Index>(g.stepHeight) + taps.height))) : 0;
  const Index bands = static_cast<Index>(g.batch) * down * across;
  const double work = static_cast<double>(g.batch) * g.gridHeight * g.gridWidth * g.tapCount * g.inChannels * g.outChannels;
  const int tasks = tasksFor(work, static_cast<int>(bands)), slots = threadCount();
  const ScratchLease lease(copyFloats * slots);
  float* const copies = lease.data();
  if (copies == nullptr) return false;
  parallelFor(
      tasks,
      [=, &g, &sum](int task, int slot) {
        for (Index b = bands * task / tasks; b < bands * (task + 1) / tasks; b++) {
          const int v = static_cast<int>(b / across % down), h = static_cast<int>(b % across);
          const int row = portion(g.gridHeight, v, down), column = portion(g.gridWidth, h, across);
          const Band band = {b / across / down, row, portion(g.gridHeight, v + 1, down) - row, column, portion(g.gridWidth, h + 1, across) - column};
          sum(band, inputOf(g, taps, band, copies + copyFloats * slot));
        }
      },
      slots);
  return true;
}

}  // namespace ST_ISA
}  // namespace st
