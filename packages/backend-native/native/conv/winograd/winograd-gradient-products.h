// The products of Winograd's filter gradient: a block of input channels times a panel of output channels, summed over tiles; and the memory
// layout of the transformed tiles.
#pragma once
#include "conv/winograd/winograd-tiles.h"
#include "integer-math.h"
#include "register-tile.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Rows of the register tile: input channels. */
constexpr int kFactors = 6;
/** Vectors of a block of input channels: with 3, its lanes are a multiple of the 6 factors. */
constexpr int kBlockVectors = 3;
constexpr int kBlock = kBlockVectors * kLanes;
/** Tiles accumulated in registers: a panel of 48 tiles (3 KB, with AVX-512 12 KB) and a block (4.5 KB) stay in the L1 cache. */
constexpr int kRun = 48;

/** A prefetch stream: each tile prefetches the cache line at `at` and advances it by `stride` floats. */
struct PrefetchStream {
  const float* at;
  int stride;
};

/** sums[factor][vector] = sum over t of x[t][factor] dy[t][vector], added to the old sums if `add`. */
template <int Factors, int Vectors>
void multiply(const float* x, int xStride, const float* dy, int count, float* sums, bool add, PrefetchStream next) {
  Vec sum[Factors][Vectors] = {};
  for (int t = 0; t < count; t++, x += xStride, dy += Vectors * kLanes, next.at += next.stride) {
    __builtin_prefetch(next.at);
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
      store(to, add ? load(to) + sum[f][v] : sum[f][v]);
    }
}

using Multiply = void (*)(const float*, int, const float*, int, float*, bool, PrefetchStream);

template <int Vectors>
constexpr Multiply kMultiply[kFactors + 1] = {nullptr,
                                              multiply<1, Vectors>,
                                              multiply<2, Vectors>,
                                              multiply<3, Vectors>,
                                              multiply<4, Vectors>,
                                              multiply<5, Vectors>,
                                              multiply<6, Vectors>};

const Multiply* multiplyFor(int vectors) {
  return withVectors(vectors, [](auto v) -> const Multiply* { return kMultiply<decltype(v)::value>; });
}

/**
 * Memory layout of transformed tiles: channel vectors in groups, each group [tile][vectors of the group]; the last group may be narrower.
 * Transformed value xi begins at xi * value.
 */
struct TileLayout {
  int vectors, group;
  Index tiles, value;

  static TileLayout of(int channels, int group, int tiles) {
    const int vectors = vectorsFor(channels);
    return {vectors, group, tiles, oddLines(static_cast<Index>(vectors) * kLanes * tiles)};
  }
  /** Floats per tile in group g. */
  int width(int g) const { return minOf(group, vectors - g * group) * kLanes; }
  /** Offset of the first tile of group g. */
  Index begin(int g) const { return static_cast<Index>(g) * group * kLanes * tiles; }
  Index at(int vector, Index tile) const {
    const int g = vector / group;
    return begin(g) + tile * width(g) + vector % group * kLanes;
  }
};

/**
 * The prefetch stream for group g of a block's factors: the groups share the cache lines of the next block's tiles, then those of the next
 * panel's.
 */
ST_INLINE PrefetchStream prefetchFor(int g, const float* nextBlock, int blockWidth, const float* nextPanel, int panelWidth) {
  const int at = g * kLineFloats;
  return at < blockWidth ? PrefetchStream{nextBlock + at, blockWidth} : PrefetchStream{nextPanel + (at - blockWidth) % panelWidth, panelWidth};
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
