#include "ops/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "element-split.h"
#include "integer-math.h"
#include "isa/isa.h"
#include "parallel.h"
#include "scratch.h"

namespace st {

ST_DECLARE_TABLE(ReduceTable, reduceTable)

namespace {

double neutral(Reduction op) {
  switch (op) {
    case Reduction::Max: return -std::numeric_limits<double>::infinity();
    case Reduction::Min: return std::numeric_limits<double>::infinity();
    case Reduction::Prod: return 1;
    default: return 0;
  }
}

double combine(Reduction op, double a, double b) {
  switch (op) {
    case Reduction::Max: return a > b || a != a ? a : b;
    case Reduction::Min: return a < b || a != a ? a : b;
    case Reduction::Prod: return a * b;
    default: return a + b;
  }
}

/** One result per row: a task takes many short rows, or a part of a long row. */
bool reduceRows(Reduction op, const ReduceShape& shape, float scale, const float* x, float* y) {
  const auto row = ST_FOR_ACTIVE_ISA(reduceTable).row[static_cast<int>(op)];
  const std::int64_t length = shape.length;
  if (length <= 2 * kElementsPerTask) {
    const std::int64_t rowsPerTask = std::max<std::int64_t>(1, kElementsPerTask / std::max<std::int64_t>(length, 1));
    parallelFor(static_cast<int>(ceilDiv(shape.outer, rowsPerTask)), [&](int task, int) {
      const std::int64_t end = std::min(shape.outer, (task + 1) * rowsPerTask);
      for (std::int64_t r = task * rowsPerTask; r < end; r++) y[r] = static_cast<float>(row(x + r * length, length) * scale);
    });
    return true;
  }
  const Split split(length, kElementsPerTask);
  ScratchLease scratch(2 * static_cast<std::uint64_t>(shape.outer * split.tasks()));
  if (scratch.data() == nullptr) return false;
  double* parts = reinterpret_cast<double*>(scratch.data());
  parallelFor(static_cast<int>(shape.outer * split.tasks()), [&](int task, int) {
    const std::int64_t r = task / split.tasks();
    const int piece = task % split.tasks();
    parts[task] = row(x + r * length + split.begin(piece), split.size(piece));
  });
  for (std::int64_t r = 0; r < shape.outer; r++) {
    double total = neutral(op);
    for (int p = 0; p < split.tasks(); p++) total = combine(op, total, parts[r * split.tasks() + p]);
    y[r] = static_cast<float>(total * scale);
  }
  return true;
}

/** Adjacent results: a task takes a run of rows and a block of columns and keeps their partial results in double precision. */
bool reduceColumns(Reduction op, const ReduceShape& shape, float scale, const float* x, float* y) {
  const auto columns = ST_FOR_ACTIVE_ISA(reduceTable).columns[static_cast<int>(op)];
  const std::int64_t blocks = ceilDiv(shape.inner, kReduceWidth);
  const std::int64_t width = std::min<std::int64_t>(shape.inner, kReduceWidth);
  const std::int64_t rowsPerTask = std::max<std::int64_t>(32, 2 * kElementsPerTask / width);
  const std::int64_t runs = std::max<std::int64_t>(1, ceilDiv(shape.length, rowsPerTask));
  const std::int64_t columnsTotal = shape.outer * shape.inner;
  ScratchLease scratch(2 * static_cast<std::uint64_t>(runs * columnsTotal));
  if (scratch.data() == nullptr) return false;
  double* parts = reinterpret_cast<double*>(scratch.data());
  parallelFor(static_cast<int>(shape.outer * runs * blocks), [&](int task, int) {
    const std::int64_t block = task % blocks, run = task / blocks % runs, outer = task / blocks / runs;
    const std::int64_t firstRow = run * rowsPerTask, rows = std::min(rowsPerTask, shape.length - firstRow);
    const std::int64_t firstColumn = block * kReduceWidth;
    const int count = static_cast<int>(std::min<std::int64_t>(kReduceWidth, shape.inner - firstColumn));
    double* into = parts + run * columnsTotal + outer * shape.inner + firstColumn;
    std::fill(into, into + count, neutral(op));
    if (rows > 0) columns(x + (outer * shape.length + firstRow) * shape.inner + firstColumn, rows, shape.inner, count, into);
  });
  const Split split(columnsTotal, kElementsPerTask);
  parallelFor(split.tasks(), [&](int task, int) {
    const std::int64_t end = split.begin(task) + split.size(task);
    for (std::int64_t c = split.begin(task); c < end; c++) {
      double total = parts[c];
      for (std::int64_t run = 1; run < runs; run++) total = combine(op, total, parts[run * columnsTotal + c]);
      y[c] = static_cast<float>(total * scale);
    }
  });
  return true;
}

}  // namespace

bool reduce(Reduction op, const ReduceShape& shape, float scale, const float* x, float* y) {
  if (shape.outer == 0 || shape.inner == 0) return true;
  return shape.inner == 1 ? reduceRows(op, shape, scale, x, y) : reduceColumns(op, shape, scale, x, y);
}

void argExtreme(bool largest, std::int64_t rows, std::int64_t length, const float* x, std::int32_t* y) {
  const std::int64_t rowsPerTask = std::max<std::int64_t>(1, kElementsPerTask / length);
  parallelFor(static_cast<int>(ceilDiv(rows, rowsPerTask)), [&](int task, int) {
    const std::int64_t end = std::min(rows, (task + 1) * rowsPerTask);
    for (std::int64_t r = task * rowsPerTask; r < end; r++) {
      const float* row = x + r * length;
      std::int32_t best = 0;
      for (std::int64_t i = 1; i < length; i++) {
        const bool better = largest ? row[i] > row[best] : row[i] < row[best];
        if (better || (std::isnan(row[best]) && !std::isnan(row[i]))) best = static_cast<std::int32_t>(i);  // NaN is skipped
      }
      y[r] = best;
    }
  });
}

void softmax(bool logarithmic, std::int64_t rows, std::int64_t length, const float* x, float* y) {
  if (length == 0) return;
  const auto softmaxRow = ST_FOR_ACTIVE_ISA(reduceTable).softmaxRow;
  const std::int64_t rowsPerTask = std::max<std::int64_t>(1, kElementsPerTask / 4 / length);
  parallelFor(static_cast<int>(ceilDiv(rows, rowsPerTask)), [&](int task, int) {
    const std::int64_t end = std::min(rows, (task + 1) * rowsPerTask);
    for (std::int64_t r = task * rowsPerTask; r < end; r++) softmaxRow(logarithmic, x + r * length, y + r * length, length);
  });
}

}  // namespace st
