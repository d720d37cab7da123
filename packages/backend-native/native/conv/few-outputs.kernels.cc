#include "few-outputs.h"

#include "../parallel.h"
#include "../scratch.h"
#include "../simd.h"
#include "../split.h"

namespace st {
namespace ST_ISA {
namespace {

/** Pixels of a block: a multiple of the rows of every `dot`. */
constexpr int kBlock = 48;
/** Input channels below which the taps of a filter row are read as one run of memory. */
constexpr int kMergeChannels = 32;
/** Floats of a cache line. */
constexpr int kLine = 16;
/** A run of input memory that belongs to neighbouring taps of one filter row. */
struct Run {
  int height, width, taps;
};

/** The packed filter is [output channel][tap][input channel]. */
std::size_t packedFloats(int taps, int inChannels, int outChannels) { return static_cast<std::size_t>(outChannels) * taps * inChannels; }

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                float* packed) {
  for (int t = 0; t < taps; t++) {
    const float* from = filter + static_cast<std::size_t>(order[t]) * inChannels * outChannels;
    for (int k = 0; k < outChannels; k++)
      for (int c = 0; c < inChannels; c++)
        packed[(static_cast<std::size_t>(k) * taps + t) * inChannels + c] = transposed ? from[k * inChannels + c] : from[c * outChannels + k];
  }
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
      __builtin_prefetch(block.out[q + i], 1);
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

/** Pixels summed at a time for few outputs: 12 sums in registers. */
constexpr int fewRows(int outputs) { return outputs <= 2 ? 6 : 12 / outputs; }

/** The sums of `Rows` pixels for all of few output channels, with lanes over input values. */
template <int Rows, int Outputs>
void dot(const float* const* at, int runs, int depth, const float* packed, Index outputStride, float* sums) {
  Vec sum[Rows][Outputs] = {};
  for (int s = 0; s < runs; s++, at += kBlock, packed += depth) {
    int i = 0;
    for (; i + kLanes <= depth; i += kLanes) {
      Vec weight[Outputs];
#pragma GCC unroll 4
      for (int o = 0; o < Outputs; o++) weight[o] = load(packed + o * outputStride + i);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; r++) {
        const Vec in = load(at[r] + i);
#pragma GCC unroll 4
        for (int o = 0; o < Outputs; o++) sum[r][o] = fma(in, weight[o], sum[r][o]);
      }
    }
    if (i == depth) continue;
    for (int o = 0; o < Outputs; o++) {
      const Vec weight = loadFirst(packed + o * outputStride + i, depth - i);
      for (int r = 0; r < Rows; r++) sum[r][o] = fma(loadFirst(at[r] + i, depth - i), weight, sum[r][o]);
    }
  }
  for (int r = 0; r < Rows; r++)
    for (int o = 0; o < Outputs; o++) sums[r * Outputs + o] = sumLanes(sum[r][o]);
}

template <int Outputs>
void sumFew(const GatherProblem& g, int runCount, int taps, const Block& block, float* sums) {
  constexpr int kRows = fewRows(Outputs);
  const float* const packed = g.packed + static_cast<Index>(g.packedTap) * g.inChannels;
  const Index stride = static_cast<Index>(g.packedTaps) * g.inChannels;
  int q = 0;
  for (; q + kRows <= block.count; q += kRows) dot<kRows, Outputs>(block.at + q, runCount, taps * g.inChannels, packed, stride, sums + q * Outputs);
  for (; q < block.count; q++) dot<1, Outputs>(block.at + q, runCount, taps * g.inChannels, packed, stride, sums + q * Outputs);
}

void makeFew(const GatherProblem& g, int runCount, int taps, const Block& block, float* sums) {
  switch (g.outChannels) {
    case 1: sumFew<1>(g, runCount, taps, block, sums); break;
    case 2: sumFew<2>(g, runCount, taps, block, sums); break;
    case 3: sumFew<3>(g, runCount, taps, block, sums); break;
    default: sumFew<4>(g, runCount, taps, block, sums);
  }
  for (int q = 0; q < block.count; q++)
    for (int o = 0; o < g.outChannels; o++) {
      const float y = sums[q * g.outChannels + o] + (g.bias != nullptr ? g.bias[o] : 0.0f);
      block.out[q][o] = g.relu && y < 0.0f ? 0.0f : y;
    }
}

bool run(const GatherProblem& g) {
  const Index pixelCount = static_cast<Index>(g.batch) * g.gridHeight * g.gridWidth;
  if (pixelCount == 0) return true;
  const int slots = threadCount();
  const int blocks = static_cast<int>((pixelCount + kBlock - 1) / kBlock);
  const double blockWork = static_cast<double>(kBlock) * maxOf(1, g.tapCount) * g.inChannels * g.outChannels;
  const int pixelTasks = tasksFor(blocks * blockWork, blocks);

  // One lease: the list of runs, zeros, and a workplace for each slot.
  const int longest = g.inChannels < kMergeChannels ? maxOf(1, g.tapCount) * g.inChannels : g.inChannels;
  const std::size_t zeros = roundUp(longest), runFloats = roundUp(maxOf(1, g.tapCount) * (sizeof(Run) / sizeof(float)));
  const std::size_t atFloats = roundUp(static_cast<std::size_t>(kBlock) * maxOf(1, g.tapCount) * kPointerFloats);
  const std::size_t borderFloats = g.inChannels < kMergeChannels ? roundUp(static_cast<std::size_t>(kBlock) * longest) : 0;
  const std::size_t blockFloats = atFloats + borderFloats, place = 2 * blockFloats + kBlock * kFewOutputs;
  const ScratchLease lease(zeros + runFloats + place * slots);
  if (lease.data() == nullptr) return false;
  float* const nothing = lease.data();
  for (std::size_t i = 0; i < zeros; i++) nothing[i] = 0.0f;
  Run* const runs = reinterpret_cast<Run*>(nothing + zeros);
  const int runCount = makeRuns(g, runs);
  float* const places = nothing + zeros + runFloats;

  parallelFor(
      pixelTasks,
      [=, &g](int task, int slot) {
        float* const mine = places + place * slot;
        float* const sums = mine + 2 * blockFloats;
        const int firstBlock = portion(blocks, task, pixelTasks), lastBlock = portion(blocks, task + 1, pixelTasks);
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
          makeFew(g, runCount, runCount > 0 ? runs[0].taps : 0, block, sums);
        }
      },
      slots);
  return true;
}

const GatherTable kTable = {kFewOutputs, packedFloats, packFilter, run};

}  // namespace

const GatherTable& fewOutputsTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
