#include "winograd-gradient.h"

#include "../parallel.h"
#include "../scratch.h"
#include "partial-sums.h"
#include "winograd-gradient-products.h"
#include "winograd-strided.h"
#include "winograd-tiles.h"

namespace st {
namespace ST_ISA {
namespace {

/** Sums of at most so many floats (1.2 MB) are held by each thread, over its own tiles; larger ones are shared out by channel. */
constexpr double kOwnFloats = 36 * 64 * 128;
/** Partial sums of all parts take at most this much memory. */
constexpr double kPartialFloats = 4 << 20;
constexpr int kMaxPartials = 16;
/**
 * Transformed tiles held at a time where the sums are shared out (floats; 8 MB): they stay in the third-level cache. More
 * are held, up to half of what the sums would take, so that the sums need not be kept from one lot to the next.
 */
constexpr double kSharedFloats = 2 << 20;
/**
 * A task's share of the sums, 96 by 64 channels whatever the vectors' length: 0.9 MB, which are still near when they are transformed, and
 * enough tasks for the threads; reading its tiles takes a small part of the time.
 */
constexpr int kShareBlocks = 96 / kBlock;
constexpr int kSharePanels = 64 / kPanel;
/** A filter's gradient of more floats than this (1 MB) is stored past the caches. */
constexpr Index kFarFloats = 256 << 10;
/** Tiles that one task transforms where the sums are shared out. */
constexpr int kTilesPerTask = 4;

/** Some blocks of input channels and some panels of output channels, and where their sums lie. */
struct Share {
  int firstBlock, lastBlock, firstPanel, lastPanel;
  int firstChannel, channels;
  Index value;  // from one transformed value's sums to the next one's

  static Share of(const Conv2dShape& s, int firstBlock, int lastBlock, int firstPanel, int lastPanel) {
    const int firstChannel = firstBlock * kBlock, channels = minOf(s.inChannels, lastBlock * kBlock) - firstChannel;
    const int outVectors = minOf(vectorsFor(s.outChannels), lastPanel * kPanelVectors) - firstPanel * kPanelVectors;
    return {firstBlock, lastBlock, firstPanel, lastPanel, firstChannel, channels, oddLines(static_cast<Index>(channels) * outVectors * kLanes)};
  }
  /** [panel][input channel][output channels of the panel]. */
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

  FilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter)
      : s_(shape),
        x_{x, shape.inHeight, shape.inWidth, shape.inChannels},
        dy_{dy, shape.outHeight, shape.outWidth, shape.outChannels},
        dfilter_(dfilter),
        grid_(TileGrid::of(shape.outHeight, shape.outWidth, kTile)),
        tiles_(static_cast<Index>(shape.batch) * grid_.rows * grid_.columns),
        blocks_((vectorsFor(shape.inChannels) + kBlockVectors - 1) / kBlockVectors),
        panels_((vectorsFor(shape.outChannels) + kPanelVectors - 1) / kPanelVectors),
        zeros_(roundUp(maxOf(shape.inChannels, shape.outChannels))) {}

  bool run() {
    const Share all = Share::of(s_, 0, blocks_, 0, panels_);
    const Index size = all.value * kSums;
    return static_cast<double>(size) <= kOwnFloats ? runParts(all, size) : runShares(size);
  }

 private:
  /** Each task sums a part of the tiles; the parts are added in their order. */
  bool runParts(const Share& all, Index size) {
    const int slots = threadCount();
    const int room = maxOf(1, minOf(kMaxPartials, static_cast<int>(kPartialFloats / static_cast<double>(size))));
    const int parts = tasksFor(static_cast<double>(tiles_) * static_cast<double>(size), tiles_ < room ? static_cast<int>(tiles_) : room);
    const TileLayout xLayout = TileLayout::of(s_.inChannels, kBlockVectors, kRun), dyLayout = TileLayout::of(s_.outChannels, kPanelVectors, kRun);
    const Index xFloats = xLayout.value * kValues, place = xFloats + dyLayout.value * kValues;
    const ScratchLease lease(zeros_ + static_cast<std::size_t>(size * parts + place * slots));
    if (lease.data() == nullptr) return false;
    const float* const nothing = clearZeros(lease.data());
    float* const partials = lease.data() + zeros_;
    float* const places = partials + size * parts;
    parallelFor(
        parts,
        [=](int part, int slot) {
          float* const sums = partials + part * size;
          const Tiles tiles = {places + place * slot, places + place * slot + xFloats, xLayout, dyLayout};
          const Index first = tiles_ * part / parts, last = tiles_ * (part + 1) / parts;
          const int runs = static_cast<int>((last - first + kRun - 1) / kRun);
          for (int r = 0; r < runs; r++) {
            const Index begin = first + (last - first) * r / runs, end = first + (last - first) * (r + 1) / runs;
            transformTiles(begin, end, 0, nothing, tiles);
            sum(all, static_cast<int>(end - begin), tiles, sums, r > 0, end, r + 1 < runs ? first + (last - first) * (r + 2) / runs : end);
          }
        },
        slots);
    if (parts > 1) addPartialSums(partials, parts, size, size, partials);
    parallelFor(panels_, [=](int panel, int) { finish(all, panel, panel + 1, partials); });
    return true;
  }

