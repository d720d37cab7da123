#include "winograd-gradient.h"

#include "../parallel.h"
#include "../scratch.h"
#include "partial-sums.h"
#include "winograd-tiles.h"

namespace st {
namespace ST_ISA {
namespace {

/** As in the gathering convolution: 6 input channels times 2 (4) vectors of output channels. */
constexpr int kFactors = 6;
constexpr int kPanelVectors = kRegisters >= 32 ? 4 : 2;
constexpr int kPanel = kPanelVectors * kLanes;
/** Vectors of a block of input channels: 3, whose lanes are whole groups of 6 factors. */
constexpr int kBlockVectors = 3;
constexpr int kBlock = kBlockVectors * kLanes;
/** Tiles summed in registers: a panel of 48 (3 KB, 12 KB at AVX-512) and a block (4.5 KB) stay in the first-level cache. */
constexpr int kRun = 48;
/** Sums of at most so many floats (1.2 MB) are held by each thread, over its own tiles; larger ones are shared out by channel. */
constexpr double kOwnFloats = 36 * 64 * 128;
/** Partial sums of all parts take at most this much memory. */
constexpr double kPartialFloats = 4 << 20;
constexpr int kMaxPartials = 16;
/** Transformed tiles held at a time where the sums are shared out (floats; 8 MB): they stay in the third-level cache. */
constexpr double kSharedFloats = 2 << 20;
/** Channels of a task's share of the sums: reading its tiles then takes a small part of the time. */
constexpr int kShareBlocks = 4;
constexpr int kSharePanels = 4;
/** Tiles that one task transforms where the sums are shared out. */
constexpr int kTilesPerTask = 4;

/** sums[factor][vector] += sum over t of x[t][factor] dy[t][vector]. */
template <int Factors, int Vectors>
void multiply(const float* x, int xStride, const float* dy, int count, float* sums) {
  Vec sum[Factors][Vectors] = {};
  for (int t = 0; t < count; t++, x += xStride, dy += Vectors * kLanes) {
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
#pragma GCC unroll 8
  for (int f = 0; f < Factors; f++)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) {
      float* const to = sums + (f * Vectors + v) * kLanes;
      store(to, load(to) + sum[f][v]);
    }
}

using Multiply = void (*)(const float*, int, const float*, int, float*);

template <int Vectors>
constexpr Multiply kMultiply[kFactors + 1] = {nullptr,
                                              multiply<1, Vectors>,
                                              multiply<2, Vectors>,
                                              multiply<3, Vectors>,
                                              multiply<4, Vectors>,
                                              multiply<5, Vectors>,
                                              multiply<6, Vectors>};

const Multiply* multiplyFor(int vectors) {
  if (vectors == 1) return kMultiply<1>;
  if (vectors == 2) return kMultiply<2>;
  if constexpr (kPanelVectors > 2) return vectors == 3 ? kMultiply<3> : kMultiply<4>;
  return nullptr;
}

/**
 * Where transformed tiles are kept: channel vectors in groups, each group [tile][its vectors], the last one narrower;
 * value xi lies at xi * value.
 */
struct TileLayout {
  int vectors, group;
  Index tiles, value;

  static TileLayout of(int channels, int group, int tiles) {
    const int vectors = vectorsFor(channels);
    return {vectors, group, tiles, oddLines(static_cast<Index>(vectors) * kLanes * tiles)};
  }
  /** Floats of one tile in group g. */
  int width(int g) const { return minOf(group, vectors - g * group) * kLanes; }
  /** The group's first tile. */
  Index begin(int g) const { return static_cast<Index>(g) * group * kLanes * tiles; }
  Index at(int vector, Index tile) const {
    const int g = vector / group;
    return begin(g) + tile * width(g) + vector % group * kLanes;
  }
};

template <int M>
class FilterGradient {
 public:
  static constexpr int kSide = Winograd<M>::kSide;
  static constexpr int kValues = kSide * kSide;

  FilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter)
      : s_(shape),
        x_{x, shape.inHeight, shape.inWidth, shape.inChannels},
        dy_{dy, shape.outHeight, shape.outWidth, shape.outChannels},
        dfilter_(dfilter),
        grid_(TileGrid::of(shape.outHeight, shape.outWidth, M)),
        tiles_(static_cast<Index>(shape.batch) * grid_.rows * grid_.columns),
        blocks_((vectorsFor(shape.inChannels) + kBlockVectors - 1) / kBlockVectors),
        panels_((vectorsFor(shape.outChannels) + kPanelVectors - 1) / kPanelVectors),
        sumStride_(oddLines(static_cast<Index>(shape.inChannels) * vectorsFor(shape.outChannels) * kLanes)) {}

  bool run() { return static_cast<double>(sumStride_) * kValues <= kOwnFloats ? runParts() : runShares(); }

