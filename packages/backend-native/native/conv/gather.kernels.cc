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
/** Floats of a cache line. */
constexpr int kLine = 16;
/** Output channels whose memory is asked for before their sums are done; the rest would evict the input. */
constexpr int kFetchedOutputs = 64;
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
  // Unrolled, as every loop over `sum`: one that is not keeps the sums in memory.
#pragma GCC unroll 8
  for (int r = 0; r < Rows; r++)
#pragma GCC unroll 4
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

/** Room of a pointer in working memory, which is counted in floats. */
constexpr std::size_t kPointerFloats = sizeof(const float*) / sizeof(std::uint32_t);

/** A block of output pixels: where its input lies and where its output goes. */
struct Block {
  const float** at;  // [runs][kBlock]
  float* border;     // copies of runs that reach over an image's edge
  int count;
  float* out[kBlock];
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

/** Fills `block` with `count` pixels from `begin`, and asks memory for their input. */
void gather(const GatherProblem& g, const Run* runs, int runCount, const float* nothing, Index begin, int count, Block& block) {
  const Index perImage = static_cast<Index>(g.gridHeight) * g.gridWidth, channels = g.inChannels;
  Index image = begin / perImage;
  int row = static_cast<int>(begin % perImage / g.gridWidth), column = static_cast<int>(begin % g.gridWidth);
  float* border = block.border;
  block.count = count;
  // One stretch of a grid row after another.
  for (int q = 0; q < count;) {
    const int some = minOf(count - q, g.gridWidth - column);
    float* out = g.out + ((image * g.outHeight + g.outTop + static_cast<Index>(row) * g.outStepHeight) * g.outWidth + g.outLeft) * g.outChannels;
    const Index outStep = static_cast<Index>(g.outStepWidth) * g.outChannels;
    for (int i = 0; i < some; i++) {
      block.out[q + i] = out + (column + i) * outStep;
      for (int c = 0; c < minOf(g.outChannels, kFetchedOutputs); c += kLine) __builtin_prefetch(block.out[q + i] + c, 1);
    }
    for (int s = 0; s < runCount; s++) {
      const float** at = block.at + s * kBlock + q;
      const int h = row * g.stepHeight + runs[s].height, first = runs[s].width, taps = runs[s].taps;
      if (h < 0 || h >= g.inHeight) {
        for (int i = 0; i < some; i++) at[i] = nothing;
        continue;
      }
      const float* line = g.in + (image * g.inHeight + h) * g.inWidth * channels;
      // Columns whose run lies inside the row whole; the others are looked at one by one.
      const int room = g.inWidth - taps - first;
      const int insideBegin = minOf(some, maxOf(0, ceilDiv(-first, g.stepWidth) - column));
      const int insideEnd = maxOf(insideBegin, minOf(some, (room < 0 ? -1 : room / g.stepWidth) + 1 - column));
      const Index step = static_cast<Index>(g.stepWidth) * channels, start = (static_cast<Index>(column) * g.stepWidth + first) * channels;
      for (int i = insideBegin; i < insideEnd; i++) at[i] = line + (start + i * step);
      if (taps * channels >= step) {  // the pixels' runs touch: one stretch of memory
        for (Index c = insideBegin * step; c < (insideEnd - 1) * step + taps * channels; c += kLine) __builtin_prefetch(line + (start + c));
      } else {
        for (int i = insideBegin; i < insideEnd; i++)
          for (Index c = 0; c < taps * channels; c += kLine) __builtin_prefetch(at[i] + c);
      }
      const auto edge = [&](int i) {
        const int x = (column + i) * g.stepWidth + first;
        at[i] = x + taps <= 0 || x >= g.inWidth ? nothing : border;
        if (at[i] == border) border = copyBorder(g, line, x, taps, border);
      };
      for (int i = 0; i < insideBegin; i++) edge(i);
      for (int i = insideEnd; i < some; i++) edge(i);
    }
    q += some;
    column = 0;
    if (++row == g.gridHeight) row = 0, image++;
  }
}

/** All sums of one block of pixels for one panel of output channels. */
template <int Vectors>
void sumPanel(const GatherProblem& g, int runCount, int taps, const Block& block, const float* panel, float* sums) {
  constexpr int kRows = rowsFor(Vectors);
  const int depth = taps * g.inChannels;  // of each run
  const int count = block.count, groups = (count + kRows - 1) / kRows;
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
        kTiles<Vectors>[b - a](block.at + s * kBlock + a, from, some, to - from, panel, sums + a * Vectors * kLanes, first);
      }
      panel += static_cast<Index>(some) * (to - from) * Vectors * kLanes;
      first = false;
    }
  }
}

