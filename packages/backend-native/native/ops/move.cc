#include "ops/move.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "element-split.h"
#include "integer-math.h"
#include "parallel.h"

namespace st {
namespace {

/** Side of the square of a transposition: 32 x 32 floats of both arrays fit the L1 cache. */
constexpr std::int64_t kTile = 32;

/** Sorts the axes so that `to` is traversed in memory order, drops axes of length 1, and merges adjacent axes that are contiguous. */
StridedCopy canonicalLayout(const StridedCopy& layout) {
  StridedCopy out = layout;
  int order[kMaxRank], used = 0;
  for (int d = 0; d < layout.rank; d++) if (layout.dims[d] != 1) order[used++] = d;
  std::stable_sort(order, order + used, [&](int a, int b) { return layout.toStride[a] > layout.toStride[b]; });
  out.rank = 0;
  for (int i = 0; i < used; i++) {
    const int d = order[i];
    const int last = out.rank - 1;
    if (last >= 0 && out.fromStride[last] == layout.fromStride[d] * layout.dims[d] &&
        out.toStride[last] == layout.toStride[d] * layout.dims[d]) {
      out.dims[last] *= layout.dims[d];
      out.fromStride[last] = layout.fromStride[d];
      out.toStride[last] = layout.toStride[d];
      continue;
    }
    out.dims[out.rank] = layout.dims[d];
    out.fromStride[out.rank] = layout.fromStride[d];
    out.toStride[out.rank] = layout.toStride[d];
    out.rank++;
  }
  if (out.rank == 0) {
    out.rank = 1;
    out.dims[0] = out.fromStride[0] = out.toStride[0] = 1;
  }
  return out;
}

template <class T>
void copyRow(const T* from, std::int64_t fromStride, T* to, std::int64_t toStride, std::int64_t count) {
  if (toStride == 1 && fromStride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  } else if (toStride == 1 && fromStride == 0) {
    std::fill(to, to + count, *from);
  } else {
    for (std::int64_t i = 0; i < count; i++) to[i * toStride] = from[i * fromStride];
  }
}

/** Iterates over the first `outerRank` axes: calls body(fromOffset, toOffset) for indices [first, end) of their product. */
template <class Body>
void walk(const StridedCopy& layout, int outerRank, std::int64_t first, std::int64_t end, Body&& body) {
  std::int64_t index[kMaxRank] = {}, from = layout.from, to = layout.to;
  for (std::int64_t d = outerRank - 1, rest = first; d >= 0; d--) {
    index[d] = rest % layout.dims[d];
    rest /= layout.dims[d];
    from += index[d] * layout.fromStride[d];
    to += index[d] * layout.toStride[d];
  }
  for (std::int64_t i = first; i < end; i++) {
    body(from, to);
    for (int d = outerRank - 1; d >= 0; d--) {
      from += layout.fromStride[d];
      to += layout.toStride[d];
      if (++index[d] < layout.dims[d]) break;
      from -= layout.fromStride[d] * layout.dims[d];
      to -= layout.toStride[d] * layout.dims[d];
      index[d] = 0;
    }
  }
}

/**
 * The axis that is contiguous in `from`, to be swapped next to the last one so that both can be traversed in tiles; -1 if there is none.
 */
int contiguousSource(const StridedCopy& layout) {
  for (int d = layout.rank - 2; d >= 0; d--) if (layout.fromStride[d] == 1 && layout.dims[d] >= 4) return d;
  return -1;
}

template <class T>
void copyTiles(StridedCopy layout, int axis, const T* from, T* to) {
  const int last = layout.rank - 1;
  for (int d = axis; d + 1 < last; d++) {
    std::swap(layout.dims[d], layout.dims[d + 1]);
    std::swap(layout.fromStride[d], layout.fromStride[d + 1]);
    std::swap(layout.toStride[d], layout.toStride[d + 1]);
  }
  const std::int64_t height = layout.dims[last - 1], width = layout.dims[last];
  const std::int64_t tilesDown = ceilDiv(height, kTile);
  std::int64_t outer = 1;
  for (int d = 0; d < last - 1; d++) outer *= layout.dims[d];
  const std::int64_t strips = outer * tilesDown;
  const std::int64_t perTask = std::max<std::int64_t>(1, kElementsPerTask / (kTile * width));
  parallelFor(static_cast<int>(ceilDiv(strips, perTask)), [&](int task, int) {
    for (std::int64_t s = task * perTask; s < std::min(strips, (task + 1) * perTask); s++) {
      const std::int64_t top = s % tilesDown * kTile, rows = std::min(kTile, height - top);
      walk(layout, last - 1, s / tilesDown, s / tilesDown + 1, [&](std::int64_t source, std::int64_t target) {
        const T* a = from + source + top * layout.fromStride[last - 1];
        T* b = to + target + top * layout.toStride[last - 1];
        for (std::int64_t left = 0; left < width; left += kTile) {
          const std::int64_t columns = std::min(kTile, width - left);
          for (std::int64_t r = 0; r < rows; r++) {
            copyRow(a + r * layout.fromStride[last - 1] + left * layout.fromStride[last], layout.fromStride[last],
                    b + r * layout.toStride[last - 1] + left * layout.toStride[last], layout.toStride[last], columns);
          }
        }
      });
    }
  });
}

template <class T>
void copyAll(const StridedCopy& wanted, const T* from, T* to) {
  const StridedCopy layout = canonicalLayout(wanted);
  const int last = layout.rank - 1;
  for (int d = 0; d < layout.rank; d++) if (layout.dims[d] == 0) return;
  const int axis = layout.fromStride[last] != 1 && layout.fromStride[last] != 0 ? contiguousSource(layout) : -1;
  if (axis >= 0) return copyTiles(layout, axis, from, to);
  std::int64_t rows = 1;
  for (int d = 0; d < last; d++) rows *= layout.dims[d];
  const std::int64_t width = layout.dims[last];
  const Split pieces(width, kElementsPerTask);
  const std::int64_t rowsPerTask = std::max<std::int64_t>(1, kElementsPerTask / width);
  const std::int64_t blocks = ceilDiv(rows, rowsPerTask);
  parallelFor(static_cast<int>(blocks * pieces.tasks()), [&](int task, int) {
    const std::int64_t first = task / pieces.tasks() * rowsPerTask;
    const std::int64_t begin = pieces.begin(task % pieces.tasks()), size = pieces.size(task % pieces.tasks());
    walk(layout, last, first, std::min(rows, first + rowsPerTask), [&](std::int64_t source, std::int64_t target) {
      copyRow(from + source + begin * layout.fromStride[last], layout.fromStride[last],
              to + target + begin * layout.toStride[last], layout.toStride[last], size);
    });
  });
}

template <class Body>
void forPieces(std::int64_t count, Body&& body) {
  const Split split(count, kElementsPerTask);
  parallelFor(split.tasks(), [&](int task, int) { body(split.begin(task), split.begin(task) + split.size(task)); });
}

std::int32_t toInt32(float x) {
  if (x > -2147483648.0f && x < 2147483648.0f) return static_cast<std::int32_t>(x);
  if (!std::isfinite(x)) return 0;
  const double modulus = 4294967296.0;
  const double rest = std::fmod(std::trunc(static_cast<double>(x)), modulus);
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int64_t>(rest)));
}

}  // namespace

