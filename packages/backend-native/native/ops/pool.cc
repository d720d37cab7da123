#include "ops/pool.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "isa/isa.h"
#include "parallel.h"

namespace st {

ST_DECLARE_TABLE(PoolTable, poolTable)

namespace {

/** Pixels of one output window that lie in the image, as offsets of pixels from the image's first one. */
class Window {
 public:
  explicit Window(const PoolShape& shape) : shape_(shape) {
    places_.resize(static_cast<std::size_t>(shape.filterHeight) * static_cast<std::size_t>(shape.filterWidth));
  }
  void moveTo(int row, int column) {
    count_ = 0;
    for (int i = 0; i < shape_.filterHeight; i++) {
      const std::int64_t h = std::int64_t{row} * shape_.strideHeight - shape_.padTop + std::int64_t{i} * shape_.dilationHeight;
      if (h < 0 || h >= shape_.inHeight) continue;
      for (int j = 0; j < shape_.filterWidth; j++) {
        const std::int64_t w = std::int64_t{column} * shape_.strideWidth - shape_.padLeft + std::int64_t{j} * shape_.dilationWidth;
        if (w >= 0 && w < shape_.inWidth) places_[static_cast<std::size_t>(count_++)] = h * shape_.inWidth + w;
      }
    }
  }
  int count() const { return count_; }
  std::int64_t operator[](int i) const { return places_[static_cast<std::size_t>(i)]; }

 private:
  const PoolShape& shape_;
  std::vector<std::int64_t> places_;
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
    std::vector<const float*> pixels(static_cast<std::size_t>(shape.filterHeight) * static_cast<std::size_t>(shape.filterWidth));
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
