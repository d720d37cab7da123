// GFLOP/s of each layer shape (counting the operations of the direct convolution), and the measured peak rate of fused multiply-adds.
// bench [threads] [part of a layer's name] [rounds]
#include <chrono>
#include <cstring>
#include <ctime>

#include "fma-peak.h"
#include "isa/isa.h"
#include "parallel.h"
#include "reference.h"

namespace st {
namespace test {
namespace {

/** Seconds; with one thread, this thread's CPU time, which other processes disturb less. */
double now() {
#if defined(__linux__)
  if (threadCount() == 1) {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/** Seconds of the fastest of several runs: other processes can only make a run slower. */
template <class Body>
double fastest(int rounds, Body body) {
  body();
  double best = 1e30;
  const double begin = now();
  for (int i = 0; i < rounds || (now() - begin < 0.05 && i < 100 * rounds); i++) {
    const double start = now();
    body();
    best = std::min(best, now() - start);
  }
  return best;
}

struct Layer {
  const char* name;
  int batch, size, in, out, filter, stride;
};

const Layer kLayers[] = {
    {"resnet18 stem", 32, 32, 3, 64, 3, 1},       {"resnet18 1", 32, 32, 64, 64, 3, 1},        {"resnet18 2 down", 32, 32, 64, 128, 3, 2},
    {"resnet18 2 skip", 32, 32, 64, 128, 1, 2},   {"resnet18 2", 32, 16, 128, 128, 3, 1},      {"resnet18 3 down", 32, 16, 128, 256, 3, 2},
    {"resnet18 3 skip", 32, 16, 128, 256, 1, 2},  {"resnet18 3", 32, 8, 256, 256, 3, 1},       {"resnet18 4 down", 32, 8, 256, 512, 3, 2},
    {"resnet18 4 skip", 32, 8, 256, 512, 1, 2},   {"resnet18 4", 32, 4, 512, 512, 3, 1},       {"resnet18 1", 128, 32, 64, 64, 3, 1},
    {"resnet18 2", 128, 16, 128, 128, 3, 1},      {"resnet18 3", 128, 8, 256, 256, 3, 1},      {"resnet18 4", 128, 4, 512, 512, 3, 1},
    {"wrn-10-1 stem", 128, 32, 3, 16, 3, 1},      {"wrn-10-1 1", 128, 32, 16, 16, 3, 1},       {"wrn-10-1 2 down", 128, 32, 16, 32, 3, 2},
    {"wrn-10-1 2 skip", 128, 32, 16, 32, 1, 2},   {"wrn-10-1 2", 128, 16, 32, 32, 3, 1},       {"wrn-10-1 3 down", 128, 16, 32, 64, 3, 2},
    {"wrn-10-1 3", 128, 8, 64, 64, 3, 1},         {"wrn-10-2 1 widen", 128, 32, 16, 32, 3, 1}, {"wrn-10-2 1 skip", 128, 32, 16, 32, 1, 1},
    {"wrn-10-2 1", 128, 32, 32, 32, 3, 1},        {"wrn-10-2 2 down", 128, 32, 32, 64, 3, 2},  {"wrn-10-2 2", 128, 16, 64, 64, 3, 1},
    {"wrn-10-2 3", 128, 8, 128, 128, 3, 1},       {"wrn-16-4 1 widen", 32, 32, 16, 64, 3, 1},  {"wrn-16-4 1", 32, 32, 64, 64, 3, 1},
    {"wrn-16-4 2 down", 32, 32, 64, 128, 3, 2},   {"wrn-16-4 2", 32, 16, 128, 128, 3, 1},      {"wrn-16-4 3", 32, 8, 256, 256, 3, 1},
};

Conv2dShape shapeOf(const Layer& l) {
  const int out = (l.size + l.stride - 1) / l.stride, total = std::max(0, (out - 1) * l.stride + l.filter - l.size);
  return {l.batch, l.size, l.size, l.in, out, out, l.out, l.filter, l.filter, l.stride, l.stride, 1, 1, total / 2, total / 2};
}

void benchLayer(const Layer& l, int rounds, double peak) {
  std::mt19937 rng(1);
  const Conv2dShape s = shapeOf(l);
  const Floats x = normal(sizeX(s), rng), f = normal(sizeW(s), rng), dy = normal(sizeY(s), rng);
  Floats y(sizeY(s)), dx(sizeX(s)), df(sizeW(s));
  const double work = 2.0 * sizeY(s) * s.filterHeight * s.filterWidth * s.inChannels * 1e-9;
  std::printf("%-17s %3dx%2dx%2dx%-3d->%-3d %dx%d/%d", l.name, l.batch, l.size, l.size, l.in, l.out, l.filter, l.filter, l.stride);
  for (ConvAlgorithm algorithm : {ConvAlgorithm::Direct, ConvAlgorithm::Accurate, ConvAlgorithm::Fast}) {
    const Floats packed = packFilter(ConvPass::Forward, s, algorithm, f), packedForGradient = packFilter(ConvPass::InputGradient, s, algorithm, f);
    bool done = true;
    const double a = fastest(rounds, [&] { done &= conv2dForward(s, algorithm, x.data(), packed.data(), y.data()); });
    const double b = fastest(rounds, [&] { done &= conv2dInputGradient(s, algorithm, dy.data(), packedForGradient.data(), dx.data()); });
    const double c = fastest(rounds, [&] { done &= conv2dFilterGradient(s, algorithm, x.data(), dy.data(), df.data()); });
    if (!done) std::printf(" no memory");
    if (algorithm == ConvAlgorithm::Direct)
      std::printf(" | direct %4.0f %4.0f %4.0f (%3.0f%% %3.0f%% %3.0f%%)", work / a, work / b, work / c, 100 * work / a / peak, 100 * work / b / peak, 100 * work / c / peak);
    else
      std::printf(" | %s %4.0f %4.0f %4.0f", algorithm == ConvAlgorithm::Fast ? "fast" : "accurate", work / a, work / b, work / c);
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace
}  // namespace test
}  // namespace st

int main(int argc, char** argv) {
  using namespace st;
  setThreadCount(argc > 1 ? std::atoi(argv[1]) : 1);
  const char* only = argc > 2 ? argv[2] : "";
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const double peak = fmaPeak() * 1e-9;
  std::printf("%s, %d threads, peak %.0f GFLOP/s; columns: forward, input gradient, filter gradient\n", isaName(activeIsa()), threadCount(), peak);
  for (const test::Layer& layer : test::kLayers)
    if (std::strstr(layer.name, only) != nullptr) test::benchLayer(layer, rounds, peak);
  return 0;
}
