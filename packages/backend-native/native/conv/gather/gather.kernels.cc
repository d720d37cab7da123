#include "conv/gather/gather.h"

#include "conv/gather/gather-block.h"
#include "conv/gather/gather-panel.h"
#include "integer-math.h"
#include "parallel.h"
#include "scratch.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

std::uint64_t packedFloats(int taps, int inChannels, int outChannels) {
  return static_cast<std::uint64_t>(roundUpTo(outChannels, kLanes)) * taps * inChannels;
}

void packFilter(const float* filter, const int* order, int taps, int inChannels, int outChannels, bool transposed,
                float* packed) {
  const int panels = ceilDiv(outChannels, kPanel);
  parallelFor(panels * taps, [=](int task, int) {
    const int p = task / taps, t = task % taps;
    const int width = panelVectors(outChannels, p) * kLanes, begin = p * kPanel, used = minOf(width, outChannels - begin);
    const float* from = filter + static_cast<std::uint64_t>(order[t]) * inChannels * outChannels;
    float* to = packed + static_cast<std::uint64_t>(p) * kPanel * taps * inChannels + static_cast<std::uint64_t>(t) * inChannels * width;
    if (!transposed) {
      for (int c = 0; c < inChannels; c++, to += width) {
        const float* row = from + static_cast<std::uint64_t>(c) * outChannels + begin;
        for (int k = 0; k < width; k += kLanes)
          store(to + k, used - k >= kLanes ? load(row + k) : loadFirst(row + k, used - k));
      }
      return;
    }
    // In blocks of a vector's length, so that both sides are accessed by whole cache lines.
    for (int c0 = 0; c0 < inChannels; c0 += kLanes) {
      const int depth = minOf(kLanes, inChannels - c0);
      for (int k = 0; k < width; k++) {
        const float* column = from + static_cast<std::uint64_t>(begin + k) * inChannels + c0;
        for (int c = 0; c < depth; c++) to[static_cast<std::uint64_t>(c0 + c) * width + k] = k < used ? column[c] : 0.0f;
      }
    }
  });
}

/** Adds the bias, applies ReLU and stores the sums of `count` pixels for the panel that begins at output channel `begin`. */
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
 * Stores zeros to output channels [begin, end) of the output pixels that the problems compute for a block, because problems without taps
 * write nothing. Row by row, which is much faster than strided pixels.
 */
void zeroOutputs(const GatherProblem& g, const Block& block, int begin, int end) {
  const bool whole = begin == 0 && end == g.outChannels;
  for (int s = 0; s < block.pixelRunCount; s++) {
    const PixelRun& pixels = block.pixelRuns[s];
    const int top = pixels.row * g.outStepHeight, bottom = minOf(g.outHeight, top + g.outStepHeight);
    const int left = pixels.column * g.outStepWidth, width = minOf(g.outWidth - left, pixels.count * g.outStepWidth);
    const std::uint64_t length = whole ? static_cast<std::uint64_t>(width) * g.outChannels : end - begin;
    for (int h = top; h < bottom; h++) {
      float* const row = g.out + ((pixels.image * g.outHeight + h) * g.outWidth + left) * g.outChannels + begin;
      for (int i = 0; i < (whole ? 1 : width); i++) __builtin_memset(row + static_cast<Index>(i) * g.outChannels, 0, length * sizeof(float));
    }
  }
}

/** Splits a call into tasks: by blocks of pixels and, if these are too few, also by panels. */
struct TaskGrid {
  int height, width;  // the largest grid of the problems
  Index pixels;
  int blocks, panels, pixelTasks, panelTasks;
  TaskGrid(const GatherProblem* problems, int count) : height(0), width(0) {
    const GatherProblem& g = problems[0];
    int taps = 0;
    for (int p = 0; p < count; p++) {
      height = maxOf(height, problems[p].gridHeight);
      width = maxOf(width, problems[p].gridWidth);
      taps += problems[p].tapCount;
    }
    pixels = static_cast<Index>(g.batch) * height * width;
    blocks = static_cast<int>(ceilDiv(pixels, kBlock));
    panels = ceilDiv(g.outChannels, kPanel);
    const double work = static_cast<double>(blocks) * kBlock * maxOf(1, taps) * g.inChannels * g.outChannels;
    pixelTasks = tasksFor(work, blocks);
    panelTasks = minOf(panels, maxOf(1, tasksFor(work, kTasks) / maxOf(1, pixelTasks)));
  }
};

/** Sizes of a call's workspace, in floats. */
struct WorkspaceSizes {
  std::uint64_t zeroRow, runs, runIndices, counts, addresses, border, sums, discardRow;
  WorkspaceSizes(const GatherProblem* problems, int count) {
    const GatherProblem& g = problems[0];
    std::uint64_t taps = 0;
    for (int p = 0; p < count; p++) taps += problems[p].tapCount;
    const bool merges = count == 1 && g.inChannels < kMergeChannels;
    zeroRow = roundUp((merges && taps > 0 ? taps : 1) * g.inChannels);
    runs = roundUp(taps * (sizeof(TapRun) / sizeof(float)));
    runIndices = roundUp(taps);
    counts = roundUp(count);
    addresses = roundUp(kBlock * taps * kPointerFloats);
    border = merges ? kBlock * zeroRow : 0;
    sums = kBlock * kPanel;
    discardRow = roundUp(g.outChannels);
  }
  std::uint64_t shared() const { return zeroRow + runs + runIndices + counts; }
  std::uint64_t perThread() const { return 2 * (addresses + border) + 2 * sums + discardRow; }
};

