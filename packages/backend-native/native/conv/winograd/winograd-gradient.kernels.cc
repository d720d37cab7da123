#include "conv/winograd/winograd-gradient.h"

#include "conv/partial-sums.h"
#include "conv/winograd/winograd-gradient-products.h"
#include "conv/winograd/winograd-strided.h"
#include "conv/winograd/winograd-tiles.h"
#include "integer-math.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace ST_ISA {
namespace {

/**
 * Sums of at most this many floats (0.9 MB) are kept by each thread, over its own tiles. Larger ones would evict the tiles from its cache.
 */
constexpr double kPerThreadSumFloats = 36 * 64 * 96;
/** Limit of the memory of all partial sums, in floats (16 MB). */
constexpr double kMaxPartialFloats = 4 << 20;
constexpr int kMaxPartials = 16;
/**
 * If the sums are at most twice the size of the transformed tiles, the work is split by transformed value: tiles are read once, sums stream
 * through the cache. Otherwise it is split by channel blocks: each task keeps its sums in its L2 cache and reads the tiles of its channels
 * again.
 */
constexpr int kMaxSumsPerTileFloat = 2;
/** Transformed tiles held at a time if the work is split by value, in floats (16 MB): they stay in the L3 cache. */
constexpr double kSharedTileFloats = 4 << 20;
/** The sums of one value are one task for up to this many threads; with more threads, its panels are also split. */
constexpr int kThreadsPerPanel = 4;
/**
 * A task's share of the sums: 96 by 64 channels for every vector length, 0.9 MB. They are still in the cache when they are transformed,
 * there are enough tasks for the threads, and reading the tiles takes a small part of the time.
 */
constexpr int kShareBlocks = 96 / kBlock;
constexpr int kSharePanels = 64 / kPanel;
/** A filter gradient of more floats than this (1 MB) is written by streaming stores. */
constexpr Index kStreamedGradientFloats = 256 << 10;
/** Tiles transformed by one task if the threads transform together. */
constexpr int kTilesPerTask = 4;

/** A range of input channel blocks and of output channel panels, and the layout of their sums. */
struct Share {
  int firstBlock, lastBlock, firstPanel, lastPanel;
  int firstChannel, channels;
  Index value;  // floats from one transformed value's sums to the next

  static Share of(const Conv2dShape& s, int firstBlock, int lastBlock, int firstPanel, int lastPanel) {
    const int firstChannel = firstBlock * kBlock, channels = minOf(s.inChannels, lastBlock * kBlock) - firstChannel;
    const int outVectors = minOf(vectorsFor(s.outChannels), lastPanel * kPanelVectors) - firstPanel * kPanelVectors;
    return {firstBlock, lastBlock, firstPanel, lastPanel, firstChannel, channels, oddLines(static_cast<Index>(channels) * outVectors * kLanes)};
  }
  /** Layout: [panel][input channel][output channels of the panel]. */
  Index at(int panel, int panelWidth, int channel) const {
    return static_cast<Index>(panel - firstPanel) * kPanel * channels + static_cast<Index>(channel - firstChannel) * panelWidth;
  }
};

/** Transformed tiles of x and dy. */
struct Tiles {
  float *x, *dy;
  TileLayout xLayout, dyLayout;
};

template <class Form>
class FilterGradient {
 public:
  static constexpr int kSide = Form::kSide, kStep = Form::kStep, kTile = Form::kTile;
  static constexpr int kValues = kSide * kSide, kSums = Form::kFilterSide * Form::kFilterSide;
  static constexpr int kOverlap = Form::Input::kIn - kStep;

  FilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter, int* nonFinite)
      : s_(shape),
        x_{x, shape.inHeight, shape.inWidth, shape.inChannels},
        dy_{dy, shape.outHeight, shape.outWidth, shape.outChannels},
        dfilter_(dfilter),
        nonFinite_(nonFinite),
        grid_(TileGrid::of(shape.outHeight, shape.outWidth, kTile)),
        tiles_(static_cast<Index>(shape.batch) * grid_.rows * grid_.columns),
        blocks_(ceilDiv(vectorsFor(shape.inChannels), kBlockVectors)),
        panels_(ceilDiv(vectorsFor(shape.outChannels), kPanelVectors)),
        zeros_(roundUp(maxOf(shape.inChannels, shape.outChannels))) {}

