// The products of Winograd's filter gradient: a block of input channels times a panel of output channels, summed over tiles; and how
// the transformed tiles lie in memory for them.
#pragma once
#include "conv/winograd/winograd-tiles.h"
#include "simd-tasks.h"
#include "simd.h"

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

/** Transformed values that are wanted soon: with each tile the cache line at `at` is asked for, which then moves on by the stride. */
struct Upcoming {
  const float* at;
  int stride;
};

/** sums[factor][vector] = sum over t of x[t][factor] dy[t][vector], or that is added to them. */
template <int Factors, int Vectors>
void multiply(const float* x, int xStride, const float* dy, int count, float* sums, bool add, Upcoming upcoming) {
  Vec sum[Factors][Vectors] = {};
  for (int t = 0; t < count; t++, x += xStride, dy += Vectors * kLanes, upcoming.at += upcoming.stride) {
    __builtin_prefetch(upcoming.at);
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

using Multiply = void (*)(const float*, int, const float*, int, float*, bool, Upcoming);

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

/** What group g of a block's factors asks for while it is multiplied: the groups share out the lines of the next block's tiles, then the next panel's. */
ST_INLINE Upcoming upcomingFor(int g, const float* nextBlock, int blockWidth, const float* nextPanel, int panelWidth) {
  const int at = g * kLine;
  return at < blockWidth ? Upcoming{nextBlock + at, blockWidth} : Upcoming{nextPanel + (at - blockWidth) % panelWidth, panelWidth};
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
