#include "isa/isa.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#if ST_HAS_X86_ISAS
#include "isa/x86-features.h"
#endif

namespace st {
namespace {

bool runs(Isa isa) {
#if ST_HAS_X86_ISAS
  switch (isa) {
    case Isa::Avx512:
#if defined(ST_EMULATE_AVX512)
      return true;
#elif defined(ST_WITHOUT_AVX512)
      return false;
#endif
      return X86Features::ofThisProcessor().hasAvx512();
    case Isa::Avx2: return X86Features::ofThisProcessor().hasAvx2();
    default: return true;
  }
#else
  return isa == Isa::Baseline;
#endif
}

/** The widest supported set that ST_NATIVE_ISA allows. An unknown value of the variable is ignored. */
Isa choose() {
#if ST_HAS_X86_ISAS
  const char* wish = std::getenv("ST_NATIVE_ISA");
  Isa widest = Isa::Avx512;
  for (Isa isa : {Isa::Baseline, Isa::Avx2})
    if (wish != nullptr && std::strcmp(wish, isaName(isa)) == 0) widest = isa;
  if (widest == Isa::Avx512 && runs(Isa::Avx512)) return Isa::Avx512;
  if (widest != Isa::Baseline && runs(Isa::Avx2)) return Isa::Avx2;
#endif
  return Isa::Baseline;
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{choose()};
  return isa;
}

}  // namespace

Isa activeIsa() { return active().load(std::memory_order_relaxed); }

bool setActiveIsa(Isa isa) {
  if (!runs(isa)) return false;
  active().store(isa);
  return true;
}

const char* isaName(Isa isa) {
  switch (isa) {
    case Isa::Avx512: return "avx512";
    case Isa::Avx2: return "avx2";
#if defined(__wasm_relaxed_simd__)
    default: return "relaxed-simd";
#elif defined(__wasm__)
    default: return "simd";
#else
    default: return "baseline";
#endif
  }
}

}  // namespace st
