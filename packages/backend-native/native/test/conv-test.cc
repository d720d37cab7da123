// Convolution against float64, on a grid of shapes and on random ones; and the same bits for every number of threads.
#include <cstring>

#include "check.h"
#include "parallel.h"
#include "reference.h"
#include "scratch.h"

namespace st {
namespace test {
namespace {

double worstOf[3][3] = {};  // [algorithm][pass]
std::string worstShape[3][3];
const char* const kAlgorithms[] = {"fast", "accurate", "direct"};
const char* const kPasses[] = {"forward", "input gradient", "filter gradient"};
const double kTolerance[] = {3e-5, 3e-6, 3e-6};

Conv2dShape shapeOf(int n, int h, int w, int c, int k, int r, int q, int sh, int sw, int dh, int dw, int pt, int pb, int pl, int pr) {
  const int oh = (h + pt + pb - (r - 1) * dh - 1) / sh + 1, ow = (w + pl + pr - (q - 1) * dw - 1) / sw + 1;
  return {n, h, w, c, oh, ow, k, r, q, sh, sw, dh, dw, pt, pl};
}

bool possible(const Conv2dShape& s) { return s.outHeight > 0 && s.outWidth > 0; }

void note(int algorithm, int pass, const Conv2dShape& s, double error) {
  if (error > worstOf[algorithm][pass]) worstOf[algorithm][pass] = error, worstShape[algorithm][pass] = nameOf(s);
  char text[64];
  std::snprintf(text, sizeof text, " %s %s error %.2e", kAlgorithms[algorithm], kPasses[pass], error);
  expect(error <= kTolerance[algorithm], nameOf(s) + text);
}

/** All passes of all algorithms on one shape. `mean` is the mean of the input; it is positive after a ReLU. */
void checkShape(const Conv2dShape& s, std::mt19937& rng, float mean = 0.0f) {
  const Floats x = normal(sizeX(s), rng, mean), f = normal(sizeW(s), rng), dy = normal(sizeY(s), rng);
  const auto y = forward(s, x, f), dx = inputGradient(s, dy, f), df = filterGradient(s, x, dy);
  for (int a = 0; a < 3; a++) {
    const ConvAlgorithm algorithm = static_cast<ConvAlgorithm>(a);
    Floats gotY(sizeY(s)), gotDx(sizeX(s)), gotDf(sizeW(s));
    const Floats packed = packFilter(ConvPass::Forward, s, algorithm, f), packedForGradient = packFilter(ConvPass::InputGradient, s, algorithm, f);
    expect(conv2dForward(s, algorithm, x.data(), packed.data(), gotY.data()), "memory");
    note(a, 0, s, errorOf(gotY, y));
    expect(conv2dInputGradient(s, algorithm, dy.data(), packedForGradient.data(), gotDx.data()), "memory");
    note(a, 1, s, errorOf(gotDx, dx));
    expect(conv2dFilterGradient(s, algorithm, x.data(), dy.data(), gotDf.data()), "memory");
    note(a, 2, s, errorOf(gotDf, df, static_cast<double>(s.batch) * s.outHeight * s.outWidth));
  }
}

/** The filter gradient alone, twice: the first run must not affect the second through the workspace. */
void checkFilterGradient(const Conv2dShape& s, std::mt19937& rng) {
  const Floats x = normal(sizeX(s), rng), dy = normal(sizeY(s), rng);
  const auto df = filterGradient(s, x, dy);
  for (int a = 0; a < 6; a++) {
    Floats got(sizeW(s));
    expect(conv2dFilterGradient(s, static_cast<ConvAlgorithm>(a / 2), x.data(), dy.data(), got.data()), "memory");
    note(a / 2, 2, s, errorOf(got, df, static_cast<double>(s.batch) * s.outHeight * s.outWidth));
  }
}

/** Applies post-ops to the plain output, in float64. */
std::vector<double> withPostOps(std::vector<double> out, const PostOps& f, int channels) {
  for (std::size_t i = 0; i < out.size(); i++) {
    if (f.scale != nullptr) out[i] *= f.scale[i % channels];
    if (f.shift != nullptr) out[i] += f.shift[i % channels];
    if (f.mask != nullptr && !(f.mask[i] > 0)) out[i] = 0;
    if (f.residual != nullptr) out[i] += f.residual[i];
    if (f.relu && out[i] < 0) out[i] = 0;
  }
  return out;
}

/** Both passes with all post-ops; `parts` has a bit for each. */
void checkPostOps(const Conv2dShape& s, std::mt19937& rng) {
  const Floats x = normal(sizeX(s), rng), dy = normal(sizeY(s), rng), f = normal(sizeW(s), rng);
  const auto y = forward(s, x, f), dx = inputGradient(s, dy, f);
  for (const ConvPass pass : {ConvPass::Forward, ConvPass::InputGradient}) {
    const bool ahead = pass == ConvPass::Forward;
    const auto& plain = ahead ? y : dx;
    const int channels = ahead ? s.outChannels : s.inChannels;
    const Floats scale = normal(channels, rng), shift = normal(channels, rng), mask = normal(plain.size(), rng), residual = normal(plain.size(), rng);
    for (int a = 0; a < 3; a++) {
      const ConvAlgorithm algorithm = static_cast<ConvAlgorithm>(a);
      const Floats packed = packFilter(pass, s, algorithm, f);
      for (const int parts : {1, 2, 3, 4, 7, 8, 12, 16, 18, 27, 31}) {
        const PostOps postOps = {parts & 1 ? scale.data() : nullptr, parts & 2 ? shift.data() : nullptr, parts & 4 ? mask.data() : nullptr,
                                   parts & 8 ? residual.data() : nullptr, (parts & 16) != 0};
        Floats out(plain.size());
        expect(ahead ? conv2dForward(s, algorithm, x.data(), packed.data(), out.data(), postOps)
                     : conv2dInputGradient(s, algorithm, dy.data(), packed.data(), out.data(), postOps),
               "memory");
        // Relative to the output before the post-ops as well: a mask may leave almost nothing.
        double error = 0, largest = 1e-30;
        const auto want = withPostOps(plain, postOps, channels);
        for (std::size_t i = 0; i < want.size(); i++) {
          const double d = std::fabs(out[i] - want[i]);
          error = d <= error ? error : std::isnan(d) ? INFINITY : d;
          largest = std::max({largest, std::fabs(plain[i]), std::fabs(want[i])});
        }
        expect(error <= 3 * kTolerance[a] * largest, nameOf(s) + " " + kPasses[ahead ? 0 : 1] + " " + kAlgorithms[a] + " finished with " +
                                                         std::to_string(parts) + " error " + std::to_string(error / largest));
      }
    }
  }
}

void checkThreads(const Conv2dShape& s, std::mt19937& rng) {
  const Floats x = normal(sizeX(s), rng), f = normal(sizeW(s), rng), dy = normal(sizeY(s), rng);
  for (int a = 0; a < 3; a++) {
    const ConvAlgorithm algorithm = static_cast<ConvAlgorithm>(a);
    Floats first(sizeY(s) + sizeX(s) + sizeW(s), 0.0f);
    for (int threads : {1, 2, 3, 7, 1}) {
      setThreadCount(threads);
      Floats all(first.size());
      const Floats packed = packFilter(ConvPass::Forward, s, algorithm, f), packedForGradient = packFilter(ConvPass::InputGradient, s, algorithm, f);
      expect(conv2dForward(s, algorithm, x.data(), packed.data(), all.data()) &&
                 conv2dInputGradient(s, algorithm, dy.data(), packedForGradient.data(), all.data() + sizeY(s)) &&
                 conv2dFilterGradient(s, algorithm, x.data(), dy.data(), all.data() + sizeY(s) + sizeX(s)),
             "memory");
      if (threads == 1) std::memcpy(first.data(), all.data(), first.size() * sizeof(float));
      else
        expect(std::memcmp(first.data(), all.data(), first.size() * sizeof(float)) == 0,
               nameOf(s) + " same bits with " + std::to_string(threads) + " threads, " + kAlgorithms[a]);
    }
  }
  setThreadCount(0);
}

void grid(std::mt19937& rng) {
  for (int c : {1, 3, 8, 16, 21})
    for (int k : {1, 3, 7, 16, 33})
      for (int r : {1, 2, 3, 5})
        for (int stride : {1, 2, 3})
          for (int pad : {0, 1, 2}) {
            const Conv2dShape s = shapeOf(2, 7, 6, c, k, r, r, stride, stride, 1, 1, pad, pad, pad, pad);
            if (possible(s)) checkShape(s, rng);
          }
}

void random(std::mt19937& rng, int count) {
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  const int channels[] = {1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 24, 31, 32, 40, 64, 65, 96, 130};
  const auto channel = [&] { return channels[draw(0, 17)]; };
  for (int done = 0; done < count;) {
    const bool square = draw(0, 2) == 0;
    const int r = square ? 3 : draw(1, 5), q = square ? 3 : draw(1, 5), stride = draw(0, 2) == 0;
    const Conv2dShape s = shapeOf(draw(1, 4), draw(1, 19), draw(1, 19), channel(), channel(), r, q, stride ? draw(1, 4) : 1, stride ? draw(1, 4) : 1,
                                  square ? 1 : draw(1, 3), square ? 1 : draw(1, 3), draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3));
    if (!possible(s)) continue;
    checkShape(s, rng);
    if (done % 10 == 0) checkPostOps(s, rng);
    if (done % 40 == 0) checkThreads(s, rng);
    done++;
  }
}

/**
 * Few channels on one side: sizes with partial tiles and vectors, filters that cross one border or all, images that are split into bands of
 * columns or rows.
 */
void fewChannels(std::mt19937& rng) {
  for (int few = 1; few <= 8; few++)
    for (int many : {1, 2, 3, 4, 5, 9, 16, 19, 33}) {
      for (int width : {1, 2, 5, 9, 17}) checkShape(shapeOf(2, 5, width, few, many, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
      checkShape(shapeOf(1, 11, 13, few, many, 5, 5, 1, 1, 1, 1, 0, 3, 4, 1), rng);
      checkShape(shapeOf(2, 9, 7, few, many, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0), rng);
      checkShape(shapeOf(1, 17, 15, few, many, 7, 7, 2, 2, 1, 1, 2, 3, 2, 3), rng);
      checkPostOps(shapeOf(1, 6, 11, few, many, 3, 2, 1, 2, 1, 1, 1, 0, 0, 1), rng);
      checkPostOps(shapeOf(1, 6, 11, many, few, 2, 3, 1, 1, 1, 1, 1, 0, 3, 0), rng);
    }
  checkShape(shapeOf(1, 3, 300, 3, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkShape(shapeOf(1, 3, 290, 65, 3, 1, 9, 1, 1, 1, 1, 0, 0, 4, 4), rng);
  checkShape(shapeOf(1, 150, 40, 7, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkShape(shapeOf(1, 40, 60, 80, 2, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2), rng);
  checkShape(shapeOf(2, 64, 64, 3, 64, 7, 7, 2, 2, 1, 1, 2, 3, 2, 3), rng);
  checkThreads(shapeOf(17, 32, 32, 3, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(9, 30, 33, 48, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
}

/** 3 x 3 at stride 2: every remainder of the tiles; pads that are even, odd and larger than the filter. */
void strided(std::mt19937& rng) {
  for (int h = 1; h <= 18; h++)
    for (int pad = 0; pad <= 3; pad++) {
      const Conv2dShape s = shapeOf(2, h, 19 - h, 48, 64, 3, 3, 2, 2, 1, 1, pad, (pad + h) % 3, pad % 2, h % 4);
      if (possible(s)) checkShape(s, rng);
    }
  for (int c : {9, 16, 33})
    for (int k : {8, 21, 50})
      for (int pad : {0, 1}) checkShape(shapeOf(1, 13, 16, c, k, 3, 3, 2, 2, 1, 1, pad, 1, pad, 1), rng, 0.5f);
  checkPostOps(shapeOf(2, 9, 12, 20, 35, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng);
  for (int pad : {0, 1}) checkThreads(shapeOf(9, 17, 16, 40, 48, 3, 3, 2, 2, 1, 1, pad, 1, pad, 1), rng);
  // Filter gradients whose sums are split by channels, and by transformed value.
  checkThreads(shapeOf(2, 8, 8, 256, 256, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng);
  checkShape(shapeOf(8, 8, 9, 64, 130, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(8, 8, 9, 64, 130, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng);
}

/** The shapes of networks, in which the filter gradient has long sums. */
void networks(std::mt19937& rng) {
  for (float mean : {0.0f, 0.5f}) {
    checkShape(shapeOf(128, 32, 32, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(128, 32, 32, 16, 32, 3, 3, 2, 2, 1, 1, 0, 1, 0, 1), rng, mean);
    checkShape(shapeOf(128, 32, 32, 3, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(32, 16, 16, 128, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(16, 8, 8, 256, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(32, 4, 4, 512, 512, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(32, 16, 16, 64, 128, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0), rng, mean);
    checkShape(shapeOf(32, 16, 16, 128, 256, 3, 3, 2, 2, 1, 1, 0, 1, 0, 1), rng, mean);
    checkShape(shapeOf(32, 16, 16, 128, 256, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(16, 8, 8, 256, 512, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1), rng, mean);
    // Sums over many channels, which are split into parts.
    checkShape(shapeOf(1, 8, 8, 1285, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(1, 8, 8, 2048, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(1, 8, 8, 64, 2048, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng, mean);
    checkShape(shapeOf(1, 8, 8, 16, 52000, 3, 3, 2, 2, 1, 1, 0, 1, 0, 1), rng, mean);
  }
  checkThreads(shapeOf(32, 16, 16, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(32, 16, 16, 128, 130, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(8, 4, 4, 256, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(33, 32, 32, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkThreads(shapeOf(9, 33, 32, 16, 32, 3, 3, 2, 2, 1, 1, 1, 1, 0, 1), rng);
  // Sums over four million pixels.
  checkFilterGradient(shapeOf(4096, 32, 32, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  checkFilterGradient(shapeOf(4096, 32, 32, 3, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1), rng);
  // Tiles with more channels than are held at a time.
  checkFilterGradient(shapeOf(2, 8, 8, 8, 52000, 3, 3, 2, 2, 1, 1, 0, 1, 0, 1), rng);
  // Gradients that are split by channels and have input pixels without a tap.
  const Conv2dShape skip = shapeOf(1, 11, 12, 512, 1024, 1, 1, 2, 3, 1, 1, 0, 0, 0, 0);
  checkShape(skip, rng);
  checkThreads(skip, rng);
}

}  // namespace
}  // namespace test
}  // namespace st

/** `conv-test [number of random shapes]`; up to 100 skips the long checks. */
int main(int argc, char** argv) {
  using namespace st;
  const int count = argc > 1 ? std::atoi(argv[1]) : 300;
  test::onEachIsa([count] {
    std::mt19937 rng(7);
    test::random(rng, count);
    test::grid(rng);
    test::fewChannels(rng);
    test::strided(rng);
    if (count > 100) test::networks(rng);
    std::printf("%s, largest errors:\n", isaName(activeIsa()));
    for (int a = 0; a < 3; a++)
      for (int p = 0; p < 3; p++) {
        std::printf("  %-8s %-15s %.1e  %s\n", test::kAlgorithms[a], test::kPasses[p], test::worstOf[a][p], test::worstShape[a][p].c_str());
        test::worstOf[a][p] = 0;
      }
  });
  stopThreads();
  releaseScratch();
  return test::finish();
}
