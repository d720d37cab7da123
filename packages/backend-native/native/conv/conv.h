// The compute core's entry points: convolution and matrix product in float32.
//
// Tensors are dense: images NHWC, filters HWIO (depthwise: H, W, channels, multiplier). Outputs are overwritten whole and
// must not overlap inputs. Nothing outside the tensors is read or written; any alignment of 4 bytes will do.
// Every call uses the thread pool of parallel.h and gives the same bits for every number of threads.
// Arguments are the caller's to validate; debug builds assert them. A function that returns bool needs working memory:
// false says that the machine has none left, and the output is then undefined.
#pragma once
#include <cstddef>
#include <cstdint>

namespace st {

/** The largest stride: those of both axes, with the residues of the dilations, are a part of `FilterLayout::id`. */
constexpr int kMostStride = 4095;

/**
 * Sizes of a 2-D convolution; all at least 1, pads at least 0 (what lies below and right follows from the output's size),
 * strides at most `kMostStride`.
 */
struct Conv2dShape {
  int batch;
  int inHeight, inWidth, inChannels;
  int outHeight, outWidth, outChannels;
  int filterHeight, filterWidth;
  int strideHeight, strideWidth;
  int dilationHeight, dilationWidth;
  int padTop, padLeft;
};

/** What may be traded for speed. Errors are relative to the largest output. */
enum class ConvAlgorithm {
  Fast,      // Winograd F(4x4, 3x3), or F(4, 2) at stride 2, where it is faster: 3e-5
  Accurate,  // Winograd F(2x2, 3x3) where it is faster: 3e-6
  Direct,    // no Winograd: 3e-6
};

enum class ConvPass { Forward, InputGradient };

/**
 * How a filter is laid out for one pass. `conv2dForward` and `conv2dInputGradient` take the filter in this form, which
 * the caller may keep: packed filters of one filter with equal `id` are the same bits, whatever else the shape says.
 */
struct FilterLayout {
  std::int64_t id;  // below 2^53
  std::size_t floats;
};

FilterLayout conv2dFilterLayout(ConvPass pass, const Conv2dShape& shape, ConvAlgorithm algorithm);

/** Writes `conv2dFilterLayout(pass, shape, algorithm).floats` floats to `packed` from `filter` [fh, fw, in, out]. */
void conv2dPackFilter(ConvPass pass, const Conv2dShape& shape, ConvAlgorithm algorithm, const float* filter, float* packed);

/** What is done to an output before it is stored: y = relu(conv + bias), each part left out where it is absent. */
struct ConvEpilogue {
  const float* bias = nullptr;  // [outChannels]
  bool relu = false;
};

/**
 * What may follow a convolution, forwards or back: out = relu(v + residual), v = conv scale + shift where mask > 0, else 0; each
 * part left out where it is absent. Forwards that is normalisation, shortcut and activation, back the gradient of both.
 */
struct ConvFinish {
  const float* scale = nullptr;     // [channels]
  const float* shift = nullptr;     // [channels]
  const float* mask = nullptr;      // as the output
  const float* residual = nullptr;  // as the output
  bool relu = false;
  /** Whether it is no more than what every kernel does as it stores. */
  bool isEpilogue() const { return scale == nullptr && mask == nullptr && residual == nullptr; }
  bool isNothing() const { return isEpilogue() && shift == nullptr && !relu; }
};

/** y [n, oh, ow, k] = sum over i, j, c of x[n, oh s + i d - p, ow s + j d - p, c] filter[i, j, c, k], finished. */
[[nodiscard]] bool conv2dForward(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* x, const float* packed, float* y,
                   const ConvFinish& finish = {});

/** dx [n, h, w, c]: the gradient of sum(y dy) by x, finished; `packed` was made with ConvPass::InputGradient. */
[[nodiscard]] bool conv2dInputGradient(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* dy, const float* packed, float* dx,
                         const ConvFinish& finish = {});

/** dfilter [i, j, c, k]: the gradient of sum(y dy) by the filter. */
[[nodiscard]] bool conv2dFilterGradient(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* x, const float* dy, float* dfilter);

/** A depthwise convolution: `shape.outChannels` = inChannels times the multiplier, channel c makes outputs c m ... c m + m - 1. */
[[nodiscard]] bool depthwiseConv2dForward(const Conv2dShape& shape, const float* x, const float* filter, float* y,
                            const ConvEpilogue& epilogue = {});
[[nodiscard]] bool depthwiseConv2dInputGradient(const Conv2dShape& shape, const float* dy, const float* filter, float* dx);
[[nodiscard]] bool depthwiseConv2dFilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);

/** A batch of products of a [rows, inner] and b [inner, columns]; a batch stride (in floats) of 0 repeats one matrix. */
struct MatmulShape {
  int batch;
  int rows, columns, inner;  // inner may be 0: the product is then 0
  std::int64_t batchStrideA, batchStrideB;
  bool transposeA, transposeB;  // a is stored [inner, rows], b is stored [columns, inner]
};

/** c [batch, rows, columns] = a b, then the epilogue with `bias` [columns]. */
[[nodiscard]] bool matmul(const MatmulShape& shape, const float* a, const float* b, float* c, const ConvEpilogue& epilogue = {});

}  // namespace st
