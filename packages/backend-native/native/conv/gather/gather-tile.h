// The innermost product of the gathering convolution: some pixels times a panel of output channels, summed in registers.
#pragma once
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Vectors of a panel: with 6 rows 12 of 16, or 24 of 32, registers hold sums; the rest hold the panel's row and a factor. */
constexpr int kPanelVectors = kRegisters >= 32 ? 4 : 2;
constexpr int kPanel = kPanelVectors * kLanes;
/** Rows of the tile: the most that the registers hold and whose addresses stay in registers (8). */
constexpr int kMaxRows = 8;
constexpr int rowsFor(int vectors) {
  return vectors == kPanelVectors ? 6 : kMaxRows;
}
/** Input values summed at a time: a panel of so many rows (18 KB at AVX2, 32 KB at AVX-512) leaves room for the input. */
constexpr int kDepth = kPanel <= 16 ? 288 : 128;
/** Pixels of a block: a multiple of 6 and 8, so that no tile is ragged; their sums (3 KB at AVX2) stay in the first-level cache. */
constexpr int kBlock = 48;

/**
 * to[row][vector] = before[row][vector] + sum over s, i of at[chosen[s] * kBlock + row][offset + i] * panel[s * depth + i][vector].
 * `before` has rows of kPanel floats; null stands for zeros.
 */
template <int Rows, int Vectors>
void tile(const float* const* at, const int* chosen, int runs, Index offset, int depth, const float* panel, const float* before,
          float* const* to, Index toOffset) {
  Vec sum[Rows][Vectors] = {};
  for (int s = 0; s < runs; s++) {
    const float* const* const of = at + chosen[s] * kBlock;
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
  // Each piece is summed from zero and then added: shorter chains of roundings than one running sum.
  // Unrolled, as every loop over `sum`: one that is not keeps the sums in memory.
#pragma GCC unroll 8
  for (int r = 0; r < Rows; r++)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++)
      store(to[r] + toOffset + v * kLanes, before != nullptr ? load(before + r * kPanel + v * kLanes) + sum[r][v] : sum[r][v]);
}

using Tile = void (*)(const float* const*, const int*, int, Index, int, const float*, const float*, float* const*, Index);

template <int Rows, int Vectors>
constexpr Tile tileOf = tile<(Rows <= rowsFor(Vectors) ? Rows : 1), Vectors>;

/** The tiles of 1 to 8 rows; those with more rows than `rowsFor` are not used. */
template <int Vectors>
constexpr Tile kTiles[kMaxRows + 1] = {nullptr,
                                       tileOf<1, Vectors>, tileOf<2, Vectors>, tileOf<3, Vectors>, tileOf<4, Vectors>,
                                       tileOf<5, Vectors>, tileOf<6, Vectors>, tileOf<7, Vectors>, tileOf<8, Vectors>};

}  // namespace
}  // namespace ST_ISA
}  // namespace st