 private:
  /** Value xi of the sums lies at xi * sumStride_, there [panel][input channel][output channels of the panel]. */
  Index sumAt(int panel, int channel) const {
    const int width = minOf(kPanelVectors, vectorsFor(s_.outChannels) - panel * kPanelVectors) * kLanes;
    return static_cast<Index>(panel) * kPanel * s_.inChannels + static_cast<Index>(channel) * width;
  }

  /** Each task sums a part of the tiles; the parts are added in their order. */
  bool runParts() {
    const int slots = threadCount();
    const Index size = sumStride_ * kValues;
    const int parts = minOf(tasksFor(static_cast<double>(tiles_) * static_cast<double>(size), minOf(kMaxPartials, static_cast<int>(kPartialFloats / static_cast<double>(size)))),
                            static_cast<int>(tiles_ < kMaxPartials ? tiles_ : kMaxPartials));
    const TileLayout xLayout = TileLayout::of(s_.inChannels, kBlockVectors, kRun), dyLayout = TileLayout::of(s_.outChannels, kPanelVectors, kRun);
    const std::size_t xFloats = static_cast<std::size_t>(xLayout.value) * kValues, place = xFloats + static_cast<std::size_t>(dyLayout.value) * kValues;
    const std::size_t zeros = roundUp(maxOf(s_.inChannels, s_.outChannels));
    const ScratchLease lease(zeros + static_cast<std::size_t>(size) * parts + place * slots);
    if (lease.data() == nullptr) return false;
    float* const nothing = clear(lease.data(), zeros);
    float* const partials = nothing + zeros;
    float* const places = partials + size * parts;
    parallelFor(
        parts,
        [=](int part, int slot) {
          float* const sums = clear(partials + part * size, static_cast<std::size_t>(size));
          float* const x = places + place * slot;
          float* const dy = x + xFloats;
          const Index first = tiles_ * part / parts, last = tiles_ * (part + 1) / parts;
          const int runs = static_cast<int>((last - first + kRun - 1) / kRun);
          for (int r = 0; r < runs; r++) {
            const Index begin = first + (last - first) * r / runs, end = first + (last - first) * (r + 1) / runs;
            transformTiles(begin, end, 0, nothing, x, xLayout, dy, dyLayout);
            sum(0, blocks_, 0, panels_, static_cast<int>(end - begin), x, xLayout, dy, dyLayout, sums);
          }
        },
        slots);
    if (parts > 1) addPartialSums(partials, parts, size, size, partials);
    const int bands = blocks_ * panels_;
    parallelFor(bands, [=](int band, int) { finish(band / panels_, band / panels_ + 1, band % panels_, band % panels_ + 1, partials); });
    return true;
  }

  /** The threads transform some tiles together, then each task adds them to its share of the sums. */
  bool runShares() {
    const double perTile = static_cast<double>(kValues) * kLanes * (vectorsFor(s_.inChannels) + vectorsFor(s_.outChannels));
    const Index fitting = maxOf(2 * kRun, static_cast<int>(kSharedFloats / perTile) / kRun * kRun);
    const int most = static_cast<int>(tiles_ < fitting ? tiles_ : fitting);
    const int chunks = static_cast<int>((tiles_ + most - 1) / most);
    const TileLayout xLayout = TileLayout::of(s_.inChannels, kBlockVectors, most), dyLayout = TileLayout::of(s_.outChannels, kPanelVectors, most);
    const std::size_t xFloats = static_cast<std::size_t>(xLayout.value) * kValues, dyFloats = static_cast<std::size_t>(dyLayout.value) * kValues;
    const std::size_t zeros = roundUp(maxOf(s_.inChannels, s_.outChannels));
    const ScratchLease lease(zeros + xFloats + dyFloats + static_cast<std::size_t>(sumStride_) * kValues);
    if (lease.data() == nullptr) return false;
    float* const nothing = clear(lease.data(), zeros);
    float* const x = nothing + zeros;
    float* const dy = x + xFloats;
    float* const sums = dy + dyFloats;
    const int blockShares = (blocks_ + kShareBlocks - 1) / kShareBlocks, panelShares = (panels_ + kSharePanels - 1) / kSharePanels;
    for (int chunk = 0; chunk < chunks; chunk++) {
      const Index begin = tiles_ * chunk / chunks, end = tiles_ * (chunk + 1) / chunks;
      const int count = static_cast<int>(end - begin);
      parallelFor((count + kTilesPerTask - 1) / kTilesPerTask, [=](int task, int) {
        const int from = task * kTilesPerTask, to = minOf(count, from + kTilesPerTask);
        transformTiles(begin + from, begin + to, from, nothing, x, xLayout, dy, dyLayout);
      });
      parallelFor(blockShares * panelShares, [=](int share, int) {
        const int b = share / panelShares, p = share % panelShares;
        const int firstBlock = portion(blocks_, b, blockShares), lastBlock = portion(blocks_, b + 1, blockShares);
        const int firstPanel = portion(panels_, p, panelShares), lastPanel = portion(panels_, p + 1, panelShares);
        if (chunk == 0) clearSums(firstBlock, lastBlock, firstPanel, lastPanel, sums);
        sum(firstBlock, lastBlock, firstPanel, lastPanel, count, x, xLayout, dy, dyLayout, sums);
        if (chunk == chunks - 1) finish(firstBlock, lastBlock, firstPanel, lastPanel, sums);
      });
    }
    return true;
  }

