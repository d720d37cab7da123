#include "conv/few-channels/few-inputs.h"

#include "conv/few-channels/bands.h"
#include "integer-math.h"
#include "register-tile.h"

namespace st {
namespace ST_ISA {
namespace {

/** Most pixels of a register tile: their accumulators, and their addresses (8), fit the registers. */
constexpr int kMaxPixels = 8;
constexpr int pixelsFor(int vectors) { return vectors == kPanelVectors ? 6 : kMaxPixels; }
/** Floats of a band's input (16 KB): half of the L1 cache. */
constexpr Index kInputFloats = 4096;

/** The packed filter is [panel][tap][input channel][channels of the panel], in full vectors, padded with zeros. */
std::uint64_t packedFloats(int taps, int inChannels, int outChannels) {
  return static_cast<std::uint64_t>(roundUpTo(outChannels, kLanes)) * taps * inChannels;
}

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed, float* packed) {
  for (int begin = 0; begin < outChannels; begin += kPanel) {
    const int width = panelVectors(outChannels, begin / kPanel) * kLanes;
    for (int t = 0; t < taps; t++) {
      const float* matrix = filter + static_cast<Index>(order[t]) * inChannels * outChannels;
      for (int c = 0; c < inChannels; c++)
        for (int k = begin; k < begin + width; k++)
          *packed++ = k >= outChannels ? 0.0f : transposed ? matrix[k * inChannels + c] : matrix[c * outChannels + k];
    }
  }
}

/** Parameters shared by the pixels of a row. */
struct Row {
  int filterRows, filterColumns;   // of the tap rectangle; columns in floats
  Index inRow, inPixel, outPixel;  // floats from one row, or pixel, to the next
  const float* bias;               // of the panel, or null
  bool relu;
  int lastLanes;  // valid lanes of the panel's last vector
};

/** out[pixel][vector] = post-ops(sum over rows r, columns i of in[pixel][r][i] * panel[r][i][vector]). */
template <int Pixels, int Vectors>
void tile(const Row& row, const float* in, const float* panel, float* out) {
  Vec sum[Pixels][Vectors] = {};
  for (int r = 0; r < row.filterRows; r++, in += row.inRow) {
    const float* at[Pixels];
#pragma GCC unroll 8
    for (int p = 0; p < Pixels; p++) at[p] = in + p * row.inPixel;
    for (int i = 0; i < row.filterColumns; i++, panel += Vectors * kLanes) {
      Vec weight[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; v++) weight[v] = load(panel + v * kLanes);
#pragma GCC unroll 8
      for (int p = 0; p < Pixels; p++) {
        const Vec factor = splat(at[p][i]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; v++) sum[p][v] = fma(factor, weight[v], sum[p][v]);
      }
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; v++) {
    const int lanes = v == Vectors - 1 ? row.lastLanes : kLanes;
    const Vec bias = row.bias != nullptr ? loadFirst(row.bias + v * kLanes, lanes) : zero();
#pragma GCC unroll 8
    for (int p = 0; p < Pixels; p++) {
      const Vec y = row.relu ? maximum(sum[p][v] + bias, zero()) : sum[p][v] + bias;
      float* const to = out + p * row.outPixel + v * kLanes;
      if (lanes == kLanes) store(to, y);
      else storeFirst(to, y, lanes);
    }
  }
}

using Tile = void (*)(const Row&, const float*, const float*, float*);

template <int Pixels, int Vectors>
constexpr Tile tileOf = tile<(Pixels <= pixelsFor(Vectors) ? Pixels : 1), Vectors>;

/** The tiles of 1 to 8 pixels. Those with more pixels than `pixelsFor` are never used. */
template <int Vectors>
constexpr Tile kTiles[kMaxPixels + 1] = {nullptr,
                                         tileOf<1, Vectors>, tileOf<2, Vectors>, tileOf<3, Vectors>, tileOf<4, Vectors>,
                                         tileOf<5, Vectors>, tileOf<6, Vectors>, tileOf<7, Vectors>, tileOf<8, Vectors>};

const Tile* tilesFor(int vectors) {
  return withVectors(vectors, [](auto v) -> const Tile* { return kTiles<decltype(v)::value>; });
}

/** Computes one panel of a band's outputs. */
void sumPanel(const GatherProblem& g, const TapRectangle& taps, const Band& band, const BandInput& input, int panel) {
  const int begin = panel * kPanel, vectors = panelVectors(g.outChannels, panel), pixels = pixelsFor(vectors);
  const Row row = {taps.height, taps.width * g.inChannels, input.row, static_cast<Index>(g.stepWidth) * g.inChannels,
                   static_cast<Index>(g.outStepWidth) * g.outChannels, g.bias != nullptr ? g.bias + begin : nullptr, g.relu,
                   minOf(kLanes, g.outChannels - begin - (vectors - 1) * kLanes)};
  const float* weights = g.packed + (static_cast<Index>(begin) * g.packedTaps + static_cast<Index>(g.packedTap) * vectors * kLanes) * g.inChannels;
  const Tile* const tiles = tilesFor(vectors);
  const int groups = ceilDiv(band.columns, pixels);
  for (int i = 0; i < band.rows; i++) {
    const float* const in = input.data + static_cast<Index>(i) * g.stepHeight * input.row;
    float* const out = outputOf(g, band, i) + begin;
    for (int t = 0; t < groups; t++) {
      const int from = portion(band.columns, t, groups), to = portion(band.columns, t + 1, groups);
      tiles[to - from](row, in + from * row.inPixel, weights, out + from * row.outPixel);
    }
  }
}

bool run(const GatherProblem& g) {
  const TapRectangle taps = rectangleOf(g);
  const int panels = ceilDiv(g.outChannels, kPanel);
  return forBands(g, taps, kInputFloats, [&](const Band& band, const BandInput& input) {
    for (int p = 0; p < panels; p++) sumPanel(g, taps, band, input, p);
  });
}

const GatherTable kTable = {packedFloats, packFilter, run};

}  // namespace

const GatherTable& fewInputsTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
