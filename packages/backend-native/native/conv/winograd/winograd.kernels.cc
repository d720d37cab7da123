#include "conv/winograd/winograd.h"

#include <type_traits>

#include "conv/post-ops-vector.h"
#include "conv/winograd/winograd-filter.h"
#include "conv/winograd/winograd-products.h"
#include "conv/winograd/winograd-strided.h"
#include "conv/winograd/winograd-tiles.h"
#include "integer-math.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace ST_ISA {
namespace {

/** Bytes of transformed input and products per thread: with a panel of the filter they stay in an L2 cache of 512 KB. */
constexpr int kBlockBytes = 128 << 10;
constexpr int kMaxTiles = kRows * kMaxGroups;
/**
 * Fewest tiles of a block, even if they take more than `kBlockBytes`, because each block reads the whole filter. Processors with AVX-512
 * have L2 caches of 1 MB or more.
 */
constexpr int kMinTiles = kRegisters >= 32 ? 32 : kRows * 2;
/** Tiles of a shared block, used if blocks per thread would leave threads idle. */
constexpr int kSharedTiles = kRows * (kRegisters >= 32 ? 8 : kMaxGroups);
/** A transformed filter of more bytes than this is read once for all tiles instead of once for each block. */
constexpr double kSharedFilterBytes = 16 << 20;
/** Tiles transformed by one task if the transformed input is shared. */
constexpr int kTilesPerTask = 4;

template <class Form>
class Convolution {
 public:
  static constexpr int kSide = Form::kSide, kStep = Form::kStep, kTile = Form::kTile;
  static constexpr int kValues = kSide * kSide, kFilterValues = Form::kFilterSide * Form::kFilterSide;
  /** Rows and columns of a tile's input that it shares with the next tile. */
  static constexpr int kOverlap = Form::Input::kIn - kStep;

  explicit Convolution(const WinogradProblem& problem)
      : p_(problem),
        images_{problem.in, problem.inHeight, problem.inWidth, problem.inChannels},
        grid_(TileGrid::of(problem.outHeight, problem.outWidth, kTile)),
        tiles_(static_cast<Index>(problem.batch) * grid_.rows * grid_.columns),
        panels_(ceilDiv(problem.outChannels, kPanel)),
        hasNoPostOps_(problem.postOps.isIdentity()),
        prefetchesFilter_(transformedBytes<Form>(problem.inChannels, problem.outChannels) > kPrefetchedFilterBytes) {}

  bool run() {
    const int slots = threadCount();
    const double perTile = static_cast<double>(kValues) * sizeof(float) * (p_.inChannels + kPanel);
    const int fitting = static_cast<int>(kBlockBytes / perTile) / kRows * kRows;
    const int perThread = maxOf(kMinTiles, minOf(kMaxTiles, fitting));
    const double filterBytes = transformedBytes<Form>(p_.inChannels, p_.outChannels);
    const bool shared = panels_ > 1 && (filterBytes > kSharedFilterBytes || tiles_ < static_cast<Index>(perThread) * slots * 2);
    return shared ? runShared(slots) : runPerThread(perThread, slots);
  }

 private:
  /** Each task transforms a block of tiles and computes all of its output channels. */
  bool runPerThread(int most, int slots) {
    // The same number of blocks for each thread: with 5 blocks and two threads, one thread would idle for a fifth of the time.
    const Index even = ceilDiv(ceilDiv(tiles_, most), slots) * slots;
    const int blocks = static_cast<int>(even < tiles_ ? even : tiles_);
    const Index productStride = oddLines(static_cast<Index>(most) * kPanel);
    const std::uint64_t inFloats = static_cast<std::uint64_t>(InputLayout::of(most, p_.inChannels).value) * kValues;
    const std::uint64_t workspaceFloats = inFloats + static_cast<std::uint64_t>(productStride) * kValues;
    const std::uint64_t zeros = roundUp(p_.inChannels);
    const ScratchLease lease(zeros + workspaceFloats * slots);
    if (lease.data() == nullptr) return false;
    float* const zeroRow = zeroFill(lease.data());
    parallelFor(
        blocks,
        [=](int b, int slot) {
          float* const in = zeroRow + zeros + workspaceFloats * slot;
          float* const products = in + inFloats;
          const Index begin = tiles_ * b / blocks, end = tiles_ * (b + 1) / blocks;
          const InputLayout layout = InputLayout::of(static_cast<int>(end - begin), p_.inChannels);
          transformTiles(begin, 0, layout.tiles, zeroRow, in, layout);
          const Index after = b + 1 < blocks ? tiles_ * (b + 2) / blocks : end;
          for (int panel = 0; panel < panels_; panel++) computePanel(panel, begin, panel == 0 ? after : end, in, layout, products, productStride);
        },
        slots);
    return true;
  }

