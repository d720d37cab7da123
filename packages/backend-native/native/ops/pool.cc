#include "ops/pool.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "integer-math.h"
#include "isa/isa.h"
#include "memory/vector.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(PoolTable, poolTable)

namespace {

/** The positions [begin, end) of a window that lie inside the image along one axis. */
struct Inside {
  int begin, end;
  Inside(std::int64_t start, int places, int dilation, int size)
      : begin(static_cast<int>(std::min<std::int64_t>(places, start < 0 ? ceilDiv(-start, dilation) : 0))),
        end(static_cast<int>(start >= size ? 0 : std::min<std::int64_t>(places, (size - 1 - start) / dilation + 1))) {}
};

/** The pixels of one output window that lie inside the image, as pixel offsets. */
class Window {
 public:
  explicit Window(const PoolShape& shape) : shape_(shape), places_(mostPixels(shape)) {}
  /** Most pixels that a window can have inside the image. */
  static std::size_t mostPixels(const PoolShape& shape) {
    return static_cast<std::size_t>(std::min(shape.filterHeight, shape.inHeight)) *
           static_cast<std::size_t>(std::min(shape.filterWidth, shape.inWidth));
  }
  void moveTo(int row, int column) {
    count_ = 0;
    const std::int64_t top = std::int64_t{row} * shape_.strideHeight - shape_.padTop;
    const std::int64_t left = std::int64_t{column} * shape_.strideWidth - shape_.padLeft;
    const Inside rows(top, shape_.filterHeight, shape_.dilationHeight, shape_.inHeight);
    const Inside columns(left, shape_.filterWidth, shape_.dilationWidth, shape_.inWidth);
    for (int i = rows.begin; i < rows.end; i++) {
      const std::int64_t start = (top + std::int64_t{i} * shape_.dilationHeight) * shape_.inWidth + left;
      for (int j = columns.begin; j < columns.end; j++) places_[static_cast<std::size_t>(count_++)] = start + std::int64_t{j} * shape_.dilationWidth;
    }
  }
  int count() const { return count_; }
  std::int64_t operator[](int i) const { return places_[static_cast<std::size_t>(i)]; }

 private:
  const PoolShape& shape_;
  Vector<std::int64_t> places_;
  int count_ = 0;
};

std::int64_t inPixels(const PoolShape& shape) { return std::int64_t{shape.inHeight} * shape.inWidth; }

}  // namespace

void pool(bool maximum, const PoolShape& shape, const float* x, float* y) {
  const PoolTable& table = ST_FOR_ACTIVE_ISA(poolTable);
  parallelFor(shape.batch * shape.outHeight, [&](int task, int) {
    const int row = task % shape.outHeight;
    const float* image = x + task / shape.outHeight * inPixels(shape) * shape.channels;
    float* out = y + std::int64_t{task} * shape.outWidth * shape.channels;
    Window window(shape);
    Vector<const float*> pixels(Window::mostPixels(shape));
    for (int column = 0; column < shape.outWidth; column++, out += shape.channels) {
      window.moveTo(row, column);
      for (int i = 0; i < window.count(); i++) pixels[static_cast<std::size_t>(i)] = image + window[i] * shape.channels;
      (maximum ? table.maximum : table.average)(pixels.data(), window.count(), shape.channels, out);
    }
  });
}

void averagePoolGradient(const PoolShape& shape, const float* dy, float* dx) {
  const auto addScaled = ST_FOR_ACTIVE_ISA(poolTable).addScaled;
  const float factor = 1.0f / (static_cast<float>(shape.filterHeight) * static_cast<float>(shape.filterWidth));
  parallelFor(shape.batch, [&](int n, int) {
    float* image = dx + n * inPixels(shape) * shape.channels;
    std::memset(image, 0, static_cast<std::size_t>(inPixels(shape) * shape.channels) * sizeof(float));
    const float* from = dy + std::int64_t{n} * shape.outHeight * shape.outWidth * shape.channels;
    Window window(shape);
    for (int row = 0; row < shape.outHeight; row++) {
      for (int column = 0; column < shape.outWidth; column++, from += shape.channels) {
        window.moveTo(row, column);
        for (int i = 0; i < window.count(); i++) addScaled(from, factor, shape.channels, image + window[i] * shape.channels);
      }
    }
  });
}

void maximumPoolGradient(const PoolShape& shape, const float* dy, const float* x, float* dx) {
  parallelFor(shape.batch, [&](int n, int) {
    const std::int64_t size = inPixels(shape) * shape.channels;
    const float* image = x + n * size;
    float* out = dx + n * size;
    std::memset(out, 0, static_cast<std::size_t>(size) * sizeof(float));
    const float* from = dy + std::int64_t{n} * shape.outHeight * shape.outWidth * shape.channels;
    Window window(shape);
    for (int row = 0; row < shape.outHeight; row++) {
      for (int column = 0; column < shape.outWidth; column++, from += shape.channels) {
        window.moveTo(row, column);
        for (int c = 0; c < shape.channels; c++) {
          float best = -std::numeric_limits<float>::infinity();
          std::int64_t place = -1;
          for (int i = 0; i < window.count(); i++) {
            const std::int64_t at = window[i] * shape.channels + c;
            if (image[at] > best) {
              best = image[at];
              place = at;
            }
          }
          if (place >= 0) out[place] += from[c];
        }
      }
    }
  });
}

}  // namespace st
