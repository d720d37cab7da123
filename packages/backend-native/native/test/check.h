// Counts failed claims, for every test program.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

#include "isa/isa.h"

namespace st {
namespace test {

inline int failures = 0;

inline void expect(bool holds, const std::string& claim) {
  if (holds) return;
  failures++;
  std::printf("FAILED [%s]: %s\n", isaName(activeIsa()), claim.c_str());
}

/** Runs `check` on each instruction set of this machine, or only on the one in the environment variable ST_TEST_ISA. */
template <class Check>
void onEachIsa(Check check) {
  const char* const only = std::getenv("ST_TEST_ISA");
  for (const Isa isa : {Isa::Baseline, Isa::Avx2, Isa::Avx512}) {
    if (only != nullptr && isaName(isa) != std::string(only)) continue;
    if (setActiveIsa(isa)) check();
    else std::printf("%s: this machine or build has none\n", isaName(isa));
  }
}

inline int finish() {
  std::printf("%s\n", failures == 0 ? "passed" : "FAILED");
  return failures != 0;
}

}  // namespace test
}  // namespace st
