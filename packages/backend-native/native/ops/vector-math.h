// Elementary functions of a vector of float32, with an error of about 1 ulp. NaN propagates, infinities behave as in C.
//
// Polynomials: S. L. Moshier, Cephes mathematical library (expf, logf, tanhf), single precision.
#pragma once
#include "simd.h"

namespace st {
namespace ST_ISA {

ST_INLINE Vec bitsToFloat(VecMask bits) {
  Vec v;
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}

ST_INLINE VecMask floatToBits(Vec v) {
  VecMask bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  return bits;
}

ST_INLINE VecMask splatBits(std::int32_t x) { return x - VecMask{}; }

ST_INLINE Vec absolute(Vec x) { return bitsToFloat(floatToBits(x) & splatBits(0x7fffffff)); }
ST_INLINE Vec copySign(Vec magnitude, Vec sign) {
  return bitsToFloat(floatToBits(magnitude) | (floatToBits(sign) & splatBits(static_cast<std::int32_t>(0x80000000u))));
}

ST_INLINE Vec squareRoot(Vec x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, x);  // GCC 12 warns about an undefined operand in the form without a mask
#elif defined(__AVX2__) && !defined(ST_EMULATE_AVX512)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__) && !defined(__AVX2__)
  return _mm_sqrt_ps(x);
#else
  Vec y;
  for (int i = 0; i < kLanes; i++) y[i] = __builtin_sqrtf(x[i]);
  return y;
#endif
}

/** The nearest integer, ties to even. From 2^23 on every float is an integer. */
ST_INLINE Vec roundToEven(Vec x) {
  const Vec whole = splat(8388608.0f);
  const Vec magnitude = absolute(x);
  return select(magnitude < whole, copySign((magnitude + whole) - whole, x), x);
}

ST_INLINE Vec floorOf(Vec x) {
  const Vec r = roundToEven(x);
  return select(r > x, r - splat(1.0f), r);
}

ST_INLINE Vec ceilOf(Vec x) {
  const Vec r = roundToEven(x);
  return select(r < x, r + splat(1.0f), r);
}

/** (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2. */
ST_INLINE Vec expTail(Vec r) {
  Vec p = splat(1.9875691500e-4f);
  p = fma(p, r, splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  return fma(p, r, splat(5.0000001201e-1f));
}

ST_INLINE Vec exponential(Vec x) {
  // Beyond these bounds the result is infinity or 0 anyway.
  const Vec clamped = minimum(maximum(x, splat(-104.0f)), splat(89.0f));
  // Adding 1.5 * 2^23 rounds to an integer, which is then in the low bits.
  const Vec magic = splat(12582912.0f);
  const Vec shifted = fma(clamped, splat(1.44269504088896341f), magic);
  const Vec n = shifted - magic;
  const Vec r = fma(n, splat(2.12194440e-4f), fma(n, splat(-0.693359375f), clamped));
  const Vec p = fma(expTail(r), r * r, r + splat(1.0f));
  // 2^n as a product of two factors, because n reaches -150 (denormal results) and 128.
  const VecMask whole = floatToBits(shifted) - floatToBits(magic);
  const VecMask half = whole >> 1;
  const Vec low = bitsToFloat((half + 127) << 23);
  const Vec high = bitsToFloat((whole - half + 127) << 23);
  return select(x == x, p * low * high, x);
}

/** e^x - 1, accurate near 0. */
ST_INLINE Vec exponentialMinusOne(Vec x) {
  const Vec near = fma(expTail(x), x * x, x);
  return select(absolute(x) < splat(0.34f), near, exponential(x) - splat(1.0f));
}

ST_INLINE Vec logarithm(Vec x) {
  const Vec smallestNormal = splat(1.17549435e-38f);
  const VecMask denormal = x < smallestNormal;
  const Vec scaled = select(denormal, x * splat(8388608.0f), x);
  const VecMask bits = floatToBits(scaled);
  VecMask exponent = ((bits >> 23) & 0xff) - 126;
  // The mantissa in [0.5, 1), shifted to [sqrt(1/2), sqrt(2)).
  const Vec mantissa = bitsToFloat((bits & 0x007fffff) | 0x3f000000);
  const VecMask low = mantissa < splat(0.707106781186547524f);
  exponent = exponent + low;  // a true lane is -1
  const Vec m = select(low, mantissa + mantissa, mantissa) - splat(1.0f);
  const Vec e = __builtin_convertvector(exponent, Vec) - select(denormal, splat(23.0f), zero());
  const Vec m2 = m * m;
  Vec p = splat(7.0376836292e-2f);
  p = fma(p, m, splat(-1.1514610310e-1f));
  p = fma(p, m, splat(1.1676998740e-1f));
  p = fma(p, m, splat(-1.2420140846e-1f));
  p = fma(p, m, splat(1.4249322787e-1f));
  p = fma(p, m, splat(-1.6668057665e-1f));
  p = fma(p, m, splat(2.0000714765e-1f));
  p = fma(p, m, splat(-2.4999993993e-1f));
  p = fma(p, m, splat(3.3333331174e-1f));
  Vec y = p * m * m2;
  y = fma(e, splat(-2.12194440e-4f), y);
  y = fma(splat(-0.5f), m2, y);
  y = fma(e, splat(0.693359375f), m + y);
  const Vec infinity = splat(__builtin_inff());
  y = select(x == infinity, infinity, y);
  y = select(x == zero(), -infinity, y);
  y = select(x < zero(), splat(__builtin_nanf("")), y);
  return select(x == x, y, x);
}

/** ln(1 + x), accurate near 0: ln(u) x / (u - 1) with u the rounded value of 1 + x (Kahan). */
ST_INLINE Vec logarithmOfOnePlus(Vec x) {
  const Vec u = x + splat(1.0f);
  const Vec d = u - splat(1.0f);
  const Vec y = logarithm(u) * (x / d);
  const Vec infinity = splat(__builtin_inff());
  return select(d == zero(), x, select(u == infinity, u, y));
}

ST_INLINE Vec hyperbolicTangent(Vec x) {
  const Vec magnitude = absolute(x);
  const Vec z = x * x;
  Vec p = splat(-5.70498872745e-3f);
  p = fma(p, z, splat(2.06390887954e-2f));
  p = fma(p, z, splat(-5.37397155531e-2f));
  p = fma(p, z, splat(1.33314422036e-1f));
  p = fma(p, z, splat(-3.33332819422e-1f));
  const Vec near = fma(p * z, x, x);
  const Vec far = splat(1.0f) - splat(2.0f) / (exponential(magnitude + magnitude) + splat(1.0f));
  return select(magnitude < splat(0.625f), near, copySign(far, x));
}

ST_INLINE Vec logistic(Vec x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). */
ST_INLINE Vec softPlus(Vec x) { return maximum(x, zero()) + logarithmOfOnePlus(exponential(-absolute(x))); }

}  // namespace ST_ISA
}  // namespace st
