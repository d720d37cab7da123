// The micro-kernel of the implicit GEMM: a few pixels times a panel of output channels, accumulated in registers.
#pragma once
#include "register-tile.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Most rows of the register tile: their accumulators, and their addresses (8), fit the registers. */
constexpr int kMaxRows = 8;
constexpr int rowsFor(int vectors) {
  return vectors == kPanelVectors ? 6 : kMaxRows;
}
/** Input values per piece: a panel with this many rows (18 KB with AVX2, 32 KB with AVX-512) leaves L1 cache for the input. */
constexpr int kDepth = kPanel <= 16 ? 288 : 128;
/** Pixels of a block: a multiple of 6 and of 8, so that all tiles are full. Their sums (3 KB with AVX2) stay in the L1 cache. */
constexpr int kBlock = 48;

/**
 * out[row][vector] = previous[row][vector] + sum over s, i of addresses[runIndices[s] * kBlock + row][offset + i] * panel[s * depth +
 * i][vector]. Rows of `previous` have kPanel floats; null means zeros.
 */
template <int Rows, int Vectors>
void tile(const float* const* addresses, const int* runIndices, int runs, Index offset, int depth, const float* panel, const float* previous,
          float* const* out, Index outOffset) {
  Vec sum[Rows][Vectors] = {};
  for (int s = 0; s < runs; s++) {
    const float* const* const of = addresses + runIndices[s] * kBlock;
    const float* in[Rows];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; r++) in[r] = of[r] + offset;
#pragma GCC unroll 2
    for (int i = 0; i < depth; i++, panel += Vectors * kLanes) {
      Vec weight[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; v++) weight[v] = load(panel + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; r++) {
        const Vec factor = splat(in[r][i]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; v++) sum[r][v] = fma(factor, weight[v], sum[r][v]);
      }
    }
  }
  // Each piece is accumulated from zero and then added: the chains of roundings are shorter than those of one running sum.
  // Every loop over `sum` must be unrolled: otherwise the compiler keeps the accumulators in memory.
#pragma GCC unroll 8
  for (int r = 0; r < Rows; r++)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++)
      store(out[r] + outOffset + v * kLanes, previous != nullptr ? load(previous + r * kPanel + v * kLanes) + sum[r][v] : sum[r][v]);
}

using Tile = void (*)(const float* const*, const int*, int, Index, int, const float*, const float*, float* const*, Index);

template <int Rows, int Vectors>
constexpr Tile tileOf = tile<(Rows <= rowsFor(Vectors) ? Rows : 1), Vectors>;

/** The tiles of 1 to 8 rows. Those with more rows than `rowsFor` are never used. */
template <int Vectors>
constexpr Tile kTiles[kMaxRows + 1] = {nullptr,
                                       tileOf<1, Vectors>, tileOf<2, Vectors>, tileOf<3, Vectors>, tileOf<4, Vectors>,
                                       tileOf<5, Vectors>, tileOf<6, Vectors>, tileOf<7, Vectors>, tileOf<8, Vectors>};

}  // namespace
}  // namespace ST_ISA
}  // namespace st