  /** The threads transform some tiles together, then each task adds them to its share of the sums. */
  bool runShares(Index size) {
    const int slots = threadCount();
    const double perTile = static_cast<double>(kValues) * kLanes * (vectorsFor(s_.inChannels) + vectorsFor(s_.outChannels));
    const double floats = static_cast<double>(size) / 2 > kSharedFloats ? static_cast<double>(size) / 2 : kSharedFloats;
    const Index fitting = maxOf(2, static_cast<int>(floats / perTile) / kRun) * kRun;
    const int most = static_cast<int>(tiles_ < fitting ? tiles_ : fitting);
    const int lots = static_cast<int>((tiles_ + most - 1) / most);
    const TileLayout xLayout = TileLayout::of(s_.inChannels, kBlockVectors, most), dyLayout = TileLayout::of(s_.outChannels, kPanelVectors, most);
    const Index xFloats = xLayout.value * kValues, dyFloats = dyLayout.value * kValues;
    const int blockShares = (blocks_ + kShareBlocks - 1) / kShareBlocks, panelShares = (panels_ + kSharePanels - 1) / kSharePanels;
    const int shares = blockShares * panelShares;
    const Index place = Share::of(s_, 0, minOf(blocks_, kShareBlocks), 0, minOf(panels_, kSharePanels)).value * kSums;
    // Sums that are done in one go need room for each thread only.
    const ScratchLease lease(zeros_ + static_cast<std::size_t>(xFloats + dyFloats + place * (lots > 1 ? shares : slots)));
    if (lease.data() == nullptr) return false;
    const float* const nothing = clearZeros(lease.data());
    const Tiles tiles = {lease.data() + zeros_, lease.data() + zeros_ + xFloats, xLayout, dyLayout};
    float* const places = tiles.dy + dyFloats;
    for (int lot = 0; lot < lots; lot++) {
      const Index begin = tiles_ * lot / lots, end = tiles_ * (lot + 1) / lots;
      const int count = static_cast<int>(end - begin);
      parallelFor((count + kTilesPerTask - 1) / kTilesPerTask, [=](int task, int) {
        const int from = task * kTilesPerTask, to = minOf(count, from + kTilesPerTask);
        transformTiles(begin + from, begin + to, from, nothing, tiles);
      });
      parallelFor(
          shares,
          [=](int i, int slot) {
            const int b = i / panelShares, p = i % panelShares;
            const Share share = Share::of(s_, portion(blocks_, b, blockShares), portion(blocks_, b + 1, blockShares), portion(panels_, p, panelShares),
                                          portion(panels_, p + 1, panelShares));
            float* const sums = places + place * (lots > 1 ? i : slot);
            sum(share, count, tiles, sums, lot > 0, end, end);
            if (lot == lots - 1) finish(share, share.firstPanel, share.lastPanel, sums);
          },
          slots);
    }
    return true;
  }

  const float* clearZeros(float* zeros) const {
    for (std::size_t i = 0; i < zeros_; i++) zeros[i] = 0.0f;
    return zeros;
  }

  /** Transforms tiles [begin, end) of x and dy and keeps them from tile `at` on. */
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

