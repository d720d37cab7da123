#include "conv/winograd/winograd.h"

#include <type_traits>

#include "conv/post-ops-vector.h"
#include "conv/winograd/winograd-products.h"
#include "conv/winograd/winograd-strided.h"
#include "conv/winograd/winograd-tiles.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace ST_ISA {
namespace {

/** Bytes of transformed input and of products that one thread holds: they and a panel of the filter stay in a second-level cache of 512 KB. */
constexpr int kBlockBytes = 128 << 10;
constexpr int kMaxTiles = kRows * kMaxGroups;
/** So many tiles at least, even if they take more than that: each block reads the whole filter. AVX-512 comes with second-level caches of 1 MB and more. */
constexpr int kMinTiles = kRegisters >= 32 ? 32 : kRows * 2;
/** Tiles whose transformed input is shared where a block of one thread's own would leave threads idle. */
constexpr int kSharedTiles = kRows * (kRegisters >= 32 ? 8 : kMaxGroups);
/** A transformed filter of more bytes than this is read once for all tiles rather than once for each block. */
constexpr double kStreamedBytes = 16 << 20;
/** A transformed filter of more bytes than this is not in a second-level cache when it is wanted again. */
constexpr double kFetchedBytes = 1 << 20;
/** Tiles that one task transforms where the transformed input is shared. */
constexpr int kTilesPerTask = 4;

/** Bytes of a transformed filter. */
template <class Form>
double transformedBytes(int inChannels, int outChannels) {
  return static_cast<double>(Form::kFilterSide * Form::kFilterSide) * sizeof(float) * inChannels * outChannels;
}

template <class Form>
class Convolution {
 public:
  static constexpr int kSide = Form::kSide, kStep = Form::kStep, kTile = Form::kTile;
  static constexpr int kValues = kSide * kSide, kFilterValues = Form::kFilterSide * Form::kFilterSide;
  /** Rows and columns of a tile's input that belong to its neighbours too. */
  static constexpr int kOverlap = Form::Input::kIn - kStep;

  explicit Convolution(const WinogradProblem& problem)
      : p_(problem),
        images_{problem.in, problem.inHeight, problem.inWidth, problem.inChannels},
        grid_(TileGrid::of(problem.outHeight, problem.outWidth, kTile)),
        tiles_(static_cast<Index>(problem.batch) * grid_.rows * grid_.columns),
        panels_((problem.outChannels + kPanel - 1) / kPanel),
        isPlain_(problem.finish.isNothing()),
        isLarge_(transformedBytes<Form>(problem.inChannels, problem.outChannels) > kFetchedBytes) {}

  bool run() {
    const int slots = threadCount();
    const double perTile = static_cast<double>(kValues) * sizeof(float) * (p_.inChannels + kPanel);
    const int fitting = static_cast<int>(kBlockBytes / perTile) / kRows * kRows;
    const int own = maxOf(kMinTiles, minOf(kMaxTiles, fitting));
    const double filterBytes = transformedBytes<Form>(p_.inChannels, p_.outChannels);
    const bool shared = panels_ > 1 && (filterBytes > kStreamedBytes || tiles_ < static_cast<Index>(own) * slots * 2);
    return shared ? runShared(slots) : runOwn(own, slots);
  }

 private:
  /** Each task transforms a block of tiles and makes all of its output channels. */
  bool runOwn(int most, int slots) {
    // As many for each thread: with 5 blocks the one of two threads that has 2 waits for a fifth of the time.
    const Index even = ((tiles_ + most - 1) / most + slots - 1) / slots * slots;
    const int blocks = static_cast<int>(even < tiles_ ? even : tiles_);
    const Index productStride = oddLines(static_cast<Index>(most) * kPanel);
    const std::size_t inFloats = static_cast<std::size_t>(InputLayout::of(most, p_.inChannels).value) * kValues;
    const std::size_t place = inFloats + static_cast<std::size_t>(productStride) * kValues;
    const std::size_t zeros = roundUp(p_.inChannels);
    const ScratchLease lease(zeros + place * slots);
    if (lease.data() == nullptr) return false;
    float* const nothing = clear(lease.data());
    parallelFor(
        blocks,
        [=](int b, int slot) {
          float* const in = nothing + zeros + place * slot;
          float* const products = in + inFloats;
          const Index begin = tiles_ * b / blocks, end = tiles_ * (b + 1) / blocks;
          const InputLayout layout = InputLayout::of(static_cast<int>(end - begin), p_.inChannels);
          transformTiles(begin, 0, layout.tiles, nothing, in, layout);
          const Index after = b + 1 < blocks ? tiles_ * (b + 2) / blocks : end;
          for (int panel = 0; panel < panels_; panel++) makePanel(panel, begin, panel == 0 ? after : end, in, layout, products, productStride);
        },
        slots);
    return true;
  }