  bool run() {
    const Share all = Share::of(s_, 0, blocks_, 0, panels_);
    const Index size = all.value * kSums;
    if (static_cast<double>(size) <= kPerThreadSumFloats) return runParts(all, size);
    const double tiles = static_cast<double>(tiles_) * kValues * kLanes * (vectorsFor(s_.inChannels) + vectorsFor(s_.outChannels));
    return static_cast<double>(size) <= kMaxSumsPerTileFloat * tiles ? runValues(all, size, tiles) : runShares();
  }

 private:
  /** Splits the work by tiles: each task sums a part of the tiles, and the partial sums are added in a fixed order. */
  bool runParts(const Share& all, Index size) {
    const int slots = threadCount();
    const int fitting = maxOf(1, minOf(kMaxPartials, static_cast<int>(kMaxPartialFloats / static_cast<double>(size))));
    const int parts = tasksFor(static_cast<double>(tiles_) * static_cast<double>(size), tiles_ < fitting ? static_cast<int>(tiles_) : fitting);
    const Index workspaceFloats = floatsOf(kRun);
    const ScratchLease lease(zeros_ + static_cast<std::uint64_t>(size * parts + workspaceFloats * slots));
    if (lease.data() == nullptr) return false;
    const float* const zeroRow = clearZeros(lease.data());
    float* const partials = lease.data() + zeros_;
    float* const workspaces = partials + size * parts;
    parallelFor(
        parts,
        [=](int part, int slot) {
          float* const sums = partials + part * size;
          const Tiles tiles = tilesAt(workspaces + workspaceFloats * slot, kRun);
          const Index first = tiles_ * part / parts, last = tiles_ * (part + 1) / parts;
          const int runs = static_cast<int>(ceilDiv(last - first, kRun));
          for (int r = 0; r < runs; r++) {
            const Index begin = first + (last - first) * r / runs, end = first + (last - first) * (r + 1) / runs;
            const int count = static_cast<int>(end - begin), nextTiles = r + 1 < runs ? static_cast<int>(first + (last - first) * (r + 2) / runs - end) : 0;
            transformTiles(begin, end, 0, zeroRow, tiles);
            TilePosition wanted = TilePosition::at(grid_, end);
            for (int xi = 0; xi < kValues; xi++) {
              for (int t = portion(nextTiles, xi, kValues); t < portion(nextTiles, xi + 1, kValues); t++, wanted.next(grid_)) prefetchTile(wanted);
              sum(all, 0, panels_, xi, count, tiles, sums, r > 0);
            }
          }
        },
        slots);
    if (parts > 1) addPartialSums(partials, parts, size, size, partials);
    parallelFor(panels_, [=](int panel, int) { transformSums(all, panel, panel + 1, partials); });
    return true;
  }

  /**
   * Splits the work by transformed value: the threads transform a chunk of tiles together, then each task adds it to the sums of one filter
   * value. `floats` is the size of all transformed tiles.
   */
  bool runValues(const Share& all, Index size, double floats) {
    const Index wanted = static_cast<Index>(floats / kSharedTileFloats) + 1;
    // No chunk is empty, because the first one initializes the sums.
    const int chunks = static_cast<int>(wanted < tiles_ ? wanted : tiles_);
    const int maxTiles = static_cast<int>(ceilDiv(tiles_, chunks));
    const ScratchLease lease(zeros_ + static_cast<std::uint64_t>(floatsOf(maxTiles) + size));
    if (lease.data() == nullptr) return false;
    const float* const zeroRow = clearZeros(lease.data());
    const Tiles tiles = tilesAt(lease.data() + zeros_, maxTiles);
    float* const sums = tiles.x + floatsOf(maxTiles);
    const int panelTasks = minOf(panels_, ceilDiv(threadCount(), kThreadsPerPanel));
    for (int chunk = 0; chunk < chunks; chunk++) {
      const Index begin = tiles_ * chunk / chunks, end = tiles_ * (chunk + 1) / chunks;
      const int count = static_cast<int>(end - begin);
      transformTogether(begin, count, zeroRow, tiles);
      parallelFor(kSums * panelTasks, [=](int task, int) {
        // The last value first: at stride 2 it sums the most products.
        const int value = kSums - 1 - task / panelTasks, panelTask = task % panelTasks;
        for (int xi = 0; xi < kValues; xi++)
          if (filterValueOf<Form>(xi) == value) sum(all, portion(panels_, panelTask, panelTasks), portion(panels_, panelTask + 1, panelTasks), xi, count, tiles, sums, chunk > 0);
      });
    }
    parallelFor(panels_, [=](int panel, int) { transformSums(all, panel, panel + 1, sums); });
    return true;
  }

