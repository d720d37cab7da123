import { getKernel, type KernelBackend, type KernelConfig } from '@tensorflow/tfjs-core';

import { runOnCpu } from './run-on-cpu.ts';

/**
 * Kernels that `cpu` has and `wasm` lacks, except `Draw`, which needs a canvas. The list is explicit because other packages may have registered
 * kernels on `cpu` that do not run on copied data.
 */
const LACKING_ON_WASM: readonly string[] = [
  'Complex',
  'ComplexAbs',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Einsum',
  'FFT',
  'IFFT',
  'Imag',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'Real',
  'StaticRegexReplace',
  'UnsortedSegmentSum',
];

/**
 * Kernels of `wasm` that give wrong results (tfjs 4.22): after the first image of a batch, if all values are negative, or for strides above 1.
 * Found by comparing every gradient kernel with `cpu` and with finite differences.
 */
const WRONG_ON_WASM: readonly string[] = [
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
  'Dilation2D',
  'Dilation2DBackpropFilter',
  'Dilation2DBackpropInput',
  'MaxPool3D',
  'MaxPool3DGrad',
  'MaxPoolWithArgmax',
  'Mod',
  'RotateWithOffset',
  'Transform',
];

/**
 * Kernels for back end `wasm` that run a kernel of `cpu`: for each kernel that `wasm` lacks or computes wrong. They copy the tensors to `cpu` and the
 * results back. That is slow, but every model trains; kernels on the hot path are composed of fast ones instead.
 */
export function cpuFallbackKernels(): KernelConfig[] {
  const lacking = LACKING_ON_WASM.filter((name) => getKernel(name, 'wasm') === undefined);
  return [...lacking, ...WRONG_ON_WASM].flatMap((kernelName) => {
    const kernel = getKernel(kernelName, 'cpu');
    if (kernel === undefined) return []; // back end cpu is not installed
    const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs, backend }) =>
      runOnCpu(kernel, inputs, attrs, backend as KernelBackend);
    return [{ kernelName, backendName: 'wasm', kernelFunc }];
  });
}