  /** All threads transform a larger block of tiles, then share out its output channels. */
  bool runShared(int slots) {
    const int most = static_cast<int>(tiles_ < kSharedTiles ? tiles_ : kSharedTiles);
    const int blocks = static_cast<int>((tiles_ + most - 1) / most);
    const Index productStride = oddLines(static_cast<Index>(most) * kPanel);
    const std::size_t inFloats = static_cast<std::size_t>(InputLayout::of(most, p_.inChannels).value) * kValues;
    const std::size_t place = static_cast<std::size_t>(productStride) * kValues, zeros = roundUp(p_.inChannels);
    const ScratchLease lease(zeros + inFloats + place * slots);
    if (lease.data() == nullptr) return false;
    float* const nothing = clear(lease.data());
    float* const in = nothing + zeros;
    float* const places = in + inFloats;
    for (int b = 0; b < blocks; b++) {
      const Index begin = tiles_ * b / blocks, end = tiles_ * (b + 1) / blocks;
      const InputLayout layout = InputLayout::of(static_cast<int>(end - begin), p_.inChannels);
      parallelFor((layout.tiles + kTilesPerTask - 1) / kTilesPerTask, [=](int task, int) {
        const int from = task * kTilesPerTask;
        transformTiles(begin, from, minOf(layout.tiles, from + kTilesPerTask), nothing, in, layout);
      });
      parallelFor(
          panels_, [=](int panel, int slot) { makePanel(panel, begin, end, in, layout, places + place * slot, productStride); }, slots);
    }
    return true;
  }

  float* clear(float* zeros) const {
    for (int c = 0; c < p_.inChannels; c++) zeros[c] = 0.0f;
    return zeros;
  }

  /** Transforms tiles [from, to) of the block that begins with tile `begin`. */
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

  /** Products and output of one panel for a block's tiles, from `begin`; meanwhile the input of those up to `next` is fetched. */
  void makePanel(int panel, Index begin, Index next, const float* in, const InputLayout& layout, float* products, Index productStride) const {
    const int count = layout.tiles;
    const int vectors = panelVectors(p_.outChannels, panel), width = vectors * kLanes;
    const Multiply* const rows = vectors == 2 ? kMultiply<2> : kMultiply<1>;
    const float* const filter = p_.packed + static_cast<Index>(panel) * kPanel * kFilterValues * p_.inChannels;
    const auto weightsOf = [=](int value) { return filter + static_cast<Index>(filterValueOf<Form>(value)) * width * p_.inChannels; };
    const float* const nextPanel = panel + 1 < panels_ ? filter + static_cast<Index>(kPanel) * kFilterValues * p_.inChannels : filter;
    // Each group of tiles asks for its share of the next value's weights, which come from far where the filter is large.
    const int share = isLarge_ ? (width * kLanes / kLine + layout.groups - 1) / layout.groups : 0;
    TilePosition filled = TilePosition::at(grid_, begin), wanted = TilePosition::at(grid_, begin + count);
    const auto likeOutput = [this](const float* data) { return Images{data, p_.outHeight, p_.outWidth, p_.outChannels}; };
    const Images output = likeOutput(p_.out), mask = likeOutput(p_.finish.mask), residual = likeOutput(p_.finish.residual);
    const int upcoming = static_cast<int>(next - begin) - count;
    for (int xi = 0; xi < kValues; xi++) {
      const float* const weights = weightsOf(xi);
      for (int t = portion(upcoming, xi, kValues); t < portion(upcoming, xi + 1, kValues); t++, wanted.next(grid_))
        fetchSquare<false>(images_, wanted.image, wanted.row * kStep - p_.padTop + kOverlap, wanted.column * kStep - p_.padLeft + kOverlap, kStep, 0,
                           p_.inChannels);
      for (int t = portion(count, xi, kValues); t < portion(count, xi + 1, kValues); t++, filled.next(grid_)) {
        // Inlined by order: to the compiler a function that only prefetches does nothing, and its calls go.
        const auto fetch = [&](const Images& images, auto forWriting) __attribute__((always_inline)) {
          fetchSquare<decltype(forWriting)::value>(images, filled.image, filled.row * kTile, filled.column * kTile, kTile, panel * kPanel,
                                                   panel * kPanel + width);
        };
        fetch(output, std::true_type());
        if (mask.data != nullptr) fetch(mask, std::false_type());
        if (residual.data != nullptr) fetch(residual, std::false_type());
      }
      for (int g = 0; g < layout.groups; g++) {
        const int from = layout.begin[g], to = layout.begin[g + 1];
        const Index behind = static_cast<Index>(g) * share * (p_.inChannels / kLanes) * kLine;
        rows[to - from](in + xi * layout.value + from * layout.channels, weights, products + xi * productStride + from * width, p_.inChannels,
                        {(xi + 1 < kValues ? weightsOf(xi + 1) : nextPanel) + behind, share});
      }
    }
    TilePosition at = TilePosition::at(grid_, begin);
    Vec seen = zero();
    for (int t = 0; t < count; t++, at.next(grid_))
      for (int v = 0; v < vectors; v++) seen += writeTile(at, panel * kPanel + v * kLanes, products + t * width + v * kLanes, productStride);
    reportNoted(seen, p_.nonFinite);
  }