  /** The products of `count` tiles, stored as a share's sums or added to them; meanwhile tiles [next, nextEnd) are fetched. */
  void sum(const Share& share, int count, const Tiles& tiles, float* sums, bool add, Index next, Index nextEnd) const {
    TilePosition wanted = TilePosition::at(grid_, next);
    const int upcoming = static_cast<int>(nextEnd - next);
    const int runs = (count + kRun - 1) / kRun;
    const float *x = tiles.x, *dy = tiles.dy;
    bool begun[kSums] = {};
    for (int xi = 0; xi < kValues; xi++, x += tiles.xLayout.value, dy += tiles.dyLayout.value) {
      const int s = filterValueOf<Form>(xi);
      float* const ofValue = sums + s * share.value;
      const bool more = add || begun[s];
      begun[s] = true;
      for (int t = portion(upcoming, xi, kValues); t < portion(upcoming, xi + 1, kValues); t++, wanted.next(grid_)) {
        fetchSquare<false>(x_, wanted.image, wanted.row * kStep - s_.padTop + kOverlap, wanted.column * kStep - s_.padLeft + kOverlap, kStep, 0,
                           s_.inChannels);
        fetchSquare<false>(dy_, wanted.image, wanted.row * kTile, wanted.column * kTile, kTile, 0, s_.outChannels);
      }
      for (int r = 0; r < runs; r++) {
        const int from = portion(count, r, runs), some = portion(count, r + 1, runs) - from;
        const bool isLast = r + 1 == runs;
        for (int p = share.firstPanel; p < share.lastPanel; p++) {
          const int width = tiles.dyLayout.width(p);
          const Multiply* const factors = multiplyFor(width / kLanes);
          const float* const panel = dy + tiles.dyLayout.begin(p) + static_cast<Index>(from) * width;
          const float* const nextPanel = isLast ? dy + tiles.dyLayout.value + tiles.dyLayout.begin(p) : panel + static_cast<Index>(some) * width;
          for (int b = share.firstBlock; b < share.lastBlock; b++) {
            const int stride = tiles.xLayout.width(b), channels = minOf(stride, s_.inChannels - b * kBlock);
            const float* const block = x + tiles.xLayout.begin(b) + static_cast<Index>(from) * stride;
            const int groups = (channels + kFactors - 1) / kFactors;
            const float* const nextBlock = isLast ? x + tiles.xLayout.value + tiles.xLayout.begin(b) : block + static_cast<Index>(some) * stride;
            for (int g = 0; g < groups; g++) {
              const int first = channels * g / groups, last = channels * (g + 1) / groups;
              factors[last - first](block + first, stride, panel, some, ofValue + share.at(p, width, b * kBlock + first), more || r > 0,
                                    upcomingFor(g, nextBlock, stride, nextPanel, width));
            }
          }
        }
      }
    }
  }

  /** Transforms a share's sums, of some panels, into the filter's gradient. */
  void finish(const Share& share, int firstPanel, int lastPanel, const float* sums) const {
    const Index tapStride = static_cast<Index>(s_.inChannels) * s_.outChannels;
    // It is read when all gradients are there: by then it has left the caches.
    const bool isFar = 9 * tapStride > kFarFloats && s_.outChannels % kLanes == 0 && canStorePast(dfilter_);
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
                [&](int i, int j, Vec v) __attribute__((always_inline)) { write(to + (i * 3 + j) * tapStride, v); });
          };
          if (isFar) transform([](float* tap, Vec v) __attribute__((always_inline)) { storePast(tap, v); });
          else if (lanes == kLanes) transform([](float* tap, Vec v) __attribute__((always_inline)) { store(tap, v); });
          else transform([lanes](float* tap, Vec v) __attribute__((always_inline)) { storeFirst(tap, v, lanes); });
        }
    }
    finishStores();
  }

  const Conv2dShape& s_;
  const Images x_, dy_;
  float* const dfilter_;
  const TileGrid grid_;
  const Index tiles_;
  const int blocks_, panels_;
  const std::size_t zeros_;
};

bool run(WinogradForm form, const Conv2dShape& shape, const float* x, const float* dy, float* dfilter) {
  if (form == WinogradForm::Two) return FilterGradient<Winograd<2>>(shape, x, dy, dfilter).run();
  if (form == WinogradForm::Four) return FilterGradient<Winograd<4>>(shape, x, dy, dfilter).run();
  return FilterGradient<Halving>(shape, x, dy, dfilter).run();
}

const WinogradGradientTable kTable = {run};

}  // namespace

const WinogradGradientTable& winogradGradientTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
