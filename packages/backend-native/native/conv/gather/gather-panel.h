// The sums of a block of pixels for one panel of output channels: cut into pieces for the cache, into lots for exactness.
#pragma once
#include "conv/gather/gather-block.h"
#include "conv/gather/gather-tile.h"
#include "simd-tasks.h"

namespace st {
namespace ST_ISA {
namespace {

/** Pieces (of `kDepth` products) added one after another at most: longer sums are taken in lots, which are then added. */
constexpr int kLotPieces = 64;

/** The sums of a block for one panel of output channels. */
struct PanelSum {
  const Block* block;
  const int* chosen;  // the runs that are read
  int runs, depth;    // how many they are, and input values of each
  const float* panel;
  float* sums;            // [kBlock][kPanel]: what is between the pieces
  float* const* between;  // its rows
  float* lots;            // [kBlock][kPanel]: what is between the lots
  float* const* to;       // where the last piece stores its sums, ...
  Index toOffset;         // ... so many floats further on
};

/** How the sums of a panel are cut: short runs are taken several at a time, long ones in pieces; all about as long. */
struct Pieces {
  int rounds, ofRun, count;
  explicit Pieces(const PanelSum& p) {
    const int runsAtOnce = maxOf(1, kDepth / p.depth);
    rounds = (p.runs + runsAtOnce - 1) / runsAtOnce;
    ofRun = (p.depth + kDepth - 1) / kDepth;
    count = rounds * ofRun;
  }
};

/** to[pixel] = the sum of pieces [begin, end), whose filters begin at `panel`; returns where the next one's do. */
template <int Vectors>
const float* sumPieces(const PanelSum& p, const Pieces& pieces, int begin, int end, const float* panel, float* const* to, Index toOffset) {
  constexpr int kRows = rowsFor(Vectors);
  const int count = p.block->count, groups = (count + kRows - 1) / kRows;
  for (int step = begin; step < end; step++) {
    const int round = step / pieces.ofRun, piece = step % pieces.ofRun;
    const int firstRun = portion(p.runs, round, pieces.rounds), runs = portion(p.runs, round + 1, pieces.rounds) - firstRun;
    const int from = portion(p.depth, piece, pieces.ofRun), depth = portion(p.depth, piece + 1, pieces.ofRun) - from;
    const bool first = step == begin, last = step == end - 1;
    for (int i = 0; i < groups; i++) {
      const int a = portion(count, i, groups), rows = portion(count, i + 1, groups) - a;
      kTiles<Vectors>[rows](p.block->at + a, p.chosen + firstRun, runs, from, depth, panel, first ? nullptr : p.sums + a * kPanel,
                            (last ? to : p.between) + a, last ? toOffset : 0);
    }
    panel += static_cast<Index>(runs) * depth * Vectors * kLanes;
  }
  return panel;
}

/** to[pixel] = the sum of the lots so far, `sums` the last of them. */
template <int Vectors>
void addLot(const PanelSum& p, bool first, bool last) {
  for (int q = 0; q < p.block->count; q++)
    for (int v = 0; v < Vectors; v++) {
      const int at = q * kPanel + v * kLanes;
      const Vec sum = first ? load(p.sums + at) : load(p.lots + at) + load(p.sums + at);
      store(last ? p.to[q] + p.toOffset + v * kLanes : p.lots + at, sum);
    }
}

template <int Vectors>
void sumPanel(const PanelSum& p) {
  const Pieces pieces(p);
  const int lots = (pieces.count + kLotPieces - 1) / kLotPieces;
  if (lots == 1) {
    sumPieces<Vectors>(p, pieces, 0, pieces.count, p.panel, p.to, p.toOffset);
    return;
  }
  const float* panel = p.panel;
  for (int i = 0; i < lots; i++) {
    panel = sumPieces<Vectors>(p, pieces, portion(pieces.count, i, lots), portion(pieces.count, i + 1, lots), panel, p.between, 0);
    addLot<Vectors>(p, i == 0, i == lots - 1);
  }
}

void sumPanelOf(int vectors, const PanelSum& p) {
  if (vectors == 1) return sumPanel<1>(p);
  if (vectors == 2) return sumPanel<2>(p);
  if constexpr (kPanelVectors > 2) {
    if (vectors == 3) return sumPanel<3>(p);
    sumPanel<4>(p);
  }
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
