#pragma once

// What an x86-64 processor can execute and the operating system saves. Not `__builtin_cpu_supports`: its table is not in every compiler's
// run-time library.
#include <cpuid.h>

#include <cstdint>

namespace st {

class X86Features {
 public:
  static X86Features ofThisProcessor() { return {}; }

  bool hasAvx2() const { return savesYmm_ && all(ecx1_, kFma | kAvx) && all(ebx7_, kAvx2); }
  bool hasAvx512() const { return hasAvx2() && savesZmm_ && all(ebx7_, kAvx512F | kAvx512Dq | kAvx512Bw | kAvx512Vl); }

 private:
  // CPUID leaf 1, register ECX.
  static constexpr std::uint32_t kFma = 1u << 12, kOsXsave = 1u << 27, kAvx = 1u << 28;
  // CPUID leaf 7, register EBX.
  static constexpr std::uint32_t kAvx2 = 1u << 5, kAvx512F = 1u << 16, kAvx512Dq = 1u << 17, kAvx512Bw = 1u << 30, kAvx512Vl = 1u << 31;
  // XCR0: the registers that the system saves when it switches threads.
  static constexpr std::uint32_t kYmmState = 0x06, kZmmState = 0xe6;

  X86Features() {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) ecx1_ = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) ebx7_ = ebx;
    if (!all(ecx1_, kOsXsave)) return;
    const std::uint32_t saved = savedRegisters();
    savesYmm_ = all(saved, kYmmState);
#if defined(__APPLE__)
    // macOS adds the AVX-512 registers when a thread first uses them.
    savesZmm_ = savesYmm_;
#else
    savesZmm_ = all(saved, kZmmState);
#endif
  }

  static bool all(std::uint32_t value, std::uint32_t bits) { return (value & bits) == bits; }

  static std::uint32_t savedRegisters() {
    std::uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
  }

  std::uint32_t ecx1_ = 0, ebx7_ = 0;
  bool savesYmm_ = false, savesZmm_ = false;
};

}  // namespace st
