// The products of Winograd's convolution: several tiles times a panel of the filter, for one transformed value.
#pragma once
#include "conv/winograd/winograd-tiles.h"
#include "integer-math.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/**
 * Register tile: vectors of output channels of a panel, and tiles (rows) multiplied by it: 12 of 16 or 28 of 32 registers are accumulators.
 */
constexpr int kPanelVectors = 2;
constexpr int kPanel = kPanelVectors * kLanes;
constexpr int kRows = kRegisters >= 32 ? 14 : 6;
/** Most groups of rows in a block of tiles. */
constexpr int kMaxGroups = 16;

/**
 * Prefetch distances into the L1 cache: of the weights in channels, of the input in vectors of channels. Each group of rows and each
 * transformed value begins at another address, which the hardware prefetcher detects too late.
 */
constexpr int kWeightsAhead = 8, kInputAhead = 2;

/** Channels accumulated in registers; longer sums are continued in memory, which accumulates less rounding error. */
constexpr int kSummed = 128;

/** A prefetch stream: `lines` cache lines, from `at` on, are prefetched with each vector of channels. */
struct PrefetchStream {
  const float* at;
  int lines;
};

/** products[row][vector] = sum over c of in[c / kLanes][row][c % kLanes] panel[c][vector]. */
template <int Rows, int Vectors>
void multiply(const float* in, const float* panel, float* products, int channels, PrefetchStream next) {
  for (int begin = 0; begin < channels; begin += kSummed) {
    Vec sum[Rows][Vectors] = {};
    const auto step = [&](const float* at) __attribute__((always_inline)) {
      Vec weight[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; v++) {
        weight[v] = load(panel + v * kLanes);
        __builtin_prefetch(panel + (kWeightsAhead * Vectors + v) * kLanes);
      }
      panel += Vectors * kLanes;
#pragma GCC unroll 16
      for (int r = 0; r < Rows; r++) {
        const Vec factor = splat(at[r * kLanes]);
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; v++) sum[r][v] = fma(factor, weight[v], sum[r][v]);
      }
    };
    const int count = minOf(kSummed, channels - begin), blocks = count / kLanes;
    for (int b = 0; b < blocks; b++, in += Rows * kLanes) {
      for (int l = 0; l < next.lines; l++, next.at += kLineFloats) __builtin_prefetch(next.at, 0, 2);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; r++) __builtin_prefetch(in + (kInputAhead * Rows + r) * kLanes);
#pragma GCC unroll 4
      for (int c = 0; c < kLanes; c++) step(in + c);
    }
    for (int c = 0; c < count - blocks * kLanes; c++) step(in + c);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; r++)
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; v++) {
        float* const to = products + (r * Vectors + v) * kLanes;
        store(to, begin > 0 ? load(to) + sum[r][v] : sum[r][v]);
      }
  }
}

using Multiply = void (*)(const float*, const float*, float*, int, PrefetchStream);

template <int Rows, int Vectors>
constexpr Multiply multiplyOf = multiply<(Rows <= kRows ? Rows : 1), Vectors>;

template <int Vectors>
constexpr Multiply kMultiply[15] = {nullptr,
                                    multiplyOf<1, Vectors>,
                                    multiplyOf<2, Vectors>,
                                    multiplyOf<3, Vectors>,
                                    multiplyOf<4, Vectors>,
                                    multiplyOf<5, Vectors>,
                                    multiplyOf<6, Vectors>,
                                    multiplyOf<7, Vectors>,
                                    multiplyOf<8, Vectors>,
                                    multiplyOf<9, Vectors>,
                                    multiplyOf<10, Vectors>,
                                    multiplyOf<11, Vectors>,
                                    multiplyOf<12, Vectors>,
                                    multiplyOf<13, Vectors>,
                                    multiplyOf<14, Vectors>};

inline int panelVectors(int outChannels, int panel) { return minOf(kPanelVectors, vectorsFor(outChannels - panel * kPanel)); }

/**
 * Memory layout of a block of transformed input: [value][group of rows][channel vector][row][lane]; a row is a tile. `multiply` then reads
 * one value as one sequential stream, which the hardware prefetcher follows.
 */
struct InputLayout {
  int tiles, groups;
  Index channels, value;      // rounded up to full vectors; floats from one value to the next
  int begin[kMaxGroups + 1];  // group g holds tiles [begin[g], begin[g + 1]); the groups have almost equal size

  static InputLayout of(int tiles, int channels) {
    const Index whole = static_cast<Index>(vectorsFor(channels)) * kLanes;
    InputLayout layout = {tiles, ceilDiv(tiles, kRows), whole, oddLines(tiles * whole), {}};
    for (int g = 0; g <= layout.groups; g++) layout.begin[g] = portion(tiles, g, layout.groups);
    return layout;
  }
};

}  // namespace
}  // namespace ST_ISA
}  // namespace st
