// Counting of failed claims, the same in every test program.
#pragma once
#include <cstdio>
#include <string>

#include "../isa/isa.h"

namespace st {
namespace test {

inline int failures = 0;

inline void expect(bool holds, const std::string& claim) {
  if (holds) return;
  failures++;
  std::printf("FAILED [%s]: %s\n", isaName(activeIsa()), claim.c_str());
}

inline int finish() {
  std::printf("%s\n", failures == 0 ? "passed" : "FAILED");
  return failures != 0;
}

}  // namespace test
}  // namespace st
