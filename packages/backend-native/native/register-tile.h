// The register tile shared by the micro-kernels that multiply 6 rows with a panel of output channels.
#pragma once
#include "integer-math.h"
#include "simd-tasks.h"
#include "simd.h"

namespace st {
namespace ST_ISA {

/** Vectors of a panel. With 6 rows, 12 of 16 (24 of 32) registers are accumulators; the rest hold a row of the panel and a factor. */
constexpr int kPanelVectors = kRegisters >= 32 ? 4 : 2;
constexpr int kPanel = kPanelVectors * kLanes;

/** Vectors of panel number `panel`; the last panel may have fewer than `kPanelVectors`. */
ST_INLINE int panelVectors(int outChannels, int panel) { return minOf(kPanelVectors, ceilDiv(outChannels - panel * kPanel, kLanes)); }

/** A number of vectors as a type. */
template <int Vectors>
struct VectorCount {
  static constexpr int value = Vectors;
};

/** Calls `body` with `VectorCount<vectors>`, for 1 <= vectors <= kPanelVectors. */
template <class Body>
ST_INLINE auto withVectors(int vectors, const Body& body) {
  if constexpr (kPanelVectors > 2) {
    if (vectors == 4) return body(VectorCount<4>());
    if (vectors == 3) return body(VectorCount<3>());
  }
  return vectors == 2 ? body(VectorCount<2>()) : body(VectorCount<1>());
}

}  // namespace ST_ISA
}  // namespace st