  /** All threads transform one larger block of tiles, then each task computes a panel of its output channels. */
  bool runShared(int slots) {
    const int most = static_cast<int>(tiles_ < kSharedTiles ? tiles_ : kSharedTiles);
    const int blocks = static_cast<int>(ceilDiv(tiles_, most));
    const Index productStride = oddLines(static_cast<Index>(most) * kPanel);
    const std::uint64_t inFloats = static_cast<std::uint64_t>(InputLayout::of(most, p_.inChannels).value) * kValues;
    const std::uint64_t workspaceFloats = static_cast<std::uint64_t>(productStride) * kValues, zeros = roundUp(p_.inChannels);
    const ScratchLease lease(zeros + inFloats + workspaceFloats * slots);
    if (lease.data() == nullptr) return false;
    float* const zeroRow = zeroFill(lease.data());
    float* const in = zeroRow + zeros;
    float* const workspaces = in + inFloats;
    for (int b = 0; b < blocks; b++) {
      const Index begin = tiles_ * b / blocks, end = tiles_ * (b + 1) / blocks;
      const InputLayout layout = InputLayout::of(static_cast<int>(end - begin), p_.inChannels);
      parallelFor(ceilDiv(layout.tiles, kTilesPerTask), [=](int task, int) {
        const int from = task * kTilesPerTask;
        transformTiles(begin, from, minOf(layout.tiles, from + kTilesPerTask), zeroRow, in, layout);
      });
      parallelFor(
          panels_, [=](int panel, int slot) { computePanel(panel, begin, end, in, layout, workspaces + workspaceFloats * slot, productStride); }, slots);
    }
    return true;
  }

  float* zeroFill(float* zeros) const {
    for (int c = 0; c < p_.inChannels; c++) zeros[c] = 0.0f;
    return zeros;
  }

  /** Transforms tiles [from, to) of the block whose first tile is `begin`. */
  void transformTiles(Index begin, int from, int to, const float* zeros, float* in, const InputLayout& layout) const {
    TilePosition at = TilePosition::at(grid_, begin + from);
    int group = 0;
    while (layout.begin[group + 1] <= from) group++;
    for (int t = from; t < to; group++) {
      const int first = layout.begin[group], last = layout.begin[group + 1];
      const Index rowFloats = static_cast<Index>(last - first) * kLanes;
      float* out = in + first * layout.channels + (t - first) * kLanes;
      for (; t < minOf(last, to); t++, at.next(grid_), out += kLanes)
        transformPatch<typename Form::Input>(images_, at.image, at.row * kStep - p_.padTop, at.column * kStep - p_.padLeft, zeros,
                                             [&](int b) __attribute__((always_inline)) { return out + b * rowFloats; }, layout.value);
    }
  }

