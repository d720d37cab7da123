// Independent fused multiply-adds in registers, as many as the processor can do: the yardstick of the benchmarks.
#pragma once

namespace st {

/** Floating-point operations a second of the fastest of some turns, all threads of the pool together; takes about a second. */
double fmaPeak();

}  // namespace st