  /** Transforms the products of one tile and one vector of output channels into output pixels; the sum in which each was noted. */
  Vec writeTile(const TilePosition& at, int channel, const float* products, Index productStride) const {
    Vec seen = zero();  // the tile's own: a sum behind a pointer would be stored and loaded at every pixel, as the pixels may alias it
    const int top = at.row * kTile, left = at.column * kTile;
    const int lanes = minOf(kLanes, p_.outChannels - channel);
    const Index channels = p_.outChannels, rowStride = p_.outWidth * channels;
    const Index corner = (static_cast<Index>(at.image) * p_.outHeight + top) * rowStride + left * channels + channel;
    const bool whole = lanes == kLanes && top + kTile <= p_.outHeight && left + kTile <= p_.outWidth;
    const auto pixels = [&](const auto& finished) __attribute__((always_inline)) {
      float* const to = p_.out + corner;
      using Transform = typename Form::Output;
      const auto read = [&](int i, int j) __attribute__((always_inline)) { return load(products + (i * kSide + j) * productStride); };
      if (whole)
        return transform2d<Transform>(read, [&](int i, int j, Vec v) __attribute__((always_inline)) {
          const Index pixel = i * rowStride + j * channels;
          store(to + pixel, finished(noted(seen, v), pixel, kLanes));
        });
      const int height = p_.outHeight - top, width = p_.outWidth - left;
      transform2d<Transform>(read, [&](int i, int j, Vec v) __attribute__((always_inline)) {
        const Index pixel = i * rowStride + j * channels;
        if (i < height && j < width) storeFirst(to + pixel, finished(noted(seen, v), pixel, lanes), lanes);
      });
    };
    if (isPlain_) {
      pixels([](Vec v, Index, int) __attribute__((always_inline)) { return v; });
      return seen;
    }
    const FinishVector finish(p_.finish, channel, lanes, corner);
    withParts(p_.finish, [&](auto mask, auto residual) __attribute__((always_inline)) {
      pixels([&](Vec v, Index pixel, int n) __attribute__((always_inline)) {
        return finish.template finished<decltype(mask)::value, decltype(residual)::value>(v, pixel, n);
      });
    });
    return seen;
  }

