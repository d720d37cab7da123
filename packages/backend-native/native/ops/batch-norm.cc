#include "ops/batch-norm.h"

#include <algorithm>
#include <cmath>

#include "element-split.h"
#include "integer-math.h"
#include "isa/isa.h"
#include "memory/vector.h"
#include "parallel.h"
#include "scratch.h"

namespace st {

ST_DECLARE_TABLE(BatchNormTable, batchNormTable)

namespace {

/**
 * The array split into runs of rows and blocks of channels, one task each. A run of one block (128 KiB) is still in the L2 cache when it is
 * read again.
 */
struct Grid {
  explicit Grid(const BatchNormShape& shape)
      : rowsPerRun(std::max<std::int64_t>(32, kElementsPerTask / std::min<std::int64_t>(shape.channels, kChannelBlock))),
        runs(ceilDiv(shape.rows, rowsPerRun)),
        blocks(ceilDiv(shape.channels, kChannelBlock)) {}
  std::int64_t rowsPerRun, runs, blocks;
  int tasks() const { return static_cast<int>(runs * blocks); }
  /** From the end to the beginning: the rows written last are still in the cache, and the pass that follows starts where this one ends. */
  std::int64_t runOf(int task) const { return runs - 1 - task / blocks; }
};

/**
 * With few channels most lanes of a vector would be empty. Then several rows are treated as one, and their channels are combined at the
 * end.
 */
std::int64_t rowsInOne(const BatchNormShape& shape) {
  std::int64_t fold = 1;
  while (shape.channels * fold * 2 <= kChannelBlock && shape.rows % (fold * 2) == 0) fold *= 2;
  return fold;
}

std::int64_t rowsPerApply(std::int64_t channels) { return std::max<std::int64_t>(1, kElementsPerTask / channels); }

ReluMask maskAt(const ReluMask& mask, std::int64_t element, std::int64_t channel) {
  return {mask.y != nullptr ? mask.y + element : nullptr, mask.scale != nullptr ? mask.scale + channel : nullptr,
          mask.shift != nullptr ? mask.shift + channel : nullptr};
}

template <class Body>
void forRows(const BatchNormShape& shape, Body&& body) {
  const std::int64_t step = rowsPerApply(shape.channels);
  parallelFor(static_cast<int>(ceilDiv(shape.rows, step)), [&](int task, int) {
    const std::int64_t first = task * step;
    body(first, std::min(step, shape.rows - first));
  });
}

}  // namespace

bool batchNormStatistics(const BatchNormShape& shape, const float* x, float* mean, float* variance) {
  const std::int64_t fold = rowsInOne(shape);
  const BatchNormShape folded{shape.rows / fold, shape.channels * fold};
  const Grid grid(folded);
  const auto moments = ST_FOR_ACTIVE_ISA(batchNormTable).moments;
  ScratchLease scratch(4 * static_cast<std::uint64_t>(grid.runs * folded.channels));
  if (scratch.data() == nullptr) return false;
  double* means = reinterpret_cast<double*>(scratch.data());
  double* squares = means + grid.runs * folded.channels;
  parallelFor(grid.tasks(), [&](int task, int) {
    const std::int64_t run = grid.runOf(task), firstChannel = task % grid.blocks * kChannelBlock;
    const std::int64_t firstRow = run * grid.rowsPerRun;
    const std::int64_t at = run * folded.channels + firstChannel;
    moments(x + firstRow * folded.channels + firstChannel, std::min(grid.rowsPerRun, folded.rows - firstRow), folded.channels,
            static_cast<int>(std::min<std::int64_t>(kChannelBlock, folded.channels - firstChannel)), means + at, squares + at);
  });
  for (std::int64_t c = 0; c < shape.channels; c++) {
    double count = 0, average = 0, total = 0;
    for (std::int64_t run = 0; run < grid.runs; run++) {
      const double rows = static_cast<double>(std::min(grid.rowsPerRun, folded.rows - run * grid.rowsPerRun));
      for (std::int64_t f = 0; f < fold; f++) {
        const std::int64_t at = run * folded.channels + f * shape.channels + c;
        const double delta = means[at] - average, sum = count + rows;
        average += delta * rows / sum;
        total += squares[at] + delta * delta * count * rows / sum;
        count = sum;
      }
    }
    mean[c] = static_cast<float>(average);
    variance[c] = static_cast<float>(std::max(0.0, total / count));
    if (std::isnan(total)) variance[c] = static_cast<float>(total);
  }
  return true;
}

void batchNormApply(const BatchNormShape& shape, const float* x, const float* scale, const float* shift,
                    const float* residual, bool relu, float* y) {
  const auto apply = ST_FOR_ACTIVE_ISA(batchNormTable).apply;
  forRows(shape, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * shape.channels;
    apply(x + at, scale, shift, residual != nullptr ? residual + at : nullptr, relu, y + at, rows, shape.channels);
  });
}