  /**
   * Splits the work by channels: the threads transform all tiles together, then each task computes its share of the sums, which stays in
   * its cache.
   */
  bool runShares() {
    const int slots = threadCount(), count = static_cast<int>(tiles_);
    const int blockShares = ceilDiv(blocks_, kShareBlocks), panelShares = ceilDiv(panels_, kSharePanels);
    const Index workspaceFloats = Share::of(s_, 0, minOf(blocks_, kShareBlocks), 0, minOf(panels_, kSharePanels)).value * kSums;
    const ScratchLease lease(zeros_ + static_cast<std::uint64_t>(floatsOf(count) + workspaceFloats * slots));
    if (lease.data() == nullptr) return false;
    const float* const zeroRow = clearZeros(lease.data());
    const Tiles tiles = tilesAt(lease.data() + zeros_, count);
    float* const workspaces = tiles.x + floatsOf(count);
    transformTogether(0, count, zeroRow, tiles);
    parallelFor(
        blockShares * panelShares,
        [=](int i, int slot) {
          const int b = i / panelShares, p = i % panelShares;
          const Share share = Share::of(s_, portion(blocks_, b, blockShares), portion(blocks_, b + 1, blockShares), portion(panels_, p, panelShares),
                                        portion(panels_, p + 1, panelShares));
          float* const sums = workspaces + workspaceFloats * slot;
          for (int xi = 0; xi < kValues; xi++) sum(share, share.firstPanel, share.lastPanel, xi, count, tiles, sums, false);
          transformSums(share, share.firstPanel, share.lastPanel, sums);
        },
        slots);
    return true;
  }

  TileLayout xLayoutOf(int tiles) const { return TileLayout::of(s_.inChannels, kBlockVectors, tiles); }
  TileLayout dyLayoutOf(int tiles) const { return TileLayout::of(s_.outChannels, kPanelVectors, tiles); }
  /** Floats of that many transformed tiles, and their arrays in memory. */
  Index floatsOf(int tiles) const { return (xLayoutOf(tiles).value + dyLayoutOf(tiles).value) * kValues; }
  Tiles tilesAt(float* memory, int tiles) const {
    const TileLayout x = xLayoutOf(tiles);
    return {memory, memory + x.value * kValues, x, dyLayoutOf(tiles)};
  }

  const float* clearZeros(float* zeros) const {
    for (std::size_t i = 0; i < zeros_; i++) zeros[i] = 0.0f;
    return zeros;
  }

  /** Transforms tiles [begin, end) of x and dy and stores them from tile index `at` on. */
  void transformTiles(Index begin, Index end, Index at, const float* zeros, const Tiles& tiles) const {
    TilePosition p = TilePosition::at(grid_, begin);
    for (Index t = begin; t < end; t++, at++, p.next(grid_)) {
      transformPatch<typename Form::Input>(
          x_, p.image, p.row * kStep - s_.padTop, p.column * kStep - s_.padLeft, zeros,
          [&](int b) __attribute__((always_inline)) { return tiles.x + tiles.xLayout.at(b, at); }, tiles.xLayout.value);
      transformPatch<typename Form::OutputGradient>(
          dy_, p.image, p.row * kTile, p.column * kTile, zeros, [&](int b) __attribute__((always_inline)) { return tiles.dy + tiles.dyLayout.at(b, at); }, tiles.dyLayout.value);
    }
  }

  void transformTogether(Index begin, int count, const float* zeros, const Tiles& tiles) const {
    parallelFor(ceilDiv(count, kTilesPerTask), [=](int task, int) {
      const int from = task * kTilesPerTask, to = minOf(count, from + kTilesPerTask);
      transformTiles(begin + from, begin + to, from, zeros, tiles);
    });
  }

  /** Prefetches the pixels of a tile that the previous tiles have not read. */
  void prefetchTile(const TilePosition& p) const {
    prefetchSquare<false>(x_, p.image, p.row * kStep - s_.padTop + kOverlap, p.column * kStep - s_.padLeft + kOverlap, kStep, 0, s_.inChannels);
    prefetchSquare<false>(dy_, p.image, p.row * kTile, p.column * kTile, kTile, 0, s_.outChannels);
  }

