#include "conv/gather/gather.h"

#include "conv/gather/gather-block.h"
#include "conv/gather/gather-panel.h"
#include "parallel.h"
#include "scratch.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

int vectorsOf(int outChannels, int panel) {
  return minOf(kPanelVectors, (outChannels - panel * kPanel + kLanes - 1) / kLanes);
}

std::size_t packedFloats(int taps, int inChannels, int outChannels) {
  const std::size_t vectors = (outChannels + kLanes - 1) / kLanes;
  return vectors * kLanes * taps * inChannels;
}

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                float* packed) {
  const int panels = (outChannels + kPanel - 1) / kPanel;
  parallelFor(panels * taps, [=](int task, int) {
    const int p = task / taps, t = task % taps;
    const int width = vectorsOf(outChannels, p) * kLanes, begin = p * kPanel, used = minOf(width, outChannels - begin);
    const float* from = filter + static_cast<std::size_t>(order[t]) * inChannels * outChannels;
    float* to = packed + static_cast<std::size_t>(p) * kPanel * taps * inChannels + static_cast<std::size_t>(t) * inChannels * width;
    if (!transposed) {
      for (int c = 0; c < inChannels; c++, to += width) {
        const float* row = from + static_cast<std::size_t>(c) * outChannels + begin;
        for (int k = 0; k < width; k += kLanes)
          store(to + k, used - k >= kLanes ? load(row + k) : loadFirst(row + k, used - k));
      }
      return;
    }
    // Blocks of a vector's length, so that both sides are walked a cache line at a time.
    for (int c0 = 0; c0 < inChannels; c0 += kLanes) {
      const int depth = minOf(kLanes, inChannels - c0);
      for (int k = 0; k < width; k++) {
        const float* column = from + static_cast<std::size_t>(begin + k) * inChannels + c0;
        for (int c = 0; c < depth; c++) to[static_cast<std::size_t>(c0 + c) * width + k] = k < used ? column[c] : 0.0f;
      }
    }
  });
}

/** Adds the bias, applies ReLU, and stores the sums of `count` pixels for the panel that begins at output channel `begin`. */
void storePanel(const GatherProblem& g, int count, int begin, const float* sums, float* const* out) {
  const int used = minOf(kPanel, g.outChannels - begin);
  for (int q = 0; q < count; q++, sums += kPanel)
    for (int k = 0; k < used; k += kLanes) {
      const int lanes = minOf(kLanes, used - k);
      Vec y = load(sums + k);
      if (g.bias != nullptr) y += loadFirst(g.bias + begin + k, lanes);
      if (g.relu) y = maximum(y, zero());
      storeFirst(out[q] + begin + k, y, lanes);
    }
}

/**
 * Zeros for output channels `begin` to `end` of all output pixels that the problems have for a block, for those without taps:
 * row by row, which is much faster than pixel by pixel in steps.
 */
void clear(const GatherProblem& g, const Block& block, int begin, int end) {
  const bool whole = begin == 0 && end == g.outChannels;
  for (int s = 0; s < block.stretchCount; s++) {
    const Stretch& stretch = block.stretches[s];
    const int top = stretch.row * g.outStepHeight, bottom = minOf(g.outHeight, top + g.outStepHeight);
    const int left = stretch.column * g.outStepWidth, pixels = minOf(g.outWidth - left, stretch.count * g.outStepWidth);
    const std::size_t length = whole ? static_cast<std::size_t>(pixels) * g.outChannels : end - begin;
    for (int h = top; h < bottom; h++) {
      float* const row = g.out + ((stretch.image * g.outHeight + h) * g.outWidth + left) * g.outChannels + begin;
      for (int i = 0; i < (whole ? 1 : pixels); i++) __builtin_memset(row + static_cast<Index>(i) * g.outChannels, 0, length * sizeof(float));
    }
  }
}

/** How a call is cut into tasks: by blocks of pixels and, where these are few, by panels. */
struct Cut {
  int height, width;  // of the grid: the problems' largest
  Index pixels;
  int blocks, panels, pixelTasks, panelTasks;
  Cut(const GatherProblem* problems, int count) : height(0), width(0) {
    const GatherProblem& g = problems[0];
    int taps = 0;
    for (int p = 0; p < count; p++) {
      height = maxOf(height, problems[p].gridHeight);
      width = maxOf(width, problems[p].gridWidth);
      taps += problems[p].tapCount;
    }
    pixels = static_cast<Index>(g.batch) * height * width;
    blocks = static_cast<int>((pixels + kBlock - 1) / kBlock);
    panels = (g.outChannels + kPanel - 1) / kPanel;
    const double work = static_cast<double>(blocks) * kBlock * maxOf(1, taps) * g.inChannels * g.outChannels;
    pixelTasks = tasksFor(work, blocks);
    panelTasks = minOf(panels, maxOf(1, tasksFor(work, kTasks) / maxOf(1, pixelTasks)));
  }
};

/** The sizes of a call's working memory, in floats. */
struct Room {
  std::size_t zeros, runs, chosen, counts, at, border, sums, nowhere;
  Room(const GatherProblem* problems, int count) {
    const GatherProblem& g = problems[0];
    std::size_t taps = 0;
    for (int p = 0; p < count; p++) taps += problems[p].tapCount;
    const bool merges = count == 1 && g.inChannels < kMergeChannels;
    zeros = roundUp((merges && taps > 0 ? taps : 1) * g.inChannels);
    runs = roundUp(taps * (sizeof(Run) / sizeof(float)));
    chosen = roundUp(taps);
    counts = roundUp(count);
    at = roundUp(kBlock * taps * kPointerFloats);
    border = merges ? kBlock * zeros : 0;
    sums = kBlock * kPanel;
    nowhere = roundUp(g.outChannels);
  }
  std::size_t shared() const { return zeros + runs + chosen + counts; }
  std::size_t workplace() const { return 2 * (at + border) + 2 * sums + nowhere; }
};

