// A SIMD vector of float32, as wide as the instruction set of this compilation unit: 16, 8 or 4 lanes.
//
// Kernel sources (`*.kernels.cc`) are compiled once for each instruction set; `ST_ISA` is the namespace of that compilation. They must not
// use anything from the standard library that could emit a shared inline function: the linker keeps one copy of such a function for the
// whole module, and a copy with AVX-512 code would crash an older processor.
#pragma once
#include <cstddef>
#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#elif defined(__wasm_relaxed_simd__)
#include <wasm_simd128.h>
#endif

#ifndef ST_ISA
#define ST_ISA baseline
#endif

#define ST_INLINE static inline __attribute__((always_inline))

namespace st {
namespace ST_ISA {

/** Counts and offsets of floats: 64 bits on every platform, unlike `long` and `std::ptrdiff_t`, so that products of sizes do not overflow. */
typedef std::int64_t Index;

// ST_EMULATE_AVX512 compiles the kernels for 16 lanes without AVX-512, to test their tiling on a machine without it.
#if defined(__AVX512F__) || defined(ST_EMULATE_AVX512)
constexpr int kLanes = 16;
constexpr int kRegisters = 32;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kLanes = 8;
constexpr int kRegisters = 16;
#else
constexpr int kLanes = 4;
#if defined(__aarch64__)
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4)));
typedef float VecAnywhere __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef std::int32_t VecMask __attribute__((vector_size(kLanes * 4)));

ST_INLINE Vec load(const float* p) { return *reinterpret_cast<const VecAnywhere*>(p); }
ST_INLINE void store(float* p, Vec v) { *reinterpret_cast<VecAnywhere*>(p) = v; }
ST_INLINE Vec splat(float x) { return x - Vec{}; }
ST_INLINE Vec zero() { return Vec{}; }

/** a b + c, with a single rounding if the instruction set has FMA. */
ST_INLINE Vec fma(Vec a, Vec b, Vec c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__) && !defined(ST_EMULATE_AVX512)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__wasm_relaxed_simd__)
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return a * b + c;
#endif
}

/** Loads the first `n` floats, 0 <= n <= kLanes, and zeros after them. Reads nothing beyond them. */
ST_INLINE Vec loadFirst(const float* p, int n) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
#elif defined(__AVX2__) && !defined(ST_EMULATE_AVX512)
  if (n == kLanes) return load(p);
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane));
#else
  Vec v = {};
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
#endif
}

/** Stores the first `n` lanes, 0 <= n <= kLanes. Writes nothing beyond them. */
ST_INLINE void storeFirst(float* p, Vec v, int n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), v);
#elif defined(__AVX2__) && !defined(ST_EMULATE_AVX512)
  if (n == kLanes) return store(p, v);  // a masked store takes as long as twenty plain ones on AMD processors
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane), v);
#else
  for (int i = 0; i < n; i++) p[i] = v[i];
#endif
}

/**
 * True if `storeStreaming` from `p` on writes full cache lines. Streaming half a line at a time took ten times as long as normal stores
 * (packing a filter with AVX2).
 */
ST_INLINE bool canStream(const float* p) { return sizeof(Vec) == 64 && reinterpret_cast<std::uintptr_t>(p) % sizeof(Vec) == 0; }

/**
 * Non-temporal (streaming) store: bypasses the caches and avoids the read for ownership. For large outputs that are not read again soon.
 * Requires `canStream`; call `fenceStores` before another thread reads the output.
 */
ST_INLINE void storeStreaming(float* p, Vec v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#else
  store(p, v);
#endif
}

ST_INLINE void fenceStores() {
#if defined(__AVX512F__)
  _mm_sfence();
#endif
}

/** `mask ? a : b` in each lane. Comparing two vectors gives a mask. */
ST_INLINE Vec select(VecMask mask, Vec a, Vec b) { return mask ? a : b; }
/** The larger of two lanes. NaN in `a` or `b` gives NaN. */
ST_INLINE Vec maximum(Vec a, Vec b) { return select(a > b, a, select(a == a, b, a)); }
/** The smaller of two lanes. NaN in `a` or `b` gives NaN. */
ST_INLINE Vec minimum(Vec a, Vec b) { return select(a < b, a, select(a == a, b, a)); }

}  // namespace ST_ISA
}  // namespace st