  /**
   * Computes products and output of one panel for a block of tiles, from tile `begin` on. Meanwhile it prefetches the input of the tiles up
   * to `next`.
   */
  void computePanel(int panel, Index begin, Index next, const float* in, const InputLayout& layout, float* products, Index productStride) const {
    const int count = layout.tiles;
    const int vectors = panelVectors(p_.outChannels, panel), width = vectors * kLanes;
    const Multiply* const rows = vectors == 2 ? kMultiply<2> : kMultiply<1>;
    const float* const filter = p_.packed + static_cast<Index>(panel) * kPanel * kFilterValues * p_.inChannels;
    const auto weightsOf = [=](int value) { return filter + static_cast<Index>(filterValueOf<Form>(value)) * width * p_.inChannels; };
    const float* const nextPanel = panel + 1 < panels_ ? filter + static_cast<Index>(kPanel) * kFilterValues * p_.inChannels : filter;
    // Each group of tiles prefetches its share of the next value's weights, because a large filter is not in the cache.
    const int share = prefetchesFilter_ ? ceilDiv(width * kLanes / kLineFloats, layout.groups) : 0;
    TilePosition filled = TilePosition::at(grid_, begin), wanted = TilePosition::at(grid_, begin + count);
    const int nextTiles = static_cast<int>(next - begin) - count;
    for (int xi = 0; xi < kValues; xi++) {
      const float* const weights = weightsOf(xi);
      for (int t = portion(nextTiles, xi, kValues); t < portion(nextTiles, xi + 1, kValues); t++, wanted.next(grid_)) prefetchInput(wanted);
      for (int t = portion(count, xi, kValues); t < portion(count, xi + 1, kValues); t++, filled.next(grid_))
        prefetchOutput(filled, panel * kPanel, panel * kPanel + width);
      for (int g = 0; g < layout.groups; g++) {
        const int from = layout.begin[g], to = layout.begin[g + 1];
        const Index behind = static_cast<Index>(g) * share * (p_.inChannels / kLanes) * kLineFloats;
        rows[to - from](in + xi * layout.value + from * layout.channels, weights, products + xi * productStride + from * width, p_.inChannels,
                        {(xi + 1 < kValues ? weightsOf(xi + 1) : nextPanel) + behind, share});
      }
    }
    TilePosition at = TilePosition::at(grid_, begin);
    Vec finiteCheck = zero();
    for (int t = 0; t < count; t++, at.next(grid_))
      for (int v = 0; v < vectors; v++) finiteCheck += writeTile(at, panel * kPanel + v * kLanes, products + t * width + v * kLanes, productStride);
    reportNonFinite(finiteCheck, p_.nonFinite);
  }

  // Both prefetches must be inlined: GCC regards a function that only prefetches as free of effects and removes the calls.

  /** Prefetches the input of a tile that the tiles before it have not read. */
  __attribute__((always_inline)) void prefetchInput(const TilePosition& at) const {
    prefetchSquare<false>(images_, at.image, at.row * kStep - p_.padTop + kOverlap, at.column * kStep - p_.padLeft + kOverlap, kStep, 0, p_.inChannels);
  }

  /** Prefetches channels [first, last) of a tile of the output, for writing, and of the mask and the residual, if there are any. */
  __attribute__((always_inline)) void prefetchOutput(const TilePosition& at, int first, int last) const {
    const auto prefetch = [&](const float* data, auto forWriting) __attribute__((always_inline)) {
      const Images images = {data, p_.outHeight, p_.outWidth, p_.outChannels};
      prefetchSquare<decltype(forWriting)::value>(images, at.image, at.row * kTile, at.column * kTile, kTile, first, last);
    };
    prefetch(p_.out, std::true_type());
    if (p_.postOps.mask != nullptr) prefetch(p_.postOps.mask, std::false_type());
    if (p_.postOps.residual != nullptr) prefetch(p_.postOps.residual, std::false_type());
  }

  /**
   * Transforms the products of one tile and one vector of output channels into output pixels; returns its sum for the check of finite
   * values.
   */
  Vec writeTile(const TilePosition& at, int channel, const float* products, Index productStride) const {
    // A local, returned by value: behind a reference it would be stored and loaded for every pixel, because the pixels may alias it.
    Vec finiteCheck = zero();
    const int top = at.row * kTile, left = at.column * kTile;
    const int lanes = minOf(kLanes, p_.outChannels - channel);
    const Index channels = p_.outChannels, rowStride = p_.outWidth * channels;
    const Index corner = (static_cast<Index>(at.image) * p_.outHeight + top) * rowStride + left * channels + channel;
    const auto read = [&](int i, int j) __attribute__((always_inline)) { return load(products + (i * kSide + j) * productStride); };
    if (lanes < kLanes || top + kTile > p_.outHeight || left + kTile > p_.outWidth) {
      Vec tile[kTile * kTile];
      transform2d<typename Form::Output>(read, [&](int i, int j, Vec v) __attribute__((always_inline)) { tile[i * kTile + j] = v; });
      writePart(tile, minOf(kTile, p_.outHeight - top), minOf(kTile, p_.outWidth - left), channel, lanes, corner, finiteCheck);
      return finiteCheck;
    }
    const auto pixels = [&](const auto& apply) __attribute__((always_inline)) {
      float* const to = p_.out + corner;
      transform2d<typename Form::Output>(read, [&](int i, int j, Vec v) __attribute__((always_inline)) {
        const Index pixel = i * rowStride + j * channels;
        store(to + pixel, apply(addToCheck(finiteCheck, v), pixel, kLanes));
      });
    };
    if (hasNoPostOps_) {
      pixels([](Vec v, Index, int) __attribute__((always_inline)) { return v; });
      return finiteCheck;
    }
    const PostOpsVector postOps(p_.postOps, channel, lanes, corner);
    withOperands(p_.postOps, [&](auto mask, auto residual) __attribute__((always_inline)) {
      pixels([&](Vec v, Index pixel, int n) __attribute__((always_inline)) {
        return postOps.template apply<decltype(mask)::value, decltype(residual)::value>(v, pixel, n);
      });
    });
    return finiteCheck;
  }