/** The workspace of one thread. */
struct Workspace {
  Block block[2];
  float* sums;             // [kBlock][kPanel]
  float* sumRows[kBlock];  // its rows
  float* chunks;           // [kBlock][kPanel]
  float* out[kBlock];      // output address of each pixel of a problem
  float* discardRow;       // [outChannels] output of pixels outside the problem's grid, never read
  Workspace(const WorkspaceSizes& sizes, float* memory) {
    for (Block& b : block) {
      b.addresses = reinterpret_cast<const float**>(memory);
      b.border = memory + sizes.addresses;
      memory += sizes.addresses + sizes.border;
    }
    sums = memory;
    chunks = sums + sizes.sums;
    discardRow = chunks + sizes.sums;
    for (int q = 0; q < kBlock; q++) sumRows[q] = sums + q * kPanel;
  }
};

/** Computes the output of one problem for a block, panels [firstPanel, lastPanel). */
void computeProblem(const GatherProblem& g, const Block& block, const int* runIndices, int runs, int firstPanel, int lastPanel, Workspace& workspace) {
  placeOutputs(g, block, workspace.discardRow, workspace.out);
  const bool storesSums = g.bias == nullptr && !g.relu;
  for (int p = firstPanel; p < lastPanel; p++) {
    const int vectors = panelVectors(g.outChannels, p), width = vectors * kLanes, begin = p * kPanel;
    const float* panel = g.packed + static_cast<Index>(begin) * g.packedTaps * g.inChannels + static_cast<Index>(g.packedTap) * g.inChannels * width;
    // Sums of full vectors without bias and ReLU are stored directly to the output.
    const bool direct = storesSums && g.outChannels - begin >= width;
    sumPanelOf(vectors, {&block, runIndices, runs, g.tapCount / runs * g.inChannels, panel, workspace.sums, workspace.sumRows, workspace.chunks,
                         direct ? workspace.out : workspace.sumRows, direct ? begin : 0});
    if (!direct) storePanel(g, block.count, begin, workspace.sums, workspace.out);
  }
}

/** State shared by all tasks of a call. */
struct Call {
  const GatherProblem* problems;
  int count;
  TaskGrid grid;
  WorkspaceSizes sizes;
  TapRunList list;
  const float* zeroRow;  // zeros: the input outside the images
  bool hasEmptyProblem;  // some problem has no taps
};

void runTask(const Call& call, int task, Workspace& workspace) {
  const TaskGrid& grid = call.grid;
  const GatherProblem& g = call.problems[0];
  const int pixelTask = task % grid.pixelTasks, panelTask = task / grid.pixelTasks;
  const int firstPanel = portion(grid.panels, panelTask, grid.panelTasks), lastPanel = portion(grid.panels, panelTask + 1, grid.panelTasks);
  const int firstBlock = portion(grid.blocks, pixelTask, grid.pixelTasks), lastBlock = portion(grid.blocks, pixelTask + 1, grid.pixelTasks);
  const auto gatherBlock = [&](int b) {
    const Index begin = grid.pixels * b / grid.blocks, end = grid.pixels * (b + 1) / grid.blocks;
    gather(g, grid.height, grid.width, call.list, call.zeroRow, begin, static_cast<int>(end - begin), workspace.block[b & 1]);
  };
  // While one block is multiplied, the input of the next one is prefetched.
  gatherBlock(firstBlock);
  for (int b = firstBlock; b < lastBlock; b++) {
    if (b + 1 < lastBlock) gatherBlock(b + 1);
    const Block& block = workspace.block[b & 1];
    if (call.hasEmptyProblem) zeroOutputs(g, block, firstPanel * kPanel, minOf(g.outChannels, lastPanel * kPanel));
    const int* runIndices = call.list.runIndices;
    for (int p = 0; p < call.count; runIndices += call.list.counts[p++])
      if (call.list.counts[p] > 0) computeProblem(call.problems[p], block, runIndices, call.list.counts[p], firstPanel, lastPanel, workspace);
  }
}

bool runTogether(const GatherProblem* problems, int count) {
  Call call = {problems, count, {problems, count}, {problems, count}, {}, nullptr, false};
  if (call.grid.pixels == 0) return true;
  const WorkspaceSizes& sizes = call.sizes;
  const int slots = threadCount();
  const ScratchLease lease(sizes.shared() + sizes.perThread() * slots);
  if (lease.data() == nullptr) return false;
  float* const zeroRow = lease.data();
  for (std::size_t i = 0; i < sizes.zeroRow; i++) zeroRow[i] = 0.0f;
  float* const lists = zeroRow + sizes.zeroRow;
  call.list = {reinterpret_cast<TapRun*>(lists), 0, reinterpret_cast<int*>(lists + sizes.runs),
               reinterpret_cast<int*>(lists + sizes.runs + sizes.runIndices)};
  makeTapRuns(problems, count, call.list);
  call.zeroRow = zeroRow;
  for (int p = 0; p < count; p++) call.hasEmptyProblem |= problems[p].tapCount == 0;

  float* const workspaces = zeroRow + sizes.shared();
  parallelFor(
      call.grid.pixelTasks * call.grid.panelTasks,
      [&](int task, int slot) {
        Workspace workspace(sizes, workspaces + sizes.perThread() * slot);
        runTask(call, task, workspace);
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
