#include "filter-gradient.h"

#include "../parallel.h"
#include "../scratch.h"
#include "../simd.h"
#include "../split.h"
#include "partial-sums.h"

namespace st {
namespace ST_ISA {
namespace {

/** As in the gathering convolution: 6 factors times 2 (4) vectors of sums. */
constexpr int kPanelVectors = kRegisters >= 32 ? 4 : 2;
constexpr int kPanel = kPanelVectors * kLanes;
constexpr int kMaxFactors = 6;
/** Output pixels of a block. A panel of dy (8 KB, 32 KB at AVX-512) stays in cache; a sum of so many terms is exact enough. */
constexpr int kBlock = 128;
/** Partial gradients, each the sum over a part of the pixels, take at most this much memory. */
constexpr double kPartialFloats = 2 << 20;
constexpr int kMaxPartials = 32;

/** One pixel of x and the pixel of a dy panel that a tap joins with it. */
struct Pair {
  const float* x;
  const float* dy;
};

/** out[factor][vector] += sum over pairs of x[factor] dy[vector]; the first `lastLanes` lanes of the last vector only. */
template <int Factors, int Vectors>
void tile(const Pair* pairs, int count, Index channel, float* out, Index outStride, int lastLanes) {
  Vec sum[Factors][Vectors] = {};
  for (int p = 0; p < count; p++) {
    const float* x = pairs[p].x + channel;
    const float* dy = pairs[p].dy;
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
  for (int f = 0; f < Factors; f++, out += outStride) {
    for (int v = 0; v < Vectors - 1; v++) store(out + v * kLanes, load(out + v * kLanes) + sum[f][v]);
    float* last = out + (Vectors - 1) * kLanes;
    if (lastLanes == kLanes) store(last, load(last) + sum[f][Vectors - 1]);
    else storeFirst(last, loadFirst(last, lastLanes) + sum[f][Vectors - 1], lastLanes);
  }
}

using Tile = void (*)(const Pair*, int, Index, float*, Index, int);

template <int Vectors>
constexpr Tile kTiles[kMaxFactors + 1] = {nullptr,          tile<1, Vectors>, tile<2, Vectors>, tile<3, Vectors>,
                                          tile<4, Vectors>, tile<5, Vectors>, tile<6, Vectors>};

Tile tileFor(int factors, int vectors) {
  if (vectors == 1) return kTiles<1>[factors];
  if (vectors == 2) return kTiles<2>[factors];
  if constexpr (kPanelVectors > 2) return vectors == 3 ? kTiles<3>[factors] : kTiles<4>[factors];
  return nullptr;
}

/** Room of a pair in working memory, which is counted in floats. */
constexpr std::size_t kPairFloats = sizeof(Pair) / sizeof(std::uint32_t);

/** Lists, for each tap, the pairs of pixels [begin, begin + count) of dy; dy pixel i lies at `panel + i * width`. */
void listPairs(const Conv2dShape& s, const float* x, Index begin, int count, const float* panel, int width, Pair* pairs, int* counts) {
  const int taps = s.filterHeight * s.filterWidth;
  for (int t = 0; t < taps; t++) counts[t] = 0;
  const Index perImage = static_cast<Index>(s.outHeight) * s.outWidth;
  Index image = begin / perImage;
  int row = static_cast<int>(begin % perImage / s.outWidth), column = static_cast<int>(begin % s.outWidth);
  for (int i = 0; i < count; i++) {
    int t = 0;
    for (int r = 0; r < s.filterHeight; r++) {
      const int h = row * s.strideHeight + r * s.dilationHeight - s.padTop;
      if (h < 0 || h >= s.inHeight) {
        t += s.filterWidth;
        continue;
      }
      const float* line = x + (image * s.inHeight + h) * s.inWidth * s.inChannels;
      int w = column * s.strideWidth - s.padLeft;
      for (int q = 0; q < s.filterWidth; q++, t++, w += s.dilationWidth)
        if (w >= 0 && w < s.inWidth)
          pairs[static_cast<Index>(t) * kBlock + counts[t]++] = {line + static_cast<Index>(w) * s.inChannels, panel + static_cast<Index>(i) * width};
    }
    if (++column == s.outWidth) {
      column = 0;
      if (++row == s.outHeight) row = 0, image++;
    }
  }
}

/** Copies a panel of dy, padded with zeros to whole vectors. */
void packPanel(const Conv2dShape& s, const float* dy, Index begin, int count, int channel, int used, int width, float* panel) {
  for (int i = 0; i < count; i++, panel += width) {
    const float* from = dy + (begin + i) * s.outChannels + channel;
    for (int k = 0; k < width; k += kLanes) store(panel + k, used - k >= kLanes ? load(from + k) : loadFirst(from + k, used - k));
  }
}

bool run(const Conv2dShape& s, const float* x, const float* dy, float* dfilter) {
  const int taps = s.filterHeight * s.filterWidth, channels = s.inChannels, outChannels = s.outChannels;
  const Index pixels = static_cast<Index>(s.batch) * s.outHeight * s.outWidth;
  const Index size = static_cast<Index>(taps) * channels * outChannels;
  const int slots = threadCount();
  const int blocks = static_cast<int>((pixels + kBlock - 1) / kBlock);
  const int panels = (outChannels + kPanel - 1) / kPanel;
  // A small gradient is summed in parts, by pixels; of a large one each task owns some output channels.
  const double work = static_cast<double>(pixels) * size;
  const int room = size > kPartialFloats ? 1 : minOf(kMaxPartials, static_cast<int>(kPartialFloats / size));
  const int parts = minOf(minOf(room, blocks), tasksFor(work, kTasks));
  const int panelTasks = minOf(panels, maxOf(1, tasksFor(work, kTasks) / parts));

  const std::size_t pairFloats = roundUp(static_cast<std::size_t>(taps) * kBlock * kPairFloats), countFloats = roundUp(taps);
  const std::size_t place = pairFloats + countFloats + static_cast<std::size_t>(kBlock) * kPanel;
  const std::size_t partialFloats = parts > 1 ? static_cast<std::size_t>(size) * parts : 0;
  const ScratchLease lease(place * slots + partialFloats);
  if (lease.data() == nullptr) return false;
  float* const places = lease.data();
  float* const partials = places + place * slots;

  parallelFor(
      parts * panelTasks,
      [=, &s](int task, int slot) {
        Pair* const pairs = reinterpret_cast<Pair*>(places + place * slot);
        int* const counts = reinterpret_cast<int*>(places + place * slot + pairFloats);
        float* const panel = places + place * slot + pairFloats + countFloats;
        const int part = task % parts, panelTask = task / parts;
        const int firstPanel = panels * panelTask / panelTasks, lastPanel = panels * (panelTask + 1) / panelTasks;
        float* const out = parts > 1 ? partials + part * size : dfilter;
        const int firstChannel = firstPanel * kPanel, lastChannel = minOf(outChannels, lastPanel * kPanel);
        for (Index row = 0; row < static_cast<Index>(taps) * channels; row++)
          for (int k = firstChannel; k < lastChannel; k++) out[row * outChannels + k] = 0.0f;
        const int firstBlock = portion(blocks, part, parts), lastBlock = portion(blocks, part + 1, parts);
        for (int b = firstBlock; b < lastBlock; b++) {
          const Index begin = pixels * b / blocks;
          const int count = static_cast<int>(pixels * (b + 1) / blocks - begin);
          int listedWidth = 0;
          for (int p = firstPanel; p < lastPanel; p++) {
            const int used = minOf(kPanel, outChannels - p * kPanel), vectors = (used + kLanes - 1) / kLanes, width = vectors * kLanes;
            packPanel(s, dy, begin, count, p * kPanel, used, width, panel);
            if (width != listedWidth) listPairs(s, x, begin, count, panel, width, pairs, counts);
            listedWidth = width;
            const int groups = (channels + kMaxFactors - 1) / kMaxFactors;
            for (int t = 0; t < taps; t++)
              for (int g = 0; g < groups; g++) {
                const int from = channels * g / groups, to = channels * (g + 1) / groups;
                tileFor(to - from, vectors)(pairs + static_cast<Index>(t) * kBlock, counts[t], from,
                                            out + (static_cast<Index>(t) * channels + from) * outChannels + p * kPanel, outChannels,
                                            used - (vectors - 1) * kLanes);
              }
          }
        }
      },
      slots);
  if (parts > 1) addPartialSums(partials, parts, size, size, dfilter);
  return true;
}

const FilterGradientTable kTable = {run};

}  // namespace

const FilterGradientTable& filterGradientTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
