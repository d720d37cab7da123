#include "conv/filter-gradient.h"

#include "conv/partial-sums.h"
#include "integer-math.h"
#include "parallel.h"
#include "register-tile.h"
#include "scratch.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Rows of the register tile: input channels. */
constexpr int kMaxFactors = 6;
/** Output pixels of a block. A panel of dy (8 KB, with AVX-512 32 KB) stays in the L1 cache, and a sum of 128 terms is accurate enough. */
constexpr int kBlock = 128;
/** Below this number of input channels the taps of a filter row, adjacent in memory, are processed as one run of factors. */
constexpr int kMergeChannels = 8;
/** Input channels processed at a time, a multiple of 6. The copies of a block's pixels (57 KB) stay in the L2 cache. */
constexpr int kChannels = 96;
/** From this number of input channels on, pixels are so far apart that they evict each other from the L1 cache; they are copied. */
constexpr int kCopyChannels = 256;
/** Fewest panels of a task, so that its copies and pair lists are reused often enough. */
constexpr int kTaskPanels = 4;
/** Most partial gradients, each summed over a part of the pixels by one task. */
constexpr int kMaxPartials = 32;

/** A pixel of x and the pixel of a dy panel that one tap multiplies. */
struct Pair {
  const float* x;
  const float* dy;
};

/** out[factor][vector] += sum over pairs of x[factor] dy[vector]. Only the first `lastLanes` lanes of the last vector are written. */
template <int Factors, int Vectors>
void tile(const Pair* pairs, int count, Index channel, Index panel, float* out, Index outStride, int lastLanes) {
  Vec sum[Factors][Vectors] = {};
  for (int p = 0; p < count; p++) {
    const float* x = pairs[p].x + channel;
    const float* dy = pairs[p].dy + panel;
    Vec d[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) d[v] = load(dy + v * kLanes);
#pragma GCC unroll 8
    for (int f = 0; f < Factors; f++) {
      const Vec factor = splat(x[f]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; v++) sum[f][v] = fma(factor, d[v], sum[f][v]);
    }
  }
  // Every loop over `sum` must be unrolled: otherwise the compiler keeps the accumulators in memory.
#pragma GCC unroll 8
  for (int f = 0; f < Factors; f++, out += outStride) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors - 1; v++) store(out + v * kLanes, load(out + v * kLanes) + sum[f][v]);
    float* last = out + (Vectors - 1) * kLanes;
    if (lastLanes == kLanes) store(last, load(last) + sum[f][Vectors - 1]);
    else storeFirst(last, loadFirst(last, lastLanes) + sum[f][Vectors - 1], lastLanes);
  }
}

using Tile = void (*)(const Pair*, int, Index, Index, float*, Index, int);

template <int Vectors>
constexpr Tile kTiles[kMaxFactors + 1] = {nullptr,          tile<1, Vectors>, tile<2, Vectors>, tile<3, Vectors>,
                                          tile<4, Vectors>, tile<5, Vectors>, tile<6, Vectors>};

Tile tileFor(int factors, int vectors) {
  return withVectors(vectors, [=](auto v) { return kTiles<decltype(v)::value>[factors]; });
}

/** Size of a `Pair` in floats, the unit of the workspace. */
constexpr std::uint64_t kPairFloats = sizeof(Pair) / sizeof(std::uint32_t);

/** Adjacent taps of one filter row that are processed together: the first tap's position and their number. */
struct Unit {
  int row, column, taps;
};

/** The workspace of one thread. */
struct Workspace {
  Pair* pairs;    // [kBlock]
  float* border;  // copies of pixels at the image's border, padded with zeros
  float* copy;    // copies of input pixels
  float* dy;      // [panels][kBlock][kPanel]
};

/**
 * Lists the pairs of a unit among output pixels [begin, begin + count) and returns their number. The workspace is passed by value: behind a
 * reference its pointers would be loaded for every pair, because the pairs may alias them.
 */
int listPairs(const Conv2dShape& s, const float* x, Index begin, int count, Unit unit, Workspace w) {
  const Index perImage = static_cast<Index>(s.outHeight) * s.outWidth, channels = s.inChannels;
  Index image = begin / perImage;
  int row = static_cast<int>(begin % perImage / s.outWidth), column = static_cast<int>(begin % s.outWidth), pairs = 0;
  const int first = unit.column * s.dilationWidth - s.padLeft;
  float* border = w.border;
  for (int q = 0; q < count;) {
    const int some = minOf(count - q, s.outWidth - column);
    const int h = row * s.strideHeight + unit.row * s.dilationHeight - s.padTop;
    if (h >= 0 && h < s.inHeight) {
      const float* line = x + (image * s.inHeight + h) * s.inWidth * channels;
      const Span inside = insideColumns(column, some, s.strideWidth, first, unit.taps, s.inWidth);
      const auto edge = [&](int i) {
        const int left = (column + i) * s.strideWidth + first;
        if (left + unit.taps <= 0 || left >= s.inWidth) return;
        w.pairs[pairs++] = {border, w.dy + (q + i) * kPanel};
        for (int t = 0; t < unit.taps; t++)
          for (Index c = 0; c < channels; c++) *border++ = left + t >= 0 && left + t < s.inWidth ? line[(left + t) * channels + c] : 0.0f;
      };
      for (int i = 0; i < inside.begin; i++) edge(i);
      const Index step = static_cast<Index>(s.strideWidth) * channels, start = (static_cast<Index>(column) * s.strideWidth + first) * channels;
      for (int i = inside.begin; i < inside.end; i++) w.pairs[pairs++] = {line + (start + i * step), w.dy + (q + i) * kPanel};
      for (int i = inside.end; i < some; i++) edge(i);
    }
    q += some;
    column = 0;
    if (++row == s.outHeight) row = 0, image++;
  }
  return pairs;
}

