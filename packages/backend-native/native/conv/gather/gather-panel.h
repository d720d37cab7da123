// The sums of a block of pixels for one panel of output channels. They are split into pieces that fit the cache, and into chunks for
// accuracy.
#pragma once
#include "conv/gather/gather-block.h"
#include "conv/gather/gather-tile.h"
#include "integer-math.h"
#include "simd-tasks.h"

namespace st {
namespace ST_ISA {
namespace {

/** Most pieces (of `kDepth` products) that are added sequentially. Longer sums are split into chunks, which are added at the end. */
constexpr int kChunkPieces = 64;

/** The sums of a block for one panel of output channels. */
struct PanelSum {
  const Block* block;
  const int* runIndices;  // indices of the tap runs
  int runs, depth;        // their number, and the input values of each
  const float* panel;
  float* sums;            // [kBlock][kPanel] sums of the previous pieces
  float* const* sumRows;  // its rows
  float* chunks;          // [kBlock][kPanel] sums of the previous chunks
  float* const* out;      // row to which the last piece stores each pixel's sums, ...
  Index outOffset;        // ... this many floats from its start
};

/** How the sums of a panel are split into pieces of about equal length: several short runs make a piece, a long run makes several. */
struct Pieces {
  int rounds, ofRun, count;
  explicit Pieces(const PanelSum& p) {
    const int runsAtOnce = maxOf(1, kDepth / p.depth);
    rounds = ceilDiv(p.runs, runsAtOnce);
    ofRun = ceilDiv(p.depth, kDepth);
    count = rounds * ofRun;
  }
};

/** out[pixel] = the sum of pieces [begin, end), whose weights begin at `panel`. Returns the start of the next piece's weights. */
template <int Vectors>
const float* sumPieces(const PanelSum& p, const Pieces& pieces, int begin, int end, const float* panel, float* const* out, Index outOffset) {
  constexpr int kRows = rowsFor(Vectors);
  const int count = p.block->count, groups = ceilDiv(count, kRows);
  for (int step = begin; step < end; step++) {
    const int round = step / pieces.ofRun, piece = step % pieces.ofRun;
    const int firstRun = portion(p.runs, round, pieces.rounds), runs = portion(p.runs, round + 1, pieces.rounds) - firstRun;
    const int from = portion(p.depth, piece, pieces.ofRun), depth = portion(p.depth, piece + 1, pieces.ofRun) - from;
    const bool first = step == begin, last = step == end - 1;
    for (int i = 0; i < groups; i++) {
      const int a = portion(count, i, groups), rows = portion(count, i + 1, groups) - a;
      kTiles<Vectors>[rows](p.block->addresses + a, p.runIndices + firstRun, runs, from, depth, panel, first ? nullptr : p.sums + a * kPanel,
                            (last ? out : p.sumRows) + a, last ? outOffset : 0);
    }
    panel += static_cast<Index>(runs) * depth * Vectors * kLanes;
  }
  return panel;
}

/** Adds the chunk in `sums` to the previous ones; the last chunk's total goes to out[pixel]. */
template <int Vectors>
void addChunk(const PanelSum& p, bool first, bool last) {
  for (int q = 0; q < p.block->count; q++)
    for (int v = 0; v < Vectors; v++) {
      const int offset = q * kPanel + v * kLanes;
      const Vec sum = first ? load(p.sums + offset) : load(p.chunks + offset) + load(p.sums + offset);
      store(last ? p.out[q] + p.outOffset + v * kLanes : p.chunks + offset, sum);
    }
}

template <int Vectors>
void sumPanel(const PanelSum& p) {
  const Pieces pieces(p);
  const int chunks = ceilDiv(pieces.count, kChunkPieces);
  if (chunks == 1) {
    sumPieces<Vectors>(p, pieces, 0, pieces.count, p.panel, p.out, p.outOffset);
    return;
  }
  const float* panel = p.panel;
  for (int i = 0; i < chunks; i++) {
    panel = sumPieces<Vectors>(p, pieces, portion(pieces.count, i, chunks), portion(pieces.count, i + 1, chunks), panel, p.sumRows, 0);
    addChunk<Vectors>(p, i == 0, i == chunks - 1);
  }
}

void sumPanelOf(int vectors, const PanelSum& p) {
  withVectors(vectors, [&](auto v) { sumPanel<decltype(v)::value>(p); });
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
