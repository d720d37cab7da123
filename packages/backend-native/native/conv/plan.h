// How one pass of a convolution is computed: derived once per call from sizes, pass and algorithm.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "conv/conv-shape.h"
#include "conv/winograd/winograd.h"

namespace st {

/**
 * The packed form of a filter for one pass. `conv2dForward` and `conv2dInputGradient` take the filter in this form, and the caller may
 * cache it: for one filter, two layouts with equal `id` have the same bits, whatever else differs in the shape.
 */
struct FilterLayout {
  std::int64_t id;  // below 2^53
  std::uint64_t floats;
};

enum class ConvMethod { Gather, WinogradTwo, WinogradFour, FewInputs, FewOutputs, WinogradStrided };

/** One pass seen as a convolution of `in` to `out`: the input gradient convolves dy to dx. */
struct PassSizes {
  int inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padTop, padLeft;
};

struct ConvPlan {
  ConvPass pass;
  Conv2dShape shape;
  PassSizes sizes;
  ConvMethod method;
  WinogradForm form;  // of the Winograd methods
  FilterLayout filter;

  bool isWinograd() const {
    return method == ConvMethod::WinogradTwo || method == ConvMethod::WinogradFour || method == ConvMethod::WinogradStrided;
  }
};

ConvPlan planConv(ConvPass pass, const Conv2dShape& shape, ConvAlgorithm algorithm);

/** The same pass by direct sums instead of Winograd. */
ConvPlan withoutWinograd(const ConvPlan& plan);

/** The Winograd form of the filter gradient, or none if direct sums are faster. */
std::optional<WinogradForm> planFilterGradient(const Conv2dShape& shape, ConvAlgorithm algorithm);

}  // namespace st
