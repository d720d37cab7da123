import { getKernel, type KernelBackend, type KernelConfig } from '@tensorflow/tfjs-core';

import { runOnCpu } from './run-on-cpu.ts';

/**
 * Kernels that `cpu` has and `wasm` lacks, but for `Draw`, which wants a canvas. Named one by one: others may have registered kernels of
 * their own on cpu, which do not run on copied data.
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
 * Kernels that `wasm` has and that give wrong results (tfjs 4.22): beyond the first image of a batch, where all values are negative,
 * for strides over 1. Found by comparing every gradient kernel with cpu's and with finite differences.
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
 * Kernels for back end `wasm`, one for each that back end `cpu` has and it lacks or gets wrong: the tensors' bytes are copied over, cpu's
 * kernel runs, and the results are copied back. Slow, but every model trains; what lies on the hot path is composed of fast kernels instead.
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