/**
 * Copies channels [from, to) of the listed input pixels and points the pairs to the copies, which are an odd number of cache lines apart.
 */
void copyPixels(Pair* pairs, int count, int from, int to, float* copy) {
  const Index stride = oddLines(to - from);
  for (int p = 0; p < count; p++, copy += stride) {
    const float* x = pairs[p].x;
    pairs[p].x = copy;
    for (int c = from; c < to; c += kLanes) store(copy + (c - from), to - c >= kLanes ? load(x + c) : loadFirst(x + c, to - c));
  }
}

/** Copies a panel of dy, padded with zeros to full vectors. */
void packPanel(const Conv2dShape& s, const float* dy, Index begin, int count, int channel, float* panel) {
  const int used = minOf(kPanel, s.outChannels - channel);
  for (int i = 0; i < count; i++, panel += kPanel) {
    const float* from = dy + (begin + i) * s.outChannels + channel;
    for (int k = 0; k < used; k += kLanes) store(panel + k, used - k >= kLanes ? load(from + k) : loadFirst(from + k, used - k));
  }
}

/** How a call is split into tasks, and the sizes of its workspace in floats. */
struct CallSizes {
  Index pixels, size;          // output pixels of the batch; floats of the gradient
  int unitTaps, units, depth;  // taps of a unit, units of the filter, input values of a unit
  bool isCopied;
  int blocks, panels;
  int parts, panelTasks, depthTasks;
  std::uint64_t pairs, border, copy, dy;

  explicit CallSizes(const Conv2dShape& s) {
    const bool isMerged = s.inChannels < kMergeChannels && s.dilationWidth == 1;
    unitTaps = isMerged ? s.filterWidth : 1;
    units = s.filterHeight * s.filterWidth / unitTaps;
    depth = unitTaps * s.inChannels;
    isCopied = depth >= kCopyChannels;
    pixels = static_cast<Index>(s.batch) * s.outHeight * s.outWidth;
    size = static_cast<Index>(units) * depth * s.outChannels;
    blocks = static_cast<int>(ceilDiv(pixels, kBlock));
    panels = ceilDiv(s.outChannels, kPanel);
    splitTasks();
    pairs = roundUp(kBlock * kPairFloats);
    border = isMerged ? roundUp(static_cast<std::uint64_t>(kBlock) * depth) : 0;
    copy = isCopied ? static_cast<std::uint64_t>(kBlock) * (kChannels + 32) : 0;
    dy = static_cast<std::uint64_t>(kBlock) * kPanel * ceilDiv(panels, panelTasks);
  }
  int tasks() const { return parts * panelTasks * depthTasks; }
  std::uint64_t perThread() const { return pairs + border + copy + dy; }
  std::uint64_t partials() const { return parts > 1 ? static_cast<std::uint64_t>(size) * parts : 0; }

 private:
  /** A small gradient is summed in parts, split by pixels. A large one is split by channels, each owned by one task. */
  void splitTasks() {
    const double floats = static_cast<double>(size);
    const int wanted = tasksFor(static_cast<double>(pixels) * floats, kTasks);
    const int fitting = floats > kPartialFloats ? 1 : minOf(kMaxPartials, static_cast<int>(kPartialFloats / floats));
    parts = partsOf(minOf(minOf(fitting, blocks), wanted), blocks, size);
    panelTasks = minOf(ceilDiv(panels, kTaskPanels), ceilDiv(wanted, parts));
    depthTasks = minOf(ceilDiv(depth, kChannels), ceilDiv(wanted, parts * panelTasks));
  }
};

Workspace workspaceAt(const CallSizes& sizes, float* memory) {
  float* const border = memory + sizes.pairs;
  return {reinterpret_cast<Pair*>(memory), border, border + sizes.border, border + sizes.border + sizes.copy};
}

