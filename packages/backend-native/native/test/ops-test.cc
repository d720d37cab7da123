// Element-wise functions, reductions, batch norm, moves, pooling and the SGD step: nearly the same results for every instruction set,
// exactly the same for every number of threads, and sums that agree with float64. Under ThreadSanitizer this test finds tasks that touch
// the same memory.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "check.h"
#include "ops/attack-step.h"
#include "ops/batch-norm.h"
#include "ops/binary.h"
#include "ops/move.h"
#include "ops/optimizer.h"
#include "ops/pool.h"
#include "ops/reduce.h"
#include "ops/unary.h"
#include "parallel.h"

namespace st {
namespace test {
namespace {

using Floats = std::vector<float>;

Floats randomFloats(std::size_t count, std::uint32_t seed) {
  Floats values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed) / 2147483648.0f - 1.0f;
  }
  return values;
}

const std::uint8_t* bytesOf(const Floats& values) { return reinterpret_cast<const std::uint8_t*>(values.data()); }
std::uint8_t* bytesOf(Floats& values) { return reinterpret_cast<std::uint8_t*>(values.data()); }

/** Sizes with a remainder in every vector, and enough work for many tasks. */
constexpr int kRows = 3001, kChannels = 67;
constexpr std::size_t kCount = std::size_t{kRows} * kChannels;

void unaries(std::vector<Floats>& results, const Floats& x) {
  for (int op = 0; op < static_cast<int>(Unary::Count); op++) {
    Floats y(kCount);
    unary(static_cast<Unary>(op), x.data(), y.data(), static_cast<std::int64_t>(kCount), 0.25f, 0.75f);
    results.push_back(y);
  }
}

void binaries(std::vector<Floats>& results, const Floats& x, const Floats& other) {
  const Broadcast same{1, {static_cast<std::int64_t>(kCount)}, {1}, {1}};
  const Broadcast row{2, {kRows, kChannels}, {kChannels, 1}, {0, 1}};
  const Broadcast column{2, {kRows, kChannels}, {kChannels, 1}, {1, 0}};
  for (int op = 0; op < static_cast<int>(Binary::Count); op++) {
    for (const Broadcast& layout : {same, row, column}) {
      Floats y(kCount);
      binary(static_cast<Binary>(op), layout, x.data(), other.data(), y.data());
      results.push_back(y);
    }
  }
}

void reductions(std::vector<Floats>& results, const Floats& x) {
  const ReduceShape shapes[] = {{1, static_cast<std::int64_t>(kCount), 1}, {kRows, kChannels, 1}, {1, kRows, kChannels}};
  for (int op = 0; op < static_cast<int>(Reduction::Count); op++) {
    for (const ReduceShape& shape : shapes) {
      Floats y(static_cast<std::size_t>(shape.outer * shape.inner));
      expect(reduce(static_cast<Reduction>(op), shape, 1.0f, x.data(), y.data()), "a reduction finds memory");
      results.push_back(y);
    }
  }
  double exact = 0, magnitude = 0;
  for (float value : x) exact += static_cast<double>(value), magnitude += std::fabs(static_cast<double>(value));
  expect(std::fabs(static_cast<double>(results[results.size() - 12][0]) - exact) < 1e-8 * magnitude, "a sum agrees with float64");
  Floats y(kCount);
  softmax(false, kRows, kChannels, x.data(), y.data());
  results.push_back(y);
}

void normalizations(std::vector<Floats>& results, const Floats& x, const Floats& other) {
  const BatchNormShape shape{kRows, kChannels};
  Floats mean(kChannels), variance(kChannels), y(kCount), dgamma(kChannels), dbeta(kChannels), dx(kCount), dresidual(kCount), summed(kCount);
  expect(batchNormStatistics(shape, x.data(), mean.data(), variance.data()), "statistics find memory");
  for (int c = 0; c < kChannels; c += 13) {
    double sum = 0, squares = 0;
    for (int r = 0; r < kRows; r++) sum += x[static_cast<std::size_t>(r * kChannels + c)];
    for (int r = 0; r < kRows; r++) squares += std::pow(x[static_cast<std::size_t>(r * kChannels + c)] - sum / kRows, 2);
    const std::size_t at = static_cast<std::size_t>(c);
    expect(std::fabs(mean[at] - sum / kRows) < 1e-7 && std::fabs(variance[at] - squares / kRows) < 1e-7,
           "statistics agree with float64");
  }
  batchNormApply(shape, x.data(), variance.data(), mean.data(), other.data(), true, y.data());
  const auto gradients = [&](const ReluMask& mask) {
    expect(batchNormGradientSums(shape, other.data(), x.data(), mask, mean.data(), variance.data(), 1e-5f, dgamma.data(), dbeta.data()),
           "gradient sums find memory");
    const GradientInput in{other.data(), x.data(), mask, mean.data(), variance.data(), dbeta.data(), nullptr};
    batchNormGradientApply(shape, in, dx.data(), dresidual.data());
    GradientInput withSum = in;
    withSum.sum = other.data();
    batchNormGradientApply(shape, withSum, summed.data(), nullptr);
    for (std::size_t i = 0; i < kCount; i++) dx[i] += other[i];
    expect(summed == dx, "the fused sum equals a separate one");
  };
  const ReluMask fromOutput{y.data(), nullptr, nullptr}, fromInput{nullptr, variance.data(), mean.data()};
  gradients(fromOutput);
  Floats scaled(kCount), masked(kCount);
  batchNormGradientApply(shape, {other.data(), nullptr, fromOutput, variance.data(), nullptr, nullptr, nullptr}, scaled.data(), masked.data());
  expect(masked == dresidual, "both gradients use the same mask");
  for (const Floats& result : {mean, variance, y, dgamma, dbeta, dx, dresidual, scaled}) results.push_back(result);
  batchNormApply(shape, x.data(), variance.data(), mean.data(), nullptr, true, y.data());
  gradients(fromOutput);
  const Floats wanted[] = {dgamma, dbeta, dx, dresidual};
  gradients(fromInput);
  expect(dgamma == wanted[0] && dbeta == wanted[1] && dx == wanted[2] && dresidual == wanted[3], "the ReLU mask recomputed from x equals that of y");
}

void moves(std::vector<Floats>& results, const Floats& x) {
  Floats y(kCount), padded(2 * kCount);
  const StridedCopy transposed{2, {kChannels, kRows}, {1, kChannels}, {kRows, 1}, 0, 0};
  stridedCopy(transposed, 4, bytesOf(x), bytesOf(y));
  bool right = true;
  for (int r = 0; r < kRows; r++)
    for (int c = 0; c < kChannels; c++)
      right = right && y[static_cast<std::size_t>(c * kRows + r)] == x[static_cast<std::size_t>(r * kChannels + c)];
  expect(right, "a transposition moves every element to its place");
  const StridedCopy reversed{2, {kRows, kChannels}, {-kChannels, 1}, {2 * kChannels, 1}, (kRows - 1) * kChannels, 5};
  const float filler = 9;
  fill(static_cast<std::int64_t>(padded.size()), 4, reinterpret_cast<const std::uint8_t*>(&filler), bytesOf(padded));
  stridedCopy(reversed, 4, bytesOf(x), bytesOf(padded));
  const std::int32_t indices[] = {3, 0, 66, 3};
  Floats gathered(kRows * 4u);
  gather(kRows, kChannels, 1, 4, indices, 4, bytesOf(x), bytesOf(gathered));
  for (const Floats& result : {y, padded, gathered}) results.push_back(result);
}

void poolings(std::vector<Floats>& results, const Floats& x) {
  const PoolShape shape{3, 31, 29, kChannels, 16, 15, 3, 2, 2, 2, 1, 1, 1, 0};
  const std::size_t inside = 3u * 31 * 29 * kChannels, outside = 3u * 16 * 15 * kChannels;
  Floats average(outside), maximum(outside), fromAverage(inside), fromMaximum(inside);
  pool(false, shape, x.data(), average.data());
  pool(true, shape, x.data(), maximum.data());
  averagePoolGradient(shape, average.data(), fromAverage.data());
  maximumPoolGradient(shape, average.data(), x.data(), fromMaximum.data());
  for (const Floats& result : {average, maximum, fromAverage, fromMaximum}) results.push_back(result);
}

void updates(std::vector<Floats>& results, const Floats& x, const Floats& other) {
  Floats parameter(kCount), velocity(kCount);
  sgdUpdate({0.1f, 0.9f, 5e-4f, true}, static_cast<std::int64_t>(kCount), x.data(), other.data(), x.data(), parameter.data(),
            velocity.data());
  Floats moved(kCount);
  linfStep({0.1f, 0.3f, 0.0f, 1.0f}, static_cast<std::int64_t>(kCount), x.data(), other.data(), x.data(), moved.data());
  for (const Floats& result : {parameter, velocity, moved}) results.push_back(result);
}

std::vector<Floats> everything() {
  const Floats x = randomFloats(kCount, 1), other = randomFloats(kCount, 2);
  std::vector<Floats> results;
  unaries(results, x);
  binaries(results, x, other);
  reductions(results, x);
  normalizations(results, x, other);
  moves(results, x);
  poolings(results, x);
  updates(results, x, other);
  return results;
}

bool sameBits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void givesTheSameBitsForEveryNumberOfThreads() {
  setThreadCount(1);
  const std::vector<Floats> alone = everything();
  for (int threads : {2, 3, 5}) {
    setThreadCount(threads);
    const std::vector<Floats> together = everything();
    for (std::size_t i = 0; i < alone.size(); i++)
      expect(sameBits(alone[i], together[i]), "result " + std::to_string(i) + " with " + std::to_string(threads) + " threads");
  }
}

}  // namespace
}  // namespace test
}  // namespace st

int main() {
  using namespace st;
  test::onEachIsa(test::givesTheSameBitsForEveryNumberOfThreads);
  return test::finish();
}