  /** Multiplies transformed value xi of `count` tiles for some panels of a share, and stores the sums, or adds to them if `add`. */
  void sum(const Share& share, int firstPanel, int lastPanel, int xi, int count, const Tiles& tiles, float* sums, bool add) const {
    const int runs = ceilDiv(count, kRun);
    const float *x = tiles.x + xi * tiles.xLayout.value, *dy = tiles.dy + xi * tiles.dyLayout.value;
    float* const ofValue = sums + filterValueOf<Form>(xi) * share.value;
    const bool more = add || !isFirstOfFilterValue<Form>(xi);
    for (int r = 0; r < runs; r++) {
      const int from = portion(count, r, runs), runTiles = portion(count, r + 1, runs) - from;
      const bool isLast = r + 1 == runs;
      for (int p = firstPanel; p < lastPanel; p++) {
        const int width = tiles.dyLayout.width(p);
        const Multiply* const factors = multiplyFor(width / kLanes);
        const float* const panel = dy + tiles.dyLayout.begin(p) + static_cast<Index>(from) * width;
        const float* const nextPanel = isLast ? dy + tiles.dyLayout.value + tiles.dyLayout.begin(p) : panel + static_cast<Index>(runTiles) * width;
        for (int b = share.firstBlock; b < share.lastBlock; b++) {
          const int stride = tiles.xLayout.width(b), channels = minOf(stride, s_.inChannels - b * kBlock);
          const float* const block = x + tiles.xLayout.begin(b) + static_cast<Index>(from) * stride;
          const int groups = ceilDiv(channels, kFactors);
          const float* const nextBlock = isLast ? x + tiles.xLayout.value + tiles.xLayout.begin(b) : block + static_cast<Index>(runTiles) * stride;
          for (int g = 0; g < groups; g++) {
            const int first = channels * g / groups, last = channels * (g + 1) / groups;
            factors[last - first](block + first, stride, panel, runTiles, ofValue + share.at(p, width, b * kBlock + first), more || r > 0,
                                  prefetchFor(g, nextBlock, stride, nextPanel, width));
          }
        }
      }
    }
  }

  /** Transforms the sums of some panels of a share into the filter gradient. */
  void transformSums(const Share& share, int firstPanel, int lastPanel, const float* sums) const {
    const Index tapStride = static_cast<Index>(s_.inChannels) * s_.outChannels;
    // A large gradient is read only after all gradients are computed; by then it would have left the caches.
    Vec finiteCheck = zero();
    const bool isStreamed = 9 * tapStride > kStreamedGradientFloats && s_.outChannels % kLanes == 0 && canStream(dfilter_);
    for (int p = firstPanel; p < lastPanel; p++) {
      const int width = minOf(kPanelVectors, vectorsFor(s_.outChannels) - p * kPanelVectors) * kLanes;
      for (int c = share.firstChannel; c < share.firstChannel + share.channels; c++)
        for (int k = 0; k < width; k += kLanes) {
          const float* const from = sums + share.at(p, width, c) + k;
          float* const to = dfilter_ + static_cast<Index>(c) * s_.outChannels + p * kPanel + k;
          const int lanes = minOf(kLanes, s_.outChannels - p * kPanel - k);
          const auto transform = [&](const auto& write) __attribute__((always_inline)) {
            transform2d<typename Form::FilterGradient>(
                [&](int i, int j) __attribute__((always_inline)) { return load(from + (i * Form::kFilterSide + j) * share.value); },
                [&](int i, int j, Vec v) __attribute__((always_inline)) { write(to + (i * 3 + j) * tapStride, addToCheck(finiteCheck, v)); });
          };
          if (isStreamed) transform([](float* tap, Vec v) __attribute__((always_inline)) { storeStreaming(tap, v); });
          else if (lanes == kLanes) transform([](float* tap, Vec v) __attribute__((always_inline)) { store(tap, v); });
          else transform([lanes](float* tap, Vec v) __attribute__((always_inline)) { storeFirst(tap, v, lanes); });
        }
    }
    fenceStores();
    reportNonFinite(finiteCheck, nonFinite_);
  }

  const Conv2dShape& s_;
  const Images x_, dy_;
  float* const dfilter_;
  int* const nonFinite_;
  const TileGrid grid_;
  const Index tiles_;
  const int blocks_, panels_;
  const std::uint64_t zeros_;
};

bool run(WinogradForm form, const Conv2dShape& shape, const float* x, const float* dy, float* dfilter, int* nonFinite) {
  if (form == WinogradForm::Two) return FilterGradient<Winograd<2>>(shape, x, dy, dfilter, nonFinite).run();
  if (form == WinogradForm::Four) return FilterGradient<Winograd<4>>(shape, x, dy, dfilter, nonFinite).run();
  return FilterGradient<Stride2Forward>(shape, x, dy, dfilter, nonFinite).run();
}

const WinogradGradientTable kTable = {run};

}  // namespace

const WinogradGradientTable& winogradGradientTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