  const WinogradProblem& p_;
  const Images images_;
  const TileGrid grid_;
  const Index tiles_;
  const int panels_;
  const bool isPlain_;  // nothing is to be finished
  const bool isLarge_;  // the filter is fetched ahead
};

/** Packs by `write(float* to, Vec)`. */
template <class Form, class Write>
void packFilterBy(const Write& write, const float* filter, int inChannels, int outChannels, bool turned, float* packed) {
  constexpr int kSide = Form::kFilterSide, kValues = kSide * kSide;
  const int panels = (outChannels + kPanel - 1) / kPanel, bands = vectorsFor(inChannels);
  const Index in = inChannels, out = outChannels;
  parallelFor(panels * bands, [=](int task, int) {
    const int panel = task / bands, first = task % bands * kLanes, last = minOf(inChannels, first + kLanes);
    const int vectors = panelVectors(outChannels, panel), width = vectors * kLanes;
    float* const to = packed + panel * kPanel * kValues * in;
    using Transform = typename Form::Filter;
    for (int v = 0; v < vectors; v++) {
      const int k = panel * kPanel + v * kLanes, lanes = minOf(kLanes, outChannels - k);
      if (!turned) {
        for (int c = first; c < last; c++)
          transform2d<Transform>([&](int i, int j) { return loadFirst(filter + ((i * 3 + j) * in + c) * out + k, lanes); },
              [&](int i, int j, Vec u) { write(to + ((i * kSide + j) * in + c) * width + v * kLanes, u); });
        continue;
      }
      // Turn a square of channels over at a time, so that the filter is read along its rows.
      float square[9][kLanes][kLanes] = {};
      for (int tap = 0; tap < 9; tap++)
        for (int l = 0; l < lanes; l++) {
          const float* row = filter + ((8 - tap) * out + k + l) * in;
          for (int c = first; c < last; c++) square[tap][c - first][l] = row[c];
        }
      for (int c = first; c < last; c++)
        transform2d<Transform>([&](int i, int j) { return load(square[i * 3 + j][c - first]); },
            [&](int i, int j, Vec u) { write(to + ((i * kSide + j) * in + c) * width + v * kLanes, u); });
    }
    finishStores();
  });
}

template <class Form>
void packFilterOf(const float* filter, int inChannels, int outChannels, bool turned, float* packed) {
  const bool isLarge = transformedBytes<Form>(inChannels, outChannels) > kFetchedBytes;
  // Not the functions themselves: their calls would go through a pointer.
  const auto plain = [](float* to, Vec v) __attribute__((always_inline)) { store(to, v); };
  const auto past = [](float* to, Vec v) __attribute__((always_inline)) { storePast(to, v); };
  if (isLarge && canStorePast(packed)) packFilterBy<Form>(past, filter, inChannels, outChannels, turned, packed);
  else packFilterBy<Form>(plain, filter, inChannels, outChannels, turned, packed);
}

template <class Form>
void unpackFilterOf(const float* packed, int inChannels, int outChannels, bool turned, float* filter) {
  constexpr int kSide = Form::kFilterSide, kValues = kSide * kSide;
  const int panels = (outChannels + kPanel - 1) / kPanel;
  const Index in = inChannels, out = outChannels;
  parallelFor(panels * inChannels, [=](int task, int) {
    const int panel = task / inChannels, c = task % inChannels;
    const int vectors = panelVectors(outChannels, panel), width = vectors * kLanes;
    const float* const from = packed + panel * kPanel * kValues * in + static_cast<Index>(c) * width;
    for (int v = 0; v < vectors; v++) {
      const int k = panel * kPanel + v * kLanes, lanes = minOf(kLanes, outChannels - k);
      transform2d<typename Form::FilterInverse>(
          [&](int i, int j) { return load(from + (i * kSide + j) * in * width + v * kLanes); },
          [&](int i, int j, Vec g) {
            const int tap = i * 3 + j;
            if (!turned) return storeFirst(filter + (tap * in + c) * out + k, g, lanes);
            for (int l = 0; l < lanes; l++) filter[((8 - tap) * out + k + l) * in + c] = g[l];
          });
    }
  });
}

/** Calls `body` with the form that has the name. */
template <class Body>
auto withForm(WinogradForm form, const Body& body) {
  switch (form) {
    case WinogradForm::Two: return body(Winograd<2>());
    case WinogradForm::Four: return body(Winograd<4>());
    case WinogradForm::Halving: return body(Halving());
    case WinogradForm::DoublingEven: return body(Doubling<false>());
    default: return body(Doubling<true>());
  }
}

std::size_t packedFloats(WinogradForm form, int inChannels, int outChannels) {
  return withForm(form, [=](auto f) {
    constexpr std::size_t kSide = decltype(f)::kFilterSide;
    return kSide * kSide * inChannels * vectorsFor(outChannels) * kLanes;
  });
}

void packFilter(WinogradForm form, const float* filter, int inChannels, int outChannels, bool turned, float* packed) {
  withForm(form, [=](auto f) { packFilterOf<decltype(f)>(filter, inChannels, outChannels, turned, packed); });
}

void unpackFilter(WinogradForm form, const float* packed, int inChannels, int outChannels, bool turned, float* filter) {
  withForm(form, [=](auto f) { unpackFilterOf<decltype(f)>(packed, inChannels, outChannels, turned, filter); });
}

bool run(WinogradForm form, const WinogradProblem& problem) {
  return withForm(form, [&](auto f) { return Convolution<decltype(f)>(problem).run(); });
}

const WinogradTable kTable = {packedFloats, packFilter, unpackFilter, run};

}  // namespace

const WinogradTable& winogradTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
