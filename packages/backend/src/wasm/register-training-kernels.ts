import { BackendError } from '@st/core';
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

import { conv2dBackpropFilterKernel } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInputKernel } from './conv2d-backprop-input.ts';
import { cpuFallbackKernels } from './cpu-fallback.ts';
import { fastMatMul } from './fast-matmul.ts';
import { fastReduction } from './fast-reductions.ts';
import { maxPoolGradKernel } from './max-pool-grad.ts';
import { sharedCopy } from './shared-copies.ts';

/** Kernels of wasm that are wrapped: cases that it does slowly go another way. */
const WRAPPED: Readonly<Record<string, (original: KernelConfig) => KernelConfig>> = {
  BatchMatMul: fastMatMul,
  Cast: sharedCopy,
  Identity: sharedCopy,
  Mean: fastReduction,
  Sum: fastReduction,
};

const OWN: readonly KernelConfig[] = [conv2dBackpropFilterKernel, conv2dBackpropInputKernel, maxPoolGradKernel];

let isDone = false;

/**
 * Registers on back end `wasm` the kernels of training that it lacks, does slowly or gets wrong. `useBackend('wasm')` calls it; call it
 * yourself only where you ready the back end by hand, after both `wasm` and `cpu` are imported. Calling it again changes nothing.
 * @throws {BackendError} if `wasm` is not imported.
 */
export function registerTrainingKernels(): void {
  if (isDone) return;
  if (getKernel('Conv2D', 'wasm') === undefined) {
    throw new BackendError(
      "[@st/backend] registerTrainingKernels: back end 'wasm' is not there yet. Call useBackend('wasm'), or import @tensorflow/tfjs-backend-wasm first.",
    );
  }
  isDone = true;
  for (const [name, wrap] of Object.entries(WRAPPED)) replaceKernel(wrap(getKernel(name, 'wasm')));
  for (const kernel of OWN) replaceKernel(kernel);
  for (const kernel of cpuFallbackKernels()) replaceKernel(kernel);
}

/** tfjs prints a warning at a second registration, so the first is taken back. */
function replaceKernel(kernel: KernelConfig): void {
  const { kernelName, backendName } = kernel;
  if (getKernel(kernelName, backendName) !== undefined) unregisterKernel(kernelName, backendName);
  registerKernel(kernel);
}
