#include "conv/depthwise/depthwise.h"

#include "conv/partial-sums.h"
#include "parallel.h"
#include "scratch.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {
namespace {

/** Most partial filter gradients, each summed over a part of the output rows by one task. */
constexpr int kMaxPartials = 32;

/** The input values of outputs o to o + lanes - 1 of a pixel: output o reads channel o / multiplier. */
ST_INLINE Vec inputsOf(const float* x, int o, int multiplier, int lanes) {
  if (multiplier == 1) return lanes == kLanes ? load(x + o) : loadFirst(x + o, lanes);
  Vec v = zero();
  for (int i = 0; i < lanes; i++) v[i] = x[(o + i) / multiplier];
  return v;
}

ST_INLINE Vec loadLanes(const float* p, int lanes) { return lanes == kLanes ? load(p) : loadFirst(p, lanes); }

ST_INLINE void storeLanes(float* p, Vec v, int lanes) {
  if (lanes == kLanes) store(p, v);
  else storeFirst(p, v, lanes);
}

bool forward(const Conv2dShape& s, const float* x, const float* filter, float* y, const PostOps& postOps) {
  const int multiplier = s.outChannels / s.inChannels, rows = s.batch * s.outHeight;
  const Index outputs = s.outChannels;
  const int tasks = tasksFor(static_cast<double>(rows) * s.outWidth * outputs * s.filterHeight * s.filterWidth, rows);
  parallelFor(tasks, [=, &s, &postOps](int task, int) {
    for (int row = portion(rows, task, tasks); row < portion(rows, task + 1, tasks); row++) {
      const int top = row % s.outHeight * s.strideHeight - s.padTop;
      const float* image = x + static_cast<Index>(row / s.outHeight) * s.inHeight * s.inWidth * s.inChannels;
      float* out = y + static_cast<Index>(row) * s.outWidth * outputs;
      for (int column = 0; column < s.outWidth; column++, out += outputs)
        for (int o = 0; o < outputs; o += kLanes) {
          const int lanes = minOf(kLanes, static_cast<int>(outputs) - o);
          Vec sum = postOps.shift != nullptr ? loadLanes(postOps.shift + o, lanes) : zero();
          for (int r = 0; r < s.filterHeight; r++) {
            const int h = top + r * s.dilationHeight;
            if (h < 0 || h >= s.inHeight) continue;
            for (int q = 0; q < s.filterWidth; q++) {
              const int w = column * s.strideWidth + q * s.dilationWidth - s.padLeft;
              if (w < 0 || w >= s.inWidth) continue;
              const Vec in = inputsOf(image + (static_cast<Index>(h) * s.inWidth + w) * s.inChannels, o, multiplier, lanes);
              sum = fma(in, loadLanes(filter + (static_cast<Index>(r) * s.filterWidth + q) * outputs + o, lanes), sum);
            }
          }
          storeLanes(out + o, postOps.relu ? maximum(sum, zero()) : sum, lanes);
        }
    }
  });
  return true;
}

/** Calls `visit(dy pixel, tap)` for every output pixel that depends on input pixel (h, w). */
template <class Visit>
ST_INLINE void forGradientPixels(const Conv2dShape& s, int h, int w, const Visit& visit) {
  for (int r = 0; r < s.filterHeight; r++) {
    const int i = h + s.padTop - r * s.dilationHeight;
    if (i < 0 || i % s.strideHeight != 0 || i / s.strideHeight >= s.outHeight) continue;
    for (int q = 0; q < s.filterWidth; q++) {
      const int j = w + s.padLeft - q * s.dilationWidth;
      if (j < 0 || j % s.strideWidth != 0 || j / s.strideWidth >= s.outWidth) continue;
      visit(static_cast<Index>(i / s.strideHeight) * s.outWidth + j / s.strideWidth, static_cast<Index>(r) * s.filterWidth + q);
    }
  }
}

bool inputGradient(const Conv2dShape& s, const float* dy, const float* filter, float* dx) {
  const int multiplier = s.outChannels / s.inChannels, rows = s.batch * s.inHeight;
  const Index outputs = s.outChannels;
  const int tasks = tasksFor(static_cast<double>(rows) * s.inWidth * outputs * s.filterHeight * s.filterWidth, rows);
  parallelFor(tasks, [=, &s](int task, int) {
    for (int row = portion(rows, task, tasks); row < portion(rows, task + 1, tasks); row++) {
      const int h = row % s.inHeight;
      const float* image = dy + static_cast<Index>(row / s.inHeight) * s.outHeight * s.outWidth * outputs;
      float* out = dx + static_cast<Index>(row) * s.inWidth * s.inChannels;
      for (int w = 0; w < s.inWidth; w++, out += s.inChannels) {
        if (multiplier == 1) {
          for (int c = 0; c < s.inChannels; c += kLanes) {
            const int lanes = minOf(kLanes, s.inChannels - c);
            Vec sum = zero();
            forGradientPixels(s, h, w, [&](Index pixel, Index tap) {
              sum = fma(loadLanes(image + pixel * outputs + c, lanes), loadLanes(filter + tap * outputs + c, lanes), sum);
            });
            storeLanes(out + c, sum, lanes);
          }
          continue;
        }
        for (int c = 0; c < s.inChannels; c++) {
          float sum = 0;
          forGradientPixels(s, h, w, [&](Index pixel, Index tap) {
            const float* a = image + pixel * outputs + static_cast<Index>(c) * multiplier;
            const float* b = filter + tap * outputs + static_cast<Index>(c) * multiplier;
            for (int m = 0; m < multiplier; m++) sum += a[m] * b[m];
          });
          out[c] = sum;
        }
      }
    }
  });
  return true;
}

bool filterGradient(const Conv2dShape& s, const float* x, const float* dy, float* dfilter) {
  const int multiplier = s.outChannels / s.inChannels, rows = s.batch * s.outHeight;
  const Index outputs = s.outChannels, size = static_cast<Index>(s.filterHeight) * s.filterWidth * outputs;
  const int wanted = tasksFor(static_cast<double>(rows) * s.outWidth * static_cast<double>(size), minOf(rows, kMaxPartials));
  const int parts = partsOf(wanted, rows, size);
  const ScratchLease lease(static_cast<std::uint64_t>(size) * parts);
  if (lease.data() == nullptr) return false;
  float* const partials = lease.data();
  parallelFor(parts, [=, &s](int part, int) {
    float* const out = partials + part * size;
    for (Index i = 0; i < size; i++) out[i] = 0.0f;
    for (int row = portion(rows, part, parts); row < portion(rows, part + 1, parts); row++)
      for (int r = 0; r < s.filterHeight; r++) {
        const int h = row % s.outHeight * s.strideHeight + r * s.dilationHeight - s.padTop;
        if (h < 0 || h >= s.inHeight) continue;
        const float* line = x + (static_cast<Index>(row / s.outHeight) * s.inHeight + h) * s.inWidth * s.inChannels;
        for (int q = 0; q < s.filterWidth; q++) {
          const int offset = q * s.dilationWidth - s.padLeft;
          const Span span = insideColumns(0, s.outWidth, s.strideWidth, offset, 1, s.inWidth);
          float* tap = out + (static_cast<Index>(r) * s.filterWidth + q) * outputs;
          for (int o = 0; o < outputs; o += kLanes) {
            const int lanes = minOf(kLanes, static_cast<int>(outputs) - o);
            Vec sum = zero();
            for (int column = span.begin; column < span.end; column++)
              sum = fma(inputsOf(line + static_cast<Index>(column * s.strideWidth + offset) * s.inChannels, o, multiplier, lanes),
                        loadLanes(dy + (static_cast<Index>(row) * s.outWidth + column) * outputs + o, lanes), sum);
            storeLanes(tap + o, loadLanes(tap + o, lanes) + sum, lanes);
          }
        }
      }
  });
  addPartialSums(partials, parts, size, size, dfilter);
  return true;
}

const DepthwiseTable kTable = {forward, inputGradient, filterGradient};

}  // namespace

const DepthwiseTable& depthwiseTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