void stridedCopy(const StridedCopy& layout, int elementSize, const std::uint8_t* from, std::uint8_t* to) {
  switch (elementSize) {
    case 1: return copyAll(layout, from, to);
    case 4: return copyAll(layout, reinterpret_cast<const std::uint32_t*>(from), reinterpret_cast<std::uint32_t*>(to));
    default: return copyAll(layout, reinterpret_cast<const std::uint64_t*>(from), reinterpret_cast<std::uint64_t*>(to));
  }
}

void fill(std::int64_t count, int elementSize, const std::uint8_t* value, std::uint8_t* to) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    if (elementSize == 1) {
      std::memset(to + begin, *value, static_cast<std::size_t>(end - begin));
    } else {
      std::uint32_t word;
      std::memcpy(&word, value, sizeof word);
      std::uint32_t* words = reinterpret_cast<std::uint32_t*>(to);
      std::fill(words + begin, words + end, word);
    }
  });
}

void gather(std::int64_t outer, std::int64_t length, std::int64_t inner, std::int64_t indexCount, const std::int32_t* indices,
            int elementSize, const std::uint8_t* x, std::uint8_t* y) {
  if (inner == 0) return;
  const std::size_t bytes = static_cast<std::size_t>(inner * elementSize);
  const std::int64_t perTask = std::max<std::int64_t>(1, 4 * kElementsPerTask / std::max<std::int64_t>(1, inner * elementSize));
  const std::int64_t rows = outer * indexCount;
  parallelFor(static_cast<int>(ceilDiv(rows, perTask)), [&](int task, int) {
    for (std::int64_t r = task * perTask; r < std::min(rows, (task + 1) * perTask); r++) {
      const std::int64_t from = r / indexCount * length + indices[r % indexCount];
      std::memcpy(y + static_cast<std::size_t>(r) * bytes, x + static_cast<std::size_t>(from) * bytes, bytes);
    }
  });
}

void selectElements(std::int64_t count, std::int64_t repeat, const std::uint8_t* condition, const float* a, const float* b,
                    float* y) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    if (repeat == 1) {
      for (std::int64_t i = begin; i < end; i++) y[i] = condition[i] == 1 ? a[i] : b[i];
    } else {
      for (std::int64_t i = begin; i < end; i++) y[i] = condition[i / repeat] == 1 ? a[i] : b[i];
    }
  });
}

void intsToFloats(std::int64_t count, const std::int32_t* x, float* y) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i++) y[i] = static_cast<float>(x[i]);
  });
}

void bytesToFloats(std::int64_t count, const std::uint8_t* x, float* y) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i++) y[i] = static_cast<float>(x[i]);
  });
}

void floatsToInts(std::int64_t count, const float* x, std::int32_t* y) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i++) y[i] = toInt32(x[i]);
  });
}

void floatsToBytes(std::int64_t count, const float* x, std::uint8_t* y) {
  forPieces(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i++) y[i] = x[i] != 0.0f ? 1 : 0;
  });
}

}  // namespace st