  /**
   * Writes the part of a tile that is within the output: `height` x `width` pixels and `lanes` channels. A loop, unlike whole tiles: such
   * tiles are few, and unrolled for each combination of operands they would be half of this file's machine code.
   */
  void writePart(const Vec* tile, int height, int width, int channel, int lanes, Index corner, Vec& finiteCheck) const {
    const Index channels = p_.outChannels, rowStride = p_.outWidth * channels;
    const auto pixels = [&](const auto& apply) {
      for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
          const Index pixel = i * rowStride + j * channels;
          storeFirst(p_.out + corner + pixel, apply(addToCheck(finiteCheck, tile[i * kTile + j]), pixel), lanes);
        }
    };
    if (hasNoPostOps_) return pixels([](Vec v, Index) __attribute__((always_inline)) { return v; });
    const PostOpsVector postOps(p_.postOps, channel, lanes, corner);
    withOperands(p_.postOps, [&](auto mask, auto residual) {
      pixels([&](Vec v, Index pixel) __attribute__((always_inline)) {
        return postOps.template apply<decltype(mask)::value, decltype(residual)::value>(v, pixel, lanes);
      });
    });
  }

  const WinogradProblem& p_;
  const Images images_;
  const TileGrid grid_;
  const Index tiles_;
  const int panels_;
  const bool hasNoPostOps_;      // outputs are stored as they are
  const bool prefetchesFilter_;  // the filter is larger than the L2 cache
};

/** Calls `body` with the class of the form. */
template <class Body>
auto withForm(WinogradForm form, const Body& body) {
  switch (form) {
    case WinogradForm::Two: return body(Winograd<2>());
    case WinogradForm::Four: return body(Winograd<4>());
    case WinogradForm::Stride2Forward: return body(Stride2Forward());
    case WinogradForm::Stride2InputGradientEvenPad: return body(Stride2InputGradient<false>());
    default: return body(Stride2InputGradient<true>());
  }
}

/** Calls `body` with the class that has the transforms of the form's filter: the forms at stride 2 share theirs. */
template <class Body>
auto withFilterOf(WinogradForm form, const Body& body) {
  switch (form) {
    case WinogradForm::Two: return body(Winograd<2>());
    case WinogradForm::Four: return body(Winograd<4>());
    default: return body(StridedValues());
  }
}

std::uint64_t packedFloats(WinogradForm form, int inChannels, int outChannels) {
  return withFilterOf(form, [=](auto f) {
    constexpr std::uint64_t kSide = decltype(f)::kFilterSide;
    return kSide * kSide * inChannels * vectorsFor(outChannels) * kLanes;
  });
}

void packFilter(WinogradForm form, const float* filter, int inChannels, int outChannels, bool rotated, float* packed) {
  withFilterOf(form, [=](auto f) { packFilterOf<decltype(f)>(filter, inChannels, outChannels, rotated, packed); });
}

void unpackFilter(WinogradForm form, const float* packed, int inChannels, int outChannels, bool rotated, float* filter) {
  withFilterOf(form, [=](auto f) { unpackFilterOf<decltype(f)>(packed, inChannels, outChannels, rotated, filter); });
}

bool run(WinogradForm form, const WinogradProblem& problem) {
  return withForm(form, [&](auto f) { return Convolution<decltype(f)>(problem).run(); });
}

const WinogradTable kTable = {packedFloats, packFilter, unpackFilter, run};

}  // namespace

const WinogradTable& winogradTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