  static float* clear(float* floats, std::size_t count) {
    for (std::size_t i = 0; i < count; i++) floats[i] = 0.0f;
    return floats;
  }

  void clearSums(int firstBlock, int lastBlock, int firstPanel, int lastPanel, float* sums) const {
    const int first = firstBlock * kBlock, last = minOf(s_.inChannels, lastBlock * kBlock);
    for (int xi = 0; xi < kValues; xi++)
      for (int p = firstPanel; p < lastPanel; p++)
        clear(sums + xi * sumStride_ + sumAt(p, first), static_cast<std::size_t>(sumAt(p, last) - sumAt(p, first)));
  }

  /** Transforms tiles [begin, end) of x and dy and keeps them from tile `at` on. */
  void transformTiles(Index begin, Index end, Index at, const float* zeros, float* x, const TileLayout& xLayout, float* dy, const TileLayout& dyLayout) const {
    TilePosition p = TilePosition::at(grid_, begin);
    for (Index t = begin; t < end; t++, at++, p.next(grid_)) {
      const int top = p.row * M, left = p.column * M;
      transformPatch<typename Winograd<M>::Input>(x_, p.image, top - s_.padTop,
                                   left - s_.padLeft, zeros, [&](int b) __attribute__((always_inline)) { return x + xLayout.at(b, at); }, xLayout.value);
      transformPatch<typename Winograd<M>::OutputGradient>(dy_, p.image, top, left,
                               zeros, [&](int b) __attribute__((always_inline)) { return dy + dyLayout.at(b, at); }, dyLayout.value);
    }
  }

  /** Adds the products of `count` tiles to the sums of some blocks and panels. */
  void sum(int firstBlock, int lastBlock, int firstPanel, int lastPanel, int count, const float* x, const TileLayout& xLayout, const float* dy,
           const TileLayout& dyLayout, float* sums) const {
    const int runs = (count + kRun - 1) / kRun;
    for (int xi = 0; xi < kValues; xi++, x += xLayout.value, dy += dyLayout.value, sums += sumStride_)
      for (int r = 0; r < runs; r++) {
        const int from = count * r / runs, some = count * (r + 1) / runs - from;
        for (int p = firstPanel; p < lastPanel; p++) {
          const int width = dyLayout.width(p);
          const Multiply* const factors = multiplyFor(width / kLanes);
          const float* const panel = dy + dyLayout.begin(p) + static_cast<Index>(from) * width;
          for (int b = firstBlock; b < lastBlock; b++) {
            const int stride = xLayout.width(b), channels = minOf(stride, s_.inChannels - b * kBlock);
            const float* const block = x + xLayout.begin(b) + static_cast<Index>(from) * stride;
            const int groups = (channels + kFactors - 1) / kFactors;
            for (int g = 0; g < groups; g++) {
              const int first = channels * g / groups, last = channels * (g + 1) / groups;
              factors[last - first](block + first, stride, panel, some, sums + sumAt(p, b * kBlock + first));
            }
          }
        }
      }
  }

  /** Transforms the sums of some blocks and panels into the filter's gradient. */
  void finish(int firstBlock, int lastBlock, int firstPanel, int lastPanel, const float* sums) const {
    const int first = firstBlock * kBlock, last = minOf(s_.inChannels, lastBlock * kBlock);
    const Index tapStride = static_cast<Index>(s_.inChannels) * s_.outChannels;
    for (int p = firstPanel; p < lastPanel; p++)
      for (int c = first; c < last; c++)
        for (int k = p * kPanel; k < minOf(s_.outChannels, (p + 1) * kPanel); k += kLanes) {
          const float* const from = sums + sumAt(p, c) + (k - p * kPanel);
          float* const to = dfilter_ + static_cast<Index>(c) * s_.outChannels + k;
          const int lanes = minOf(kLanes, s_.outChannels - k);
          transform2d<typename Winograd<M>::FilterGradient>([&](int i, int j) __attribute__((always_inline)) { return load(from + (i * kSide + j) * sumStride_); },
              [&](int i, int j, Vec v) __attribute__((always_inline)) { storeFirst(to + (i * 3 + j) * tapStride, v, lanes); });
        }
  }

  const Conv2dShape& s_;
  const Images x_, dy_;
  float* const dfilter_;
  const TileGrid grid_;
  const Index tiles_;
  const int blocks_, panels_;
  const Index sumStride_;
};

bool run(WinogradTile tile, const Conv2dShape& shape, const float* x, const float* dy, float* dfilter) {
  return tile == WinogradTile::Four ? FilterGradient<4>(shape, x, dy, dfilter).run() : FilterGradient<2>(shape, x, dy, dfilter).run();
}

const WinogradGradientTable kTable = {run};

}  // namespace

const WinogradGradientTable& winogradGradientTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
