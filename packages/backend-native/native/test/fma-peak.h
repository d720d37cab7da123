// Independent fused multiply-adds in registers, as many as the processor can do: the yardstick of the benchmark.
#pragma once
#include "../isa/isa.h"

namespace st {
namespace test {

/** Runs some milliseconds of multiply-adds on this thread; returns how many floating-point operations they were. */
double fmaPeakWork(Isa isa);

}  // namespace test
}  // namespace st
