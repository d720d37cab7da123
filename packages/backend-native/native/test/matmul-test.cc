// Matrix products and depthwise convolutions against float64.
#include <algorithm>

#include "check.h"
#include "conv/conv.h"
#include "matmul/matmul.h"
#include "parallel.h"
#include "reference.h"
#include "scratch.h"

namespace st {
namespace test {
namespace {

constexpr double kTolerance = 3e-6;

double worst = 0;

void note(double error, const std::string& name) {
  worst = std::max(worst, error);
  expect(error <= kTolerance, name + " error " + std::to_string(error));
}

void checkMatmul(int batch, int rows, int columns, int inner, bool turnA, bool turnB, bool oneA, bool oneB, bool postOps, std::mt19937& rng) {
  const std::size_t sizeA = static_cast<std::size_t>(rows) * inner, sizeB = static_cast<std::size_t>(inner) * columns;
  const Floats a = normal(oneA ? sizeA : sizeA * batch, rng), b = normal(oneB ? sizeB : sizeB * batch, rng), bias = normal(columns, rng);
  const MatmulShape s = {batch, rows, columns, inner, oneA ? 0 : static_cast<std::int64_t>(sizeA), oneB ? 0 : static_cast<std::int64_t>(sizeB), turnA, turnB};
  std::vector<double> want(static_cast<std::size_t>(batch) * rows * columns);
  for (int n = 0; n < batch; n++)
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < columns; j++) {
        double sum = postOps ? bias[j] : 0;
        for (int k = 0; k < inner; k++)
          sum += static_cast<double>(a[n * s.batchStrideA + (turnA ? static_cast<std::size_t>(k) * rows + i : static_cast<std::size_t>(i) * inner + k)]) *
                 b[n * s.batchStrideB + (turnB ? static_cast<std::size_t>(j) * inner + k : static_cast<std::size_t>(k) * columns + j)];
        want[(static_cast<std::size_t>(n) * rows + i) * columns + j] = postOps ? std::max(sum, 0.0) : sum;
      }
  const std::string name = "matmul batch " + std::to_string(batch) + " [" + std::to_string(rows) + ", " + std::to_string(inner) + ", " +
                           std::to_string(columns) + "] transposed " + std::to_string(turnA) + std::to_string(turnB);
  Floats first(want.size());
  for (int threads : {1, 2, 3}) {
    setThreadCount(threads);
    Floats c(want.size());
    expect(matmul(s, a.data(), b.data(), c.data(), postOps ? PostOps::biasAndRelu(bias.data(), true) : PostOps{}), "memory");
    if (threads == 1) {
      note(errorOf(c, want, inner), name);
      first = std::move(c);
    } else {
      expect(std::equal(c.data(), c.data() + c.size(), first.data()), name + " same bits with " + std::to_string(threads) + " threads");
    }
  }
}

void checkDepthwise(const Conv2dShape& s, std::mt19937& rng) {
  const int C = s.inChannels, M = s.outChannels / C;
  const std::size_t filterSize = static_cast<std::size_t>(s.filterHeight) * s.filterWidth * s.outChannels;
  const Floats x = normal(sizeX(s), rng), f = normal(filterSize, rng), dy = normal(sizeY(s), rng), bias = normal(s.outChannels, rng);
  std::vector<double> y(sizeY(s)), dx(sizeX(s)), df(filterSize);
  forPixelPairs(s, [&](std::size_t a, std::size_t b, int t) {
    for (int c = 0; c < C; c++)
      for (int m = 0; m < M; m++) {
        const std::size_t o = c * M + m;
        const double in = x[a * C + c], weight = f[t * C * M + o], out = dy[b * C * M + o];
        y[b * C * M + o] += in * weight;
        dx[a * C + c] += out * weight;
        df[t * C * M + o] += in * out;
      }
  });
  Floats gotY(y.size()), gotDx(dx.size()), gotDf(df.size());
  expect(depthwiseConv2dForward(s, x.data(), f.data(), gotY.data()) && depthwiseConv2dInputGradient(s, dy.data(), f.data(), gotDx.data()) &&
             depthwiseConv2dFilterGradient(s, x.data(), dy.data(), gotDf.data()),
         "memory");
  note(errorOf(gotY, y), "depthwise forward " + nameOf(s));
  note(errorOf(gotDx, dx), "depthwise input gradient " + nameOf(s));
  note(errorOf(gotDf, df), "depthwise filter gradient " + nameOf(s));
  for (std::size_t i = 0; i < y.size(); i++) y[i] = std::max(0.0, y[i] + bias[i % s.outChannels]);
  expect(depthwiseConv2dForward(s, x.data(), f.data(), gotY.data(), PostOps::biasAndRelu(bias.data(), true)), "memory");
  note(errorOf(gotY, y), "depthwise forward with bias and ReLU " + nameOf(s));
}

void checkAll(int count) {
  std::mt19937 rng(3);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  const int sizes[] = {1, 2, 3, 7, 8, 10, 16, 17, 31, 64, 100, 130, 257};
  const auto size = [&] { return sizes[draw(0, 12)]; };
  for (int turn = 0; turn < 4; turn++)
    for (int i = 0; i < count / 5; i++)
      checkMatmul(i % 4 == 0 ? draw(2, 9) : 1, size(), size(), size(), turn & 1, turn & 2, i % 8 == 0, i % 16 == 4, i % 3 == 0, rng);
  if (count > 100) {
    checkMatmul(1, 700, 600, 500, false, false, false, false, false, rng);
    checkMatmul(2, 700, 600, 500, true, true, false, false, false, rng);
    // Long sums, such as the product of a whole gradient with itself.
    for (int columns = 1; columns <= 6; columns++)
      for (bool turned : {false, true}) checkMatmul(1, 2, columns, 4000003, turned, false, false, false, columns == 6, rng);
    checkDepthwise({1, 1000003, 1, 2, 1000003, 1, 4, 3, 1, 1, 1, 1, 1, 1, 0}, rng);
  }
  checkMatmul(2, 5, 7, 0, false, false, false, false, true, rng);
  setThreadCount(0);
  for (int i = 0; i < count;) {
    const int c = draw(1, 40), m = draw(1, 2) == 1 ? 1 : draw(2, 4), h = draw(1, 15), w = draw(1, 15), r = draw(1, 5), q = draw(1, 5);
    const int sh = draw(1, 3), sw = draw(1, 3), dh = draw(1, 2), dw = draw(1, 2), pt = draw(0, 3), pl = draw(0, 3);
    const int oh = (h + pt + draw(0, 3) - (r - 1) * dh - 1) / sh + 1, ow = (w + pl + draw(0, 3) - (q - 1) * dw - 1) / sw + 1;
    if (h + pt - (r - 1) * dh < 1 || w + pl - (q - 1) * dw < 1) continue;
    checkDepthwise({draw(1, 3), h, w, c, oh, ow, c * m, r, q, sh, sw, dh, dw, pt, pl}, rng);
    i++;
  }
}

}  // namespace
}  // namespace test
}  // namespace st

/** `matmul-test [number of random shapes]`; up to 100 skips the large ones. */
int main(int argc, char** argv) {
  using namespace st;
  const int count = argc > 1 ? std::atoi(argv[1]) : 200;
  test::onEachIsa([count] {
    test::worst = 0;
    test::checkAll(count);
    std::printf("%s: largest error %.1e\n", isaName(activeIsa()), test::worst);
  });
  stopThreads();
  releaseScratch();
  return test::finish();
}
