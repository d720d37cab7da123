// The instruction set that the kernels use, chosen at run time among the compiled ones.
#pragma once

namespace st {

enum class Isa { Baseline, Avx2, Avx512 };

/**
 * The widest instruction set that was compiled in and that processor and operating system support. The environment variable ST_NATIVE_ISA =
 * baseline | avx2 | avx512 limits it.
 */
Isa activeIsa();

/**
 * Selects an instruction set, for tests. Returns false and changes nothing if this machine does not support it. Must not be called while a
 * kernel runs; filters packed before become invalid.
 */
bool setActiveIsa(Isa isa);

/** "baseline", "avx2" or "avx512". */
const char* isaName(Isa isa);

/**
 * The function table of a kernel family for the active instruction set. A family `*.kernels.cc` is compiled once for each set and defines
 * `const Table& table()` in namespaces baseline, avx2 and avx512; the last two exist if ST_HAS_X86_ISAS is 1.
 */
template <class Table>
const Table& forActiveIsa(const Table& baseline, const Table& avx2, const Table& avx512) {
  switch (activeIsa()) {
    case Isa::Avx512: return avx512;
    case Isa::Avx2: return avx2;
    default: return baseline;
  }
}

}  // namespace st

#if defined(__x86_64__) || defined(_M_X64)
#define ST_HAS_X86_ISAS 1
/** `ST_FOR_ACTIVE_ISA(convTable)` is the result of `st::<active>::convTable()`. */
#if defined(ST_WITHOUT_AVX512)  // tests define it to save compile time
#define ST_FOR_ACTIVE_ISA(table) ::st::forActiveIsa(::st::baseline::table(), ::st::avx2::table(), ::st::avx2::table())
#else
#define ST_FOR_ACTIVE_ISA(table) ::st::forActiveIsa(::st::baseline::table(), ::st::avx2::table(), ::st::avx512::table())
#endif
/** Declares `const Table& name();` in every instruction set's namespace. */
#define ST_DECLARE_TABLE(Table, name)              \
  namespace baseline { const Table& name(); }      \
  namespace avx2 { const Table& name(); }          \
  namespace avx512 { const Table& name(); }
#else
#define ST_HAS_X86_ISAS 0
#define ST_FOR_ACTIVE_ISA(table) ::st::baseline::table()
#define ST_DECLARE_TABLE(Table, name) \
  namespace baseline { const Table& name(); }
#endif
