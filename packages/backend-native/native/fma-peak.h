// Peak rate of independent fused multiply-adds in registers: the reference of the benchmarks.
#pragma once

namespace st {

/** Floating-point operations per second with all threads of the pool: the fastest of several runs, about a second in all. */
double fmaPeak();

}  // namespace st
