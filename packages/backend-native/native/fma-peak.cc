#include "fma-peak.h"

#include <algorithm>

#include "isa/isa.h"
#include "parallel.h"
#include "threads.h"

#if defined(__wasm_relaxed_simd__)
#include <wasm_simd128.h>
#endif

namespace st {
namespace {

constexpr int kSums = 12;  // more than latency times throughput (8) on every relevant processor
constexpr int kSteps = 4000000;
constexpr int kTurns = 20;  // other processes can only make a run slower

typedef float Vec4 __attribute__((vector_size(16)));
typedef float Vec8 __attribute__((vector_size(32)));
typedef float Vec16 __attribute__((vector_size(64)));

template <class Vec>
inline __attribute__((always_inline)) Vec multiplyAdd(Vec a, Vec b, Vec c) {
#if defined(__wasm_relaxed_simd__)
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return a * b + c;
#endif
}

/** Always inlined, so that the caller's target attribute applies. */
template <class Vec>
inline __attribute__((always_inline)) double work() {
  // Distinct values unknown to the compiler; otherwise it would compute one accumulator for all.
  volatile float value = 0.5f;
  Vec sum[kSums] = {};
  for (int j = 0; j < kSums; j++) sum[j] += static_cast<float>(j) * value;
  const Vec a = sum[1], b = sum[2];
  for (int i = 0; i < kSteps; i++)
#pragma GCC unroll 16
    for (int j = 0; j < kSums; j++) {
      sum[j] = multiplyAdd(sum[j], a, b);
    }
  Vec all = {};
  for (int j = 0; j < kSums; j++) all += sum[j];
  volatile float keep = all[0];
  (void)keep;
  return 2.0 * (sizeof(Vec) / sizeof(float)) * kSums * kSteps;
}

#if ST_HAS_X86_ISAS
__attribute__((target("avx2,fma"))) double workAvx2() { return work<Vec8>(); }
__attribute__((target("avx512f,fma"))) double workAvx512() { return work<Vec16>(); }
#endif

/** Runs some milliseconds of multiply-adds on this thread; returns the number of floating-point operations. */
double fmaPeakWork(Isa isa) {
#if ST_HAS_X86_ISAS
  if (isa == Isa::Avx512) return workAvx512();
  if (isa == Isa::Avx2) return workAvx2();
#endif
  (void)isa;
  return work<Vec4>();
}

}  // namespace

double fmaPeak() {
  const Isa isa = activeIsa();
  double peak = 0;
  for (int turn = 0; turn < kTurns; turn++) {
    double done[kMaxThreads] = {};
    const std::int64_t begin = microseconds();
    parallelFor(threadCount(), [&](int task, int) { done[task] = fmaPeakWork(isa); });
    const double seconds = static_cast<double>(microseconds() - begin) * 1e-6;
    double sum = 0;
    for (double operations : done) sum += operations;
    peak = std::max(peak, sum / seconds);
  }
  return peak;
}

}  // namespace st