bool batchNormGradientSums(const BatchNormShape& shape, const float* dy, const float* x, const ReluMask& mask, const float* mean,
                           const float* variance, float epsilon, float* dgamma, float* dbeta) {
  const std::int64_t fold = rowsInOne(shape);
  const BatchNormShape folded{shape.rows / fold, shape.channels * fold};
  const Grid grid(folded);
  const auto sums = ST_FOR_ACTIVE_ISA(batchNormTable).gradientSums;
  ScratchLease scratch(static_cast<std::uint64_t>((4 * grid.runs + 3) * folded.channels));
  if (scratch.data() == nullptr) return false;
  double* totals = reinterpret_cast<double*>(scratch.data());
  double* products = totals + grid.runs * folded.channels;
  float* next = reinterpret_cast<float*>(products + grid.runs * folded.channels);
  const auto foldedCopy = [&](const float* perChannel) {
    float* copy = perChannel != nullptr ? next : nullptr;
    for (std::int64_t k = 0; copy != nullptr && k < folded.channels; k++) *next++ = perChannel[k % shape.channels];
    return copy;
  };
  const float* means = foldedCopy(mean);
  const ReluMask all{mask.y, foldedCopy(mask.scale), foldedCopy(mask.shift)};
  parallelFor(grid.tasks(), [&](int task, int) {
    const std::int64_t run = grid.runOf(task), firstChannel = task % grid.blocks * kChannelBlock;
    const std::int64_t firstRow = run * grid.rowsPerRun;
    const std::int64_t from = firstRow * folded.channels + firstChannel, at = run * folded.channels + firstChannel;
    sums(dy + from, x + from, maskAt(all, from, firstChannel), means + firstChannel,
         std::min(grid.rowsPerRun, folded.rows - firstRow), folded.channels,
         static_cast<int>(std::min<std::int64_t>(kChannelBlock, folded.channels - firstChannel)), totals + at, products + at);
  });
  for (std::int64_t c = 0; c < shape.channels; c++) {
    double total = 0, product = 0;
    for (std::int64_t at = c; at < grid.runs * folded.channels; at += shape.channels) {
      total += totals[at];
      product += products[at];
    }
    dbeta[c] = static_cast<float>(total);
    dgamma[c] = static_cast<float>(product / std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon)));
  }
  return true;
}

void batchNormGradientApply(const BatchNormShape& shape, const GradientInput& in, float* dx, float* dresidual) {
  const auto apply = ST_FOR_ACTIVE_ISA(batchNormTable).gradientApply;
  forRows(shape, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * shape.channels;
    GradientInput part = in;
    part.dy += at;
    if (in.x != nullptr) part.x += at;
    if (in.sum != nullptr) part.sum += at;
    part.mask = maskAt(in.mask, at, 0);
    apply(part, dx + at, dresidual != nullptr ? dresidual + at : nullptr, rows, shape.channels);
  });
}

namespace {

/** (x - mean) / sqrt(variance + epsilon) gamma + beta as x scale + shift. */
void scaleAndShift(std::int64_t count, const BatchNormChannels& from, float* scale, float* shift) {
  for (std::int64_t c = 0; c < count; c++) {
    const double factor = from.gamma[c] / std::sqrt(static_cast<double>(from.variance[c]) + from.epsilon);
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(from.beta[c] - from.mean[c] * factor);
  }
}

}  // namespace

void batchNormNormalize(const BatchNormShape& shape, const BatchNormChannels& channels, const float* x, const float* residual, bool relu,
                        float* y) {
  Vector<float> scale(static_cast<std::uint64_t>(shape.channels)), shift(scale.size());
  scaleAndShift(shape.channels, channels, scale.data(), shift.data());
  batchNormApply(shape, x, scale.data(), shift.data(), residual, relu, y);
}

bool batchNormGradient(const BatchNormShape& shape, const BatchNormChannels& channels, const float* dy, const float* x, const float* y,
                       bool relu, float* dgamma, float* dbeta, const BatchNormCoefficients<float>& to) {
  scaleAndShift(shape.channels, channels, to.scale, to.shift);
  const float epsilon = static_cast<float>(channels.epsilon);
  if (!batchNormGradientSums(shape, dy, x, to.mask(relu, y), channels.mean, channels.variance, epsilon, dgamma, dbeta)) return false;
  // dx = gamma r (g - mean(g) - xhat mean(g xhat)), r = 1 / sqrt(variance + epsilon).
  for (std::int64_t k = 0; k < shape.channels; k++) {
    const double r = 1 / std::sqrt(static_cast<double>(channels.variance[k]) + channels.epsilon);
    const double factor = channels.gamma[k] * r;
    const double slope = -factor * r * dgamma[k] / static_cast<double>(shape.rows);
    const double shift = -factor * dbeta[k] / static_cast<double>(shape.rows);
    to.a[k] = static_cast<float>(factor);
    to.b[k] = static_cast<float>(slope);
    to.c[k] = static_cast<float>(shift - slope * channels.mean[k]);
  }
  return true;
}

void batchNormInferenceGradient(const BatchNormShape& shape, double epsilon, const float* dy, const float* y, const float* variance,
                                const float* gamma, float* dx, float* dresidual) {
  Vector<float> factor(static_cast<std::uint64_t>(shape.channels));
  for (std::size_t k = 0; k < factor.size(); k++)
    factor[k] = static_cast<float>(gamma[k] / std::sqrt(static_cast<double>(variance[k]) + epsilon));
  batchNormGradientApply(shape, {dy, nullptr, {y, nullptr, nullptr}, factor.data(), nullptr, nullptr, nullptr}, dx, dresidual);
}

}  // namespace st