void sumPanelOf(int vectors, const GatherProblem& g, int runCount, int taps, const Block& block, const float* panel, float* sums) {
  if (vectors == 1) return sumPanel<1>(g, runCount, taps, block, panel, sums);
  if (vectors == 2) return sumPanel<2>(g, runCount, taps, block, panel, sums);
  if constexpr (kPanelVectors > 2) {
    if (vectors == 3) return sumPanel<3>(g, runCount, taps, block, panel, sums);
    sumPanel<4>(g, runCount, taps, block, panel, sums);
  }
}

/** Adds the bias, applies ReLU, and stores the sums of a block for the panel that begins at output channel `begin`. */
void storePanel(const GatherProblem& g, const Block& block, int begin, int vectors, const float* sums) {
  const int used = minOf(vectors * kLanes, g.outChannels - begin);
  const bool plain = g.bias == nullptr && !g.relu;
  for (int q = 0; q < block.count; q++, sums += vectors * kLanes) {
    float* const out = block.out[q] + begin;
    int k = 0;
    if (plain)
      for (; k + kLanes <= used; k += kLanes) store(out + k, load(sums + k));
    for (; k < used; k += kLanes) {
      const int lanes = minOf(kLanes, used - k);
      Vec y = load(sums + k);
      if (g.bias != nullptr) y += loadFirst(g.bias + begin + k, lanes);
      if (g.relu) y = maximum(y, zero());
      storeFirst(out + k, y, lanes);
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
  const std::size_t blockFloats = atFloats + borderFloats, place = 2 * blockFloats + kBlock * kPanel;
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
        float* const sums = mine + 2 * blockFloats;
        const int pixelTask = task % pixelTasks, panelTask = task / pixelTasks;
        const int firstPanel = portion(panels, panelTask, panelTasks), lastPanel = portion(panels, panelTask + 1, panelTasks);
        const int firstBlock = portion(blocks, pixelTask, pixelTasks), lastBlock = portion(blocks, pixelTask + 1, pixelTasks);
        const auto fill = [&](int b, Block& block) {
          const Index begin = pixelCount * b / blocks;
          gather(g, runs, runCount, nothing, begin, static_cast<int>(pixelCount * (b + 1) / blocks - begin), block);
        };
        // While one block is summed the next one's input is on its way.
        Block pair[2];
        for (int i = 0; i < 2; i++) {
          pair[i].at = reinterpret_cast<const float**>(mine + i * blockFloats);
          pair[i].border = mine + i * blockFloats + atFloats;
        }
        fill(firstBlock, pair[firstBlock & 1]);
        for (int b = firstBlock; b < lastBlock; b++) {
          if (b + 1 < lastBlock) fill(b + 1, pair[(b + 1) & 1]);
          const Block& block = pair[b & 1];
          for (int p = firstPanel; p < lastPanel; p++) {
            const int vectors = vectorsOf(g.outChannels, p), width = vectors * kLanes;
            const float* panel = g.packed + static_cast<Index>(p) * kPanel * g.packedTaps * g.inChannels +
                                 static_cast<Index>(g.packedTap) * g.inChannels * width;
            if (runCount == 0)
              for (int i = 0; i < block.count * width; i++) sums[i] = 0.0f;
            else
              sumPanelOf(vectors, g, runCount, runs[0].taps, block, panel, sums);
            storePanel(g, block, p * kPanel, vectors, sums);
          }
        }
      },
      slots);
  return true;
}

const GatherTable kTable = {packedFloats, packFilter, run};

}  // namespace

const GatherTable& gatherTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
