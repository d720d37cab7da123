#include "conv/few-channels/few-outputs.h"

#include "conv/few-channels/bands.h"
#include "conv/few-channels/sum-four.h"
#include "integer-math.h"

namespace st {
namespace ST_ISA {
namespace {

/** Pixels of a register tile: 12 accumulators (8 for one output channel), reduced four at a time. */
constexpr int pixelsFor(int outputs) { return outputs == 1 ? 8 : 12 / outputs; }
constexpr int kMaxPixels = 8;
/** Floats of a band's input (128 KB): it stays in the L2 cache, the few rows in use in the L1 cache. */
constexpr Index kInputFloats = 32768;
/**
 * Values of a filter row that are accumulated at a time. Longer rows are split into pieces, each summed from zero and then added, which
 * accumulates less rounding error.
 */
constexpr int kPiece = 256 * kLanes;

/** The packed filter is [output channel][tap][input channel]. */
std::uint64_t packedFloats(int taps, int inChannels, int outChannels) { return static_cast<std::uint64_t>(outChannels) * taps * inChannels; }

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed, float* packed) {
  for (int k = 0; k < outChannels; k++)
    for (int t = 0; t < taps; t++) {
      const float* matrix = filter + static_cast<Index>(order[t]) * inChannels * outChannels;
      for (int c = 0; c < inChannels; c++) *packed++ = transposed ? matrix[k * inChannels + c] : matrix[c * outChannels + k];
    }
}

/** Parameters shared by the pixels of a row. */
struct Row {
  int filterRows, filterColumns;   // of the tap rectangle; columns in floats
  Index inRow, inPixel, outPixel;  // floats from one row, or pixel, to the next
  const float* weights;            // of the first output channel
  Index weightsOutput;             // floats from one output channel's weights to the next
  const float* bias;               // or null
  bool relu;
};

/** sum[pixel][output] += the sum over rows r, columns i in [begin, end) of in[pixel][r][i] * weights[output][r][i]. */
template <int Pixels, int Outputs>
ST_INLINE void addColumns(const Row& row, const float* in, int begin, int end, Vec* sum) {
  const float* weights = row.weights;
  const int whole = begin + (end - begin) / kLanes * kLanes, rest = end - whole;
  for (int r = 0; r < row.filterRows; r++, in += row.inRow, weights += row.filterColumns) {
    const float* at[Pixels];
#pragma GCC unroll 8
    for (int p = 0; p < Pixels; p++) at[p] = in + p * row.inPixel;
    for (int i = begin; i < whole; i += kLanes) {
      Vec weight[Outputs];
#pragma GCC unroll 4
      for (int o = 0; o < Outputs; o++) weight[o] = load(weights + o * row.weightsOutput + i);
#pragma GCC unroll 8
      for (int p = 0; p < Pixels; p++) {
        const Vec value = load(at[p] + i);
#pragma GCC unroll 4
        for (int o = 0; o < Outputs; o++) sum[p * Outputs + o] = fma(value, weight[o], sum[p * Outputs + o]);
      }
    }
    if (rest == 0) continue;
#pragma GCC unroll 4
    for (int o = 0; o < Outputs; o++) {
      const Vec weight = loadFirst(weights + o * row.weightsOutput + whole, rest);
#pragma GCC unroll 8
      for (int p = 0; p < Pixels; p++) sum[p * Outputs + o] = fma(loadFirst(at[p] + whole, rest), weight, sum[p * Outputs + o]);
    }
  }
}

/** out[pixel][output] = post-ops(sum over rows r, columns i of in[pixel][r][i] * weights[output][r][i]). */
template <int Pixels, int Outputs>
void tile(const Row& row, const float* in, float* out) {
  constexpr int kSums = Pixels * Outputs, kFours = (kSums + 3) / 4;
  Vec sum[kFours * 4] = {};
  addColumns<Pixels, Outputs>(row, in, 0, minOf(row.filterColumns, kPiece), sum);
  for (int begin = kPiece; begin < row.filterColumns; begin += kPiece) {
    Vec piece[kSums] = {};
    addColumns<Pixels, Outputs>(row, in, begin, minOf(row.filterColumns, begin + kPiece), piece);
#pragma GCC unroll 12
    for (int s = 0; s < kSums; s++) sum[s] += piece[s];
  }
  float y[kFours * 4];
#pragma GCC unroll 4
  for (int i = 0; i < kFours; i++) sumFour(sum[i * 4], sum[i * 4 + 1], sum[i * 4 + 2], sum[i * 4 + 3], y + i * 4);
  for (int p = 0; p < Pixels; p++, out += row.outPixel)
    for (int o = 0; o < Outputs; o++) {
      const float value = y[p * Outputs + o] + (row.bias != nullptr ? row.bias[o] : 0.0f);
      out[o] = row.relu && value < 0.0f ? 0.0f : value;
    }
}

using Tile = void (*)(const Row&, const float*, float*);

template <int Pixels, int Outputs>
constexpr Tile tileOf = tile<(Pixels <= pixelsFor(Outputs) ? Pixels : 1), Outputs>;

/** The tiles of 1 to 8 pixels. Those with more pixels than `pixelsFor` are never used. */
template <int Outputs>
constexpr Tile kTiles[kMaxPixels + 1] = {nullptr,
                                         tileOf<1, Outputs>, tileOf<2, Outputs>, tileOf<3, Outputs>, tileOf<4, Outputs>,
                                         tileOf<5, Outputs>, tileOf<6, Outputs>, tileOf<7, Outputs>, tileOf<8, Outputs>};
constexpr const Tile* kTilesOf[kFewOutputs + 1] = {nullptr, kTiles<1>, kTiles<2>, kTiles<3>, kTiles<4>};

void sumBand(const GatherProblem& g, const TapRectangle& taps, const Band& band, const BandInput& input) {
  const Row row = {taps.height, taps.width * g.inChannels, input.row, static_cast<Index>(g.stepWidth) * g.inChannels,
                   static_cast<Index>(g.outStepWidth) * g.outChannels, g.packed + static_cast<Index>(g.packedTap) * g.inChannels,
                   static_cast<Index>(g.packedTaps) * g.inChannels, g.bias, g.relu};
  const Tile* const tiles = kTilesOf[g.outChannels];
  const int most = pixelsFor(g.outChannels), groups = ceilDiv(band.columns, most);
  for (int i = 0; i < band.rows; i++) {
    const float* const in = input.data + static_cast<Index>(i) * g.stepHeight * input.row;
    float* const out = outputOf(g, band, i);
    for (int t = 0; t < groups; t++) {
      const int from = portion(band.columns, t, groups), to = portion(band.columns, t + 1, groups);
      tiles[to - from](row, in + from * row.inPixel, out + from * row.outPixel);
    }
  }
}

bool run(const GatherProblem& g) {
  const TapRectangle taps = rectangleOf(g);
  return forBands(g, taps, kInputFloats, [&](const Band& band, const BandInput& input) { sumBand(g, taps, band, input); });
}

const GatherTable kTable = {packedFloats, packFilter, run};

}  // namespace

const GatherTable& fewOutputsTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
