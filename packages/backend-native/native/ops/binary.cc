#include "ops/binary.h"

#include <algorithm>

#include "element-split.h"
#include "integer-math.h"
#include "isa/isa.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(BinaryTable, binaryTable)

namespace {

/** Rows shorter than this are repeated to about `kRepeatedRow` elements if one operand is the same row every time. */
constexpr std::int64_t kShortRow = 128;
constexpr std::int64_t kRepeatedRow = 512;

template <class In, class Out>
void oneRow(const RowFunctions<In, Out>& row, const In* a, const In* b, Out* y, std::int64_t count, bool arrayA, bool arrayB) {
  if (arrayA && arrayB) return row.arrays(a, b, y, count);
  if (arrayA) return row.arrayAndValue(a, b, y, count);
  row.valueAndArray(a, b, y, count);
}

/** Combines one row of `width` elements with every row of a matrix. The row is repeated so that vectors are full. */
template <class In, class Out>
void repeatedRow(const RowFunctions<In, Out>& row, const In* matrix, const In* repeated, Out* y, std::int64_t rows,
                 std::int64_t width, bool matrixFirst) {
  In buffer[kRepeatedRow + kShortRow];
  const std::int64_t copies = std::max<std::int64_t>(1, kRepeatedRow / width);
  for (std::int64_t i = 0; i < copies * width; i++) buffer[i] = repeated[i % width];
  const std::int64_t step = copies * width;
  // Tasks begin at the start of a copy.
  const std::int64_t units = ceilDiv(rows * width, step);
  const std::int64_t unitsPerTask = std::max(kElementsPerTask / step, std::int64_t{1});
  parallelFor(static_cast<int>(ceilDiv(units, unitsPerTask)), [&](int task, int) {
    const std::int64_t end = std::min(rows * width, (task + 1) * unitsPerTask * step);
    for (std::int64_t i = task * unitsPerTask * step; i < end; i += step) {
      const std::int64_t count = std::min(step, end - i);
      matrixFirst ? row.arrays(matrix + i, buffer, y + i, count) : row.arrays(buffer, matrix + i, y + i, count);
    }
  });
}

template <class In, class Out>
void broadcast(const RowFunctions<In, Out>& row, const Broadcast& layout, const In* a, const In* b, Out* y) {
  const int last = layout.rank - 1;
  const std::int64_t width = layout.dims[last];
  const bool arrayA = layout.strideA[last] != 0, arrayB = layout.strideB[last] != 0;
  std::int64_t rows = 1;
  for (int d = 0; d < last; d++) rows *= layout.dims[d];
  if (rows == 0 || width == 0) return;
  if (!arrayA && !arrayB) {
    // Both broadcast along the last axis: after collapsing axes, only an output of one element.
    return row.arrays(a, b, y, 1);
  }
  if (layout.rank == 2 && width < kShortRow && arrayA && arrayB) {
    if (layout.strideB[0] == 0 && layout.strideA[0] == width) return repeatedRow(row, a, b, y, rows, width, true);
    if (layout.strideA[0] == 0 && layout.strideB[0] == width) return repeatedRow(row, b, a, y, rows, width, false);
  }
  // A task is a block of rows by a part of their width.
  const Split pieces(width, kElementsPerTask);
  const std::int64_t rowsPerTask = std::max<std::int64_t>(1, kElementsPerTask / width);
  const std::int64_t rowBlocks = ceilDiv(rows, rowsPerTask);
  parallelFor(static_cast<int>(rowBlocks * pieces.tasks()), [&](int task, int) {
    const std::int64_t firstRow = task / pieces.tasks() * rowsPerTask;
    const std::int64_t lastRow = std::min(rows, firstRow + rowsPerTask);
    const std::int64_t begin = pieces.begin(task % pieces.tasks()), size = pieces.size(task % pieces.tasks());
    std::int64_t index[kMaxRank] = {};
    std::int64_t offsetA = arrayA ? begin : 0, offsetB = arrayB ? begin : 0;
    for (std::int64_t d = last - 1, rest = firstRow; d >= 0; d--) {
      index[d] = rest % layout.dims[d];
      rest /= layout.dims[d];
      offsetA += index[d] * layout.strideA[d];
      offsetB += index[d] * layout.strideB[d];
    }
    for (std::int64_t r = firstRow; r < lastRow; r++) {
      oneRow(row, a + offsetA, b + offsetB, y + r * width + begin, size, arrayA, arrayB);
      for (int d = last - 1; d >= 0; d--) {
        offsetA += layout.strideA[d];
        offsetB += layout.strideB[d];
        if (++index[d] < layout.dims[d]) break;
        offsetA -= layout.strideA[d] * layout.dims[d];
        offsetB -= layout.strideB[d] * layout.dims[d];
        index[d] = 0;
      }
    }
  });
}

}  // namespace

void binary(Binary op, const Broadcast& layout, const float* a, const float* b, float* y) {
  broadcast(ST_FOR_ACTIVE_ISA(binaryTable).binary[static_cast<int>(op)], layout, a, b, y);
}

void compare(Comparison op, const Broadcast& layout, const float* a, const float* b, std::uint8_t* y) {
  broadcast(ST_FOR_ACTIVE_ISA(binaryTable).compare[static_cast<int>(op)], layout, a, b, y);
}

void logical(Logical op, const Broadcast& layout, const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y) {
  broadcast(ST_FOR_ACTIVE_ISA(binaryTable).logical[static_cast<int>(op)], layout, a, b, y);
}

}  // namespace st
