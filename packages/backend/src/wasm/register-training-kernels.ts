import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

import { conv2dBackpropFilterKernel } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInputKernel } from './conv2d-backprop-input.ts';
import { cpuFallbackKernels } from './cpu-fallback.ts';

const COMPOSED: readonly KernelConfig[] = [conv2dBackpropFilterKernel, conv2dBackpropInputKernel];

/**
 * Registers on back end `wasm` the kernels of training that it lacks or does slowly. `useBackend('wasm')` calls it; call it yourself
 * only where you ready the back end by hand, after both `wasm` and `cpu` are imported. Calling it again changes nothing.
 */
export function registerTrainingKernels(): void {
  for (const kernel of COMPOSED) replaceKernel(kernel);
  for (const kernel of cpuFallbackKernels('wasm')) registerKernel(kernel);
}

/** tfjs prints a warning at a second registration, so the first is taken back. */
function replaceKernel(kernel: KernelConfig): void {
  const present = getKernel(kernel.kernelName, kernel.backendName);
  if (present === kernel) return;
  if (present !== undefined) unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}
