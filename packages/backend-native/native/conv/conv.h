// Entry points of convolution in float32: forward pass, input gradient, filter gradient, and the same for depthwise convolution.
//
// Tensors are dense: images NHWC, filters HWIO (depthwise: H, W, channels, multiplier). Each output is overwritten completely and must not
// overlap an input. Nothing outside the tensors is read or written. Arrays need an alignment of 4 bytes only.
// Every call uses the thread pool of parallel.h. The result has the same bits for every number of threads.
// The caller validates the arguments; debug builds assert them. A function that returns bool needs a workspace: it returns false if the
// machine is out of memory, and the output is then undefined.
#pragma once
#include <cstddef>
#include <cstdint>

namespace st {

/** Largest supported stride. `FilterLayout::id` encodes the strides of both axes and the residues of the dilations. */
constexpr int kMostStride = 4095;

/**
 * Sizes of a 2-D convolution. All sizes are at least 1, strides at most `kMostStride`, pads at least 0. The pads at the bottom and on the
 * right follow from the output's size.
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

/** How much accuracy may be traded for speed. Errors are relative to the largest output. */
enum class ConvAlgorithm {
  Fast,      // Winograd F(4x4, 3x3), or F(4, 2) at stride 2, where faster; error 3e-5
  Accurate,  // Winograd F(2x2, 3x3) where faster; error 3e-6
  Direct,    // no Winograd; error 3e-6
};

enum class ConvPass { Forward, InputGradient };

/**
 * The packed form of a filter for one pass. `conv2dForward` and `conv2dInputGradient` take the filter in this form, and the caller may
 * cache it: for one filter, two layouts with equal `id` have the same bits, whatever else differs in the shape.
 */
struct FilterLayout {
  std::int64_t id;  // below 2^53
  std::size_t floats;
};

FilterLayout conv2dFilterLayout(ConvPass pass, const Conv2dShape& shape, ConvAlgorithm algorithm);

/** Writes `conv2dFilterLayout(pass, shape, algorithm).floats` floats to `packed` from `filter` [fh, fw, in, out]. */
void conv2dPackFilter(ConvPass pass, const Conv2dShape& shape, ConvAlgorithm algorithm, const float* filter, float* packed);

/**
 * Operations fused into the output store, in this order: v = conv * scale + shift; v = mask > 0 ? v : 0; v = v + residual; out = relu(v).
 * Absent parts are skipped. In the forward pass they are normalization, shortcut and activation; in the backward pass the gradients of
 * these.
 */
struct PostOps {
  const float* scale = nullptr;     // [channels]
  const float* shift = nullptr;     // [channels]
  const float* mask = nullptr;      // [as the output]
  const float* residual = nullptr;  // [as the output]
  bool relu = false;
  static PostOps biasAndRelu(const float* bias, bool relu) { return {nullptr, bias, nullptr, nullptr, relu}; }
  /** True if there is nothing but bias (`shift`) and ReLU, which every kernel applies when it stores. */
  bool isBiasAndRelu() const { return scale == nullptr && mask == nullptr && residual == nullptr; }
  bool isIdentity() const { return isBiasAndRelu() && shift == nullptr && !relu; }
};

/** y [n, oh, ow, k] = sum over i, j, c of x[n, oh s + i d - p, ow s + j d - p, c] filter[i, j, c, k], then the post-ops. */
[[nodiscard]] bool conv2dForward(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* x, const float* packed, float* y,
                   const PostOps& postOps = {});

/**
 * dx [n, h, w, c] = the gradient of sum(y dy) with respect to x, then the post-ops. `packed` is the filter packed for
 * ConvPass::InputGradient.
 */
[[nodiscard]] bool conv2dInputGradient(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* dy, const float* packed, float* dx,
                         const PostOps& postOps = {});

/** dfilter [i, j, c, k] = the gradient of sum(y dy) with respect to the filter. */
[[nodiscard]] bool conv2dFilterGradient(const Conv2dShape& shape, ConvAlgorithm algorithm, const float* x, const float* dy, float* dfilter);

/**
 * Depthwise convolution. `shape.outChannels` is inChannels times the multiplier m; input channel c produces output channels c m to c m + m
 * - 1. `postOps` may have bias and ReLU only.
 */
[[nodiscard]] bool depthwiseConv2dForward(const Conv2dShape& shape, const float* x, const float* filter, float* y,
                            const PostOps& postOps = {});
[[nodiscard]] bool depthwiseConv2dInputGradient(const Conv2dShape& shape, const float* dy, const float* filter, float* dx);
[[nodiscard]] bool depthwiseConv2dFilterGradient(const Conv2dShape& shape, const float* x, const float* dy, float* dfilter);

/**
 * A batch of matrix products of a [rows, inner] and b [inner, columns]. A batch stride (in floats) of 0 reuses one matrix for the whole
 * batch.
 */
struct MatmulShape {
  int batch;
  int rows, columns, inner;  // inner may be 0: the product is then 0
  std::int64_t batchStrideA, batchStrideB;
  bool transposeA, transposeB;  // a is stored [inner, rows], b is stored [columns, inner]
};

/** c [batch, rows, columns] = a b, then the post-ops: bias [columns] and ReLU only. */
[[nodiscard]] bool matmul(const MatmulShape& shape, const float* a, const float* b, float* c, const PostOps& postOps = {});

}  // namespace st