/** One task: a part of the pixels, a range of panels and a range of the rows of each unit (rows are input values). */
class Task {
 public:
  Task(const Conv2dShape& shape, const CallSizes& sizes, int task, const Workspace& workspace, float* out)
      : s_(shape), sizes_(sizes), w_(workspace), out_(out), part_(task % sizes.parts) {
    const int panelTask = task / sizes.parts % sizes.panelTasks, depthTask = task / sizes.parts / sizes.panelTasks;
    firstPanel_ = portion(sizes.panels, panelTask, sizes.panelTasks);
    lastPanel_ = portion(sizes.panels, panelTask + 1, sizes.panelTasks);
    firstRow_ = portion(sizes.depth, depthTask, sizes.depthTasks);
    lastRow_ = portion(sizes.depth, depthTask + 1, sizes.depthTasks);
  }

  void run(const float* x, const float* dy) const {
    zeroOutput();
    const int firstBlock = portion(sizes_.blocks, part_, sizes_.parts), lastBlock = portion(sizes_.blocks, part_ + 1, sizes_.parts);
    for (int b = firstBlock; b < lastBlock; b++) {
      const Index begin = sizes_.pixels * b / sizes_.blocks;
      addBlock(x, dy, begin, static_cast<int>(sizes_.pixels * (b + 1) / sizes_.blocks - begin));
    }
  }

 private:
  void zeroOutput() const {
    const int firstColumn = firstPanel_ * kPanel, lastColumn = minOf(s_.outChannels, lastPanel_ * kPanel);
    for (int u = 0; u < sizes_.units; u++)
      for (int row = firstRow_; row < lastRow_; row++)
        for (int k = firstColumn; k < lastColumn; k++) outAt(u, row)[k] = 0.0f;
  }

  /** Adds the products of `count` output pixels. */
  void addBlock(const float* x, const float* dy, Index begin, int count) const {
    for (int p = firstPanel_; p < lastPanel_; p++) packPanel(s_, dy, begin, count, p * kPanel, w_.dy + panelOffset(p));
    for (int u = 0; u < sizes_.units; u++) {
      const int tap = u * sizes_.unitTaps;
      const Unit unit = {tap / s_.filterWidth, tap % s_.filterWidth, sizes_.unitTaps};
      for (int row = firstRow_; row < lastRow_; row += kChannels) {
        const int rowEnd = minOf(lastRow_, row + kChannels);
        // Copying redirects the pairs, so they are listed again for each range of rows.
        const int pairs = listPairs(s_, x, begin, count, unit, w_);
        if (sizes_.isCopied) copyPixels(w_.pairs, pairs, row, rowEnd, w_.copy);
        addRows(u, row, rowEnd, pairs);
      }
    }
  }

  /** Adds the products of the listed pairs to rows [row, rowEnd) of a unit. */
  void addRows(int unit, int row, int rowEnd, int pairs) const {
    const int groups = ceilDiv(rowEnd - row, kMaxFactors);
    for (int p = firstPanel_; p < lastPanel_; p++) {
      const int vectors = panelVectors(s_.outChannels, p);
      const int lastLanes = minOf(kPanel, s_.outChannels - p * kPanel) - (vectors - 1) * kLanes;
      for (int g = 0; g < groups; g++) {
        const int from = row + portion(rowEnd - row, g, groups), to = row + portion(rowEnd - row, g + 1, groups);
        tileFor(to - from, vectors)(w_.pairs, pairs, sizes_.isCopied ? from - row : from, panelOffset(p), outAt(unit, from) + p * kPanel,
                                    s_.outChannels, lastLanes);
      }
    }
  }

  Index panelOffset(int panel) const { return static_cast<Index>(panel - firstPanel_) * kBlock * kPanel; }
  float* outAt(int unit, int row) const { return out_ + (static_cast<Index>(unit) * sizes_.depth + row) * s_.outChannels; }

  const Conv2dShape& s_;
  const CallSizes& sizes_;
  const Workspace w_;
  float* const out_;
  const int part_;
  int firstPanel_, lastPanel_, firstRow_, lastRow_;
};

bool run(const Conv2dShape& s, const float* x, const float* dy, float* dfilter) {
  const CallSizes sizes(s);
  const int slots = threadCount();
  const ScratchLease lease(sizes.perThread() * slots + sizes.partials());
  if (lease.data() == nullptr) return false;
  float* const workspaces = lease.data();
  float* const partials = workspaces + sizes.perThread() * slots;
  parallelFor(
      sizes.tasks(),
      [=, &s, &sizes](int task, int slot) {
        float* const out = sizes.parts > 1 ? partials + task % sizes.parts * sizes.size : dfilter;
        Task(s, sizes, task, workspaceAt(sizes, workspaces + sizes.perThread() * slot), out).run(x, dy);
      },
      slots);
  if (sizes.parts > 1) addPartialSums(partials, sizes.parts, sizes.size, sizes.size, dfilter);
  return true;
}

const FilterGradientTable kTable = {run};

}  // namespace

const FilterGradientTable& filterGradientTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