/** One thread's working memory. */
struct Workplace {
  Block block[2];
  float* sums;             // [kBlock][kPanel]
  float* between[kBlock];  // its rows
  float* lots;             // [kBlock][kPanel]
  float* out[kBlock];      // where a problem's output goes
  float* nowhere;          // [outChannels] that of pixels which it does not have
  Workplace(const Room& room, float* memory) {
    for (Block& b : block) {
      b.at = reinterpret_cast<const float**>(memory);
      b.border = memory + room.at;
      memory += room.at + room.border;
    }
    sums = memory;
    lots = sums + room.sums;
    nowhere = lots + room.sums;
    for (int q = 0; q < kBlock; q++) between[q] = sums + q * kPanel;
  }
};

/** One problem's output channels of a block, from panel `firstPanel` to `lastPanel`. */
void solve(const GatherProblem& g, const Block& block, const int* chosen, int runs, int firstPanel, int lastPanel, Workplace& mine) {
  place(g, block, mine.nowhere, mine.out);
  const bool plain = g.bias == nullptr && !g.relu;
  for (int p = firstPanel; p < lastPanel; p++) {
    const int vectors = vectorsOf(g.outChannels, p), width = vectors * kLanes, begin = p * kPanel;
    const float* panel = g.packed + static_cast<Index>(begin) * g.packedTaps * g.inChannels + static_cast<Index>(g.packedTap) * g.inChannels * width;
    // Plain sums of whole vectors go straight to the output.
    const bool straight = plain && g.outChannels - begin >= width;
    sumPanelOf(vectors, {&block, chosen, runs, g.tapCount / runs * g.inChannels, panel, mine.sums, mine.between, mine.lots,
                         straight ? mine.out : mine.between, straight ? begin : 0});
    if (!straight) storePanel(g, block.count, begin, mine.sums, mine.out);
  }
}

/** What all tasks of a call share. */
struct Call {
  const GatherProblem* problems;
  int count;
  Cut cut;
  Room room;
  RunList list;
  const float* nothing;  // zeros, for what lies outside the images
  bool bare;             // a problem has no taps
};

void runTask(const Call& call, int task, Workplace& mine) {
  const Cut& cut = call.cut;
  const GatherProblem& g = call.problems[0];
  const int pixelTask = task % cut.pixelTasks, panelTask = task / cut.pixelTasks;
  const int firstPanel = portion(cut.panels, panelTask, cut.panelTasks), lastPanel = portion(cut.panels, panelTask + 1, cut.panelTasks);
  const int firstBlock = portion(cut.blocks, pixelTask, cut.pixelTasks), lastBlock = portion(cut.blocks, pixelTask + 1, cut.pixelTasks);
  const auto fill = [&](int b) {
    const Index begin = cut.pixels * b / cut.blocks, end = cut.pixels * (b + 1) / cut.blocks;
    gather(g, cut.height, cut.width, call.list, call.nothing, begin, static_cast<int>(end - begin), mine.block[b & 1]);
  };
  // While one block is summed the next one's input is on its way.
  fill(firstBlock);
  for (int b = firstBlock; b < lastBlock; b++) {
    if (b + 1 < lastBlock) fill(b + 1);
    const Block& block = mine.block[b & 1];
    if (call.bare) clear(g, block, firstPanel * kPanel, minOf(g.outChannels, lastPanel * kPanel));
    const int* chosen = call.list.chosen;
    for (int p = 0; p < call.count; chosen += call.list.counts[p++])
      if (call.list.counts[p] > 0) solve(call.problems[p], block, chosen, call.list.counts[p], firstPanel, lastPanel, mine);
  }
}

bool runTogether(const GatherProblem* problems, int count) {
  Call call = {problems, count, {problems, count}, {problems, count}, {}, nullptr, false};
  if (call.cut.pixels == 0) return true;
  const Room& room = call.room;
  const int slots = threadCount();
  const ScratchLease lease(room.shared() + room.workplace() * slots);
  if (lease.data() == nullptr) return false;
  float* const nothing = lease.data();
  for (std::size_t i = 0; i < room.zeros; i++) nothing[i] = 0.0f;
  float* const lists = nothing + room.zeros;
  call.list = {reinterpret_cast<Run*>(lists), 0, reinterpret_cast<int*>(lists + room.runs),
               reinterpret_cast<int*>(lists + room.runs + room.chosen)};
  makeRuns(problems, count, call.list);
  call.nothing = nothing;
  for (int p = 0; p < count; p++) call.bare |= problems[p].tapCount == 0;

  float* const places = nothing + room.shared();
  parallelFor(
      call.cut.pixelTasks * call.cut.panelTasks,
      [&](int task, int slot) {
        Workplace mine(room, places + room.workplace() * slot);
        runTask(call, task, mine);
      },
      slots);
  return true;
}

bool run(const GatherProblem& problem) { return runTogether(&problem, 1); }

const GatherTable kTable = {packedFloats, packFilter, run};
const GatherTogetherTable kTogetherTable = {runTogether};

}  // namespace

const GatherTable& gatherTable() { return kTable; }
const GatherTogetherTable& gatherTogetherTable() { return kTogetherTable; }

}  // namespace ST_ISA
}  // namespace st
