#include "gather.h"

#include "../parallel.h"
#include "../scratch.h"
#include "../simd.h"
#include "../split.h"

namespace st {
namespace ST_ISA {
namespace {

/** Vectors of a panel: with 6 rows 12 of 16, or 24 of 32, registers hold sums; the rest hold the panel's row and a factor. */
constexpr int kPanelVectors = kRegisters >= 32 ? 4 : 2;
constexpr int kPanel = kPanelVectors * kLanes;
/** Rows of the tile: the most that the registers hold and whose addresses stay in registers (8). */
constexpr int kMaxRows = 8;
constexpr int rowsFor(int vectors) {
  return vectors == kPanelVectors ? 6 : kMaxRows;
}
/** Pixels of a block: a multiple of 6 and 8, so that no tile is ragged; their sums (12 KB) stay in the first-level cache. */
constexpr int kBlock = 48;
/** Input values taken at a time: a panel of 128 rows is 8 KB (16 KB at AVX-512), and loads of sums become rare. */
constexpr int kDepth = 128;
/** Input channels below which the taps of a filter row are read as one run of memory. */
constexpr int kMergeChannels = 32;
/** A run of input memory that belongs to neighbouring taps of one filter row. */
struct Run {
  int height, width, taps;
};

/** sums[row][vector] += sum over s, i of at[s * kBlock + row][offset + i] * panel[s * depth + i][vector]. */
template <int Rows, int Vectors>
void tile(const float* const* at, Index offset, int runs, int depth, const float* panel, float* sums, bool first) {
  Vec sum[Rows][Vectors] = {};
  for (int s = 0; s < runs; s++, at += kBlock) {
    const float* in[Rows];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; r++) in[r] = at[r] + offset;
#pragma GCC unroll 2
    for (int i = 0; i < depth; i++, panel += Vectors * kLanes) {
      Vec weight[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; v++) weight[v] = load(panel + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; r++) {
        const Vec factor = splat(in[r][i]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; v++) sum[r][v] = fma(factor, weight[v], sum[r][v]);
      }
    }
  }
  // Each piece is summed from zero and then added: shorter chains of roundings than one running sum.
  for (int r = 0; r < Rows; r++)
    for (int v = 0; v < Vectors; v++) {
      float* to = sums + (r * Vectors + v) * kLanes;
      store(to, first ? sum[r][v] : load(to) + sum[r][v]);
    }
}

using Tile = void (*)(const float* const*, Index, int, int, const float*, float*, bool);

template <int Rows, int Vectors>
constexpr Tile tileOf = tile<(Rows <= rowsFor(Vectors) ? Rows : 1), Vectors>;

/** The tiles of 1 to 8 rows; those with more rows than `rowsFor` are not used. */
template <int Vectors>
constexpr Tile kTiles[kMaxRows + 1] = {nullptr,
                                       tileOf<1, Vectors>, tileOf<2, Vectors>, tileOf<3, Vectors>, tileOf<4, Vectors>,
                                       tileOf<5, Vectors>, tileOf<6, Vectors>, tileOf<7, Vectors>, tileOf<8, Vectors>};

int vectorsOf(int outChannels, int panel) {
  return minOf(kPanelVectors, (outChannels - panel * kPanel + kLanes - 1) / kLanes);
}

std::size_t packedFloats(int taps, int inChannels, int outChannels) {
  const std::size_t vectors = (outChannels + kLanes - 1) / kLanes;
  return vectors * kLanes * taps * inChannels;
}

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                float* packed) {
  const int panels = (outChannels + kPanel - 1) / kPanel;
  parallelFor(panels * taps, [=](int task, int) {
    const int p = task / taps, t = task % taps;
    const int width = vectorsOf(outChannels, p) * kLanes, begin = p * kPanel, used = minOf(width, outChannels - begin);
    const float* from = filter + static_cast<std::size_t>(order[t]) * inChannels * outChannels;
    float* to = packed + static_cast<std::size_t>(p) * kPanel * taps * inChannels + static_cast<std::size_t>(t) * inChannels * width;
    if (!transposed) {
      for (int c = 0; c < inChannels; c++, to += width) {
        const float* row = from + static_cast<std::size_t>(c) * outChannels + begin;
        for (int k = 0; k < width; k += kLanes)
          store(to + k, used - k >= kLanes ? load(row + k) : loadFirst(row + k, used - k));
      }
      return;
    }
    // Blocks of a vector's length, so that both sides are walked a cache line at a time.
    for (int c0 = 0; c0 < inChannels; c0 += kLanes) {
      const int depth = minOf(kLanes, inChannels - c0);
      for (int k = 0; k < width; k++) {
        const float* column = from + static_cast<std::size_t>(begin + k) * inChannels + c0;
        for (int c = 0; c < depth; c++) to[static_cast<std::size_t>(c0 + c) * width + k] = k < used ? column[c] : 0.0f;
      }
    }
  });
}

/** Merges neighbouring taps of a row into runs where pixels are short; returns how many runs there are. */
int makeRuns(const GatherProblem& g, Run* runs) {
  int count = 0;
  for (int t = 0; t < g.tapCount; t++) {
    const Tap tap = g.taps[t];
    if (count > 0 && g.inChannels < kMergeChannels) {
      Run& last = runs[count - 1];
      if (last.height == tap.height && last.width + last.taps == tap.width) {
        last.taps++;
        continue;
      }
    }
    runs[count++] = {tap.height, tap.width, 1};
  }
  return count;
}

struct Pixel {
  int image, row, column;
};

/** Room of a pointer in working memory, which is counted in floats. */
constexpr std::size_t kPointerFloats = sizeof(const float*) / sizeof(std::uint32_t);

/** One thread's working memory. */
struct Workplace {
  const float** at;  // [runs][kBlock]
  float* border;     // copies of runs that reach over an image's edge
  float* sums;       // [kBlock][kPanel]
};

/** Fills `at` for `count` pixels from `begin`; runs over the edge are copied with zeros, runs outside are `nothing`. */
void gather(const GatherProblem& g, const Run* runs, int runCount, const float* nothing, Index begin, int count, Workplace& w,
            Pixel* pixels) {
  const Index perImage = static_cast<Index>(g.gridHeight) * g.gridWidth;
  Pixel p = {static_cast<int>(begin / perImage), static_cast<int>(begin % perImage / g.gridWidth),
             static_cast<int>(begin % g.gridWidth)};
  const Index channels = g.inChannels;
  float* border = w.border;
  for (int q = 0; q < count; q++) {
    pixels[q] = p;
    const int top = p.row * g.stepHeight, left = p.column * g.stepWidth;
    const float* image = g.in + static_cast<Index>(p.image) * g.inHeight * g.inWidth * channels;
    for (int s = 0; s < runCount; s++) {
      const int h = top + runs[s].height, x = left + runs[s].width, taps = runs[s].taps;
      const float* row = image + static_cast<Index>(h) * g.inWidth * channels;
      const float*& at = w.at[s * kBlock + q];
      if (static_cast<unsigned>(h) >= static_cast<unsigned>(g.inHeight) || x + taps <= 0 || x >= g.inWidth) {
        at = nothing;
      } else if (x >= 0 && x + taps <= g.inWidth) {
        at = row + x * channels;
      } else {
        at = border;
        for (int t = 0; t < taps; t++, border += channels) {
          const bool inside = x + t >= 0 && x + t < g.inWidth;
          for (Index c = 0; c < channels; c++) border[c] = inside ? row[(x + t) * channels + c] : 0.0f;
        }
      }
    }
    if (++p.column == g.gridWidth) {
      p.column = 0;
      if (++p.row == g.gridHeight) p.row = 0, p.image++;
    }
  }
}

/** All sums of one block of pixels for one panel of output channels. */
template <int Vectors>
void sumPanel(const GatherProblem& g, int runCount, int taps, int count, const float* panel, Workplace& w) {
  constexpr int kRows = rowsFor(Vectors);
  const int depth = taps * g.inChannels;  // of each run
  const int groups = (count + kRows - 1) / kRows;
  // Short runs are taken several at a time, long ones in pieces.
  const int runsAtOnce = maxOf(1, kDepth / depth);
  const int pieces = (depth + kDepth - 1) / kDepth;
  bool first = true;
  for (int s = 0; s < runCount; s += runsAtOnce) {
    const int some = minOf(runsAtOnce, runCount - s);
    for (int piece = 0; piece < pieces; piece++) {
      const int from = static_cast<int>(static_cast<Index>(depth) * piece / pieces);
      const int to = static_cast<int>(static_cast<Index>(depth) * (piece + 1) / pieces);
      for (int i = 0; i < groups; i++) {
        const int a = count * i / groups, b = count * (i + 1) / groups;
        kTiles<Vectors>[b - a](w.at + s * kBlock + a, from, some, to - from, panel, w.sums + a * Vectors * kLanes, first);
      }
      panel += static_cast<Index>(some) * (to - from) * Vectors * kLanes;
      first = false;
    }
  }
}

void sumPanelOf(int vectors, const GatherProblem& g, int runCount, int taps, int count, const float* panel, Workplace& w) {
  if (vectors == 1) return sumPanel<1>(g, runCount, taps, count, panel, w);
  if (vectors == 2) return sumPanel<2>(g, runCount, taps, count, panel, w);
  if constexpr (kPanelVectors > 2) {
    if (vectors == 3) return sumPanel<3>(g, runCount, taps, count, panel, w);
    sumPanel<4>(g, runCount, taps, count, panel, w);
  }
}

/** Adds the bias, applies ReLU, and stores the sums of a block for the panel that begins at output channel `begin`. */
void storePanel(const GatherProblem& g, const Pixel* pixels, int count, int begin, int vectors, const float* sums) {
  const int used = minOf(vectors * kLanes, g.outChannels - begin);
  for (int q = 0; q < count; q++, sums += vectors * kLanes) {
    const Index row = g.outTop + static_cast<Index>(pixels[q].row) * g.outStepHeight;
    const Index column = g.outLeft + static_cast<Index>(pixels[q].column) * g.outStepWidth;
    float* out = g.out + ((pixels[q].image * static_cast<Index>(g.outHeight) + row) * g.outWidth + column) * g.outChannels + begin;
    for (int k = 0; k < used; k += kLanes) {
      const int lanes = minOf(kLanes, used - k);
      Vec y = load(sums + k);
      if (g.bias != nullptr) y += lanes == kLanes ? load(g.bias + begin + k) : loadFirst(g.bias + begin + k, lanes);
      if (g.relu) y = maximum(y, zero());
      if (lanes == kLanes) store(out + k, y);
      else storeFirst(out + k, y, lanes);
    }
  }
}

bool run(const GatherProblem& g) {
  const Index pixelCount = static_cast<Index>(g.batch) * g.gridHeight * g.gridWidth;
  if (pixelCount == 0) return true;
  const int slots = threadCount();
  const int blocks = static_cast<int>((pixelCount + kBlock - 1) / kBlock);
  const int panels = (g.outChannels + kPanel - 1) / kPanel;
  const double blockWork = static_cast<double>(kBlock) * maxOf(1, g.tapCount) * g.inChannels * g.outChannels;
  const int pixelTasks = tasksFor(blocks * blockWork, blocks);
  const int panelTasks = minOf(panels, maxOf(1, tasksFor(blocks * blockWork, kTasks) / pixelTasks));

  // One lease: the list of runs, zeros, and a workplace for each slot.
  const int longest = g.inChannels < kMergeChannels ? maxOf(1, g.tapCount) * g.inChannels : g.inChannels;
  const std::size_t zeros = roundUp(longest), runFloats = roundUp(maxOf(1, g.tapCount) * (sizeof(Run) / sizeof(float)));
  const std::size_t atFloats = roundUp(static_cast<std::size_t>(kBlock) * maxOf(1, g.tapCount) * kPointerFloats);
  const std::size_t borderFloats = g.inChannels < kMergeChannels ? roundUp(static_cast<std::size_t>(kBlock) * longest) : 0;
  const std::size_t place = atFloats + borderFloats + kBlock * kPanel;
  const ScratchLease lease(zeros + runFloats + place * slots);
  if (lease.data() == nullptr) return false;
  float* const nothing = lease.data();
  for (std::size_t i = 0; i < zeros; i++) nothing[i] = 0.0f;
  Run* const runs = reinterpret_cast<Run*>(nothing + zeros);
  const int runCount = makeRuns(g, runs);
  float* const places = nothing + zeros + runFloats;

  parallelFor(
      pixelTasks * panelTasks,
      [=, &g](int task, int slot) {
        float* const mine = places + place * slot;
        Workplace w = {reinterpret_cast<const float**>(mine), mine + atFloats, mine + atFloats + borderFloats};
        const int pixelTask = task % pixelTasks, panelTask = task / pixelTasks;
        const int firstPanel = panels * panelTask / panelTasks, lastPanel = panels * (panelTask + 1) / panelTasks;
        const int firstBlock = portion(blocks, pixelTask, pixelTasks), lastBlock = portion(blocks, pixelTask + 1, pixelTasks);
        Pixel pixels[kBlock];
        for (int b = firstBlock; b < lastBlock; b++) {
          const Index begin = pixelCount * b / blocks;
          const int count = static_cast<int>(pixelCount * (b + 1) / blocks - begin);
          gather(g, runs, runCount, nothing, begin, count, w, pixels);
          for (int p = firstPanel; p < lastPanel; p++) {
            const int vectors = vectorsOf(g.outChannels, p), width = vectors * kLanes;
            const float* panel = g.packed + static_cast<Index>(p) * kPanel * g.packedTaps * g.inChannels +
                                 static_cast<Index>(g.packedTap) * g.inChannels * width;
            if (runCount == 0)
              for (int i = 0; i < count * width; i++) w.sums[i] = 0.0f;
            else
              sumPanelOf(vectors, g, runCount, runs[0].taps, count, panel, w);
            storePanel(g, pixels, count, p * kPanel, vectors, w.sums);
          }
        }
      },
      slots);
  return true;
}

const GatherTable kTable = {kPanel, packedFloats, packFilter, run};

}  // namespace

const GatherTable& gatherTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
