import { BackendError } from '@st/core';
import { mendKernels } from '@st/kernels';
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

import { activationApart } from './activation.ts';
import { conv2dBackpropFilterKernel } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInputKernel } from './conv2d-backprop-input.ts';
import { cpuFallbackKernels } from './cpu-fallback.ts';
import { fastMatMul } from './fast-matmul.ts';
import { fastReduction } from './fast-reductions.ts';
import { fastTile } from './fast-tile.ts';
import { fusedMatMul } from './fused-matmul.ts';
import { maxPoolGradKernel } from './max-pool-grad.ts';
import { packedAsGiven } from './packed-matrices.ts';
import { rightKernels } from './right-kernels.ts';
import { samePads } from './same-pads.ts';
import { castToBool, sharedCopy } from './shared-copies.ts';

/** Wrappers for kernels of wasm that are slow or wrong in some cases. */
const WRAPPED: Readonly<Record<string, (original: KernelConfig) => KernelConfig>> = {
  BatchMatMul: (original) => fastMatMul(packedAsGiven(original)),
  Cast: (original) => castToBool(sharedCopy(original)),
  Conv2D: samePads,
  DepthwiseConv2dNative: samePads,
  FusedConv2D: (original) => activationApart(samePads(original)),
  FusedDepthwiseConv2D: (original) => activationApart(samePads(original)),
  Identity: sharedCopy,
  Mean: fastReduction,
  Sum: fastReduction,
  Tile: fastTile,
  _FusedMatMul: (original) => fusedMatMul(packedAsGiven(original)),
};

const OWN: readonly KernelConfig[] = [conv2dBackpropFilterKernel, conv2dBackpropInputKernel, maxPoolGradKernel];

let isDone = false;

/**
 * Registers on back end `wasm` the training kernels that it lacks, or that are slow or wrong. `useBackend('wasm')` calls it. Without
 * `useBackend`, call it after importing both `wasm` and `cpu`. Repeated calls change nothing.
 * @throws {BackendError} if `wasm` is not imported.
 */
export function registerTrainingKernels(): void {
  if (isDone) return;
  if (getKernel('Conv2D', 'wasm') === undefined) {
    throw new BackendError(
      "[@st/backend] registerTrainingKernels: back end 'wasm' is not registered yet. Call useBackend('wasm'), or import @tensorflow/tfjs-backend-wasm first.",
    );
  }
  isDone = true;
  mendKernels('cpu');
  for (const kernel of rightKernels()) replaceKernel(kernel);
  for (const [name, wrap] of Object.entries(WRAPPED)) replaceKernel(wrap(getKernel(name, 'wasm')));
  for (const kernel of OWN) replaceKernel(kernel);
  for (const kernel of cpuFallbackKernels()) replaceKernel(kernel);
  mendKernels('wasm', {
    right: ['Transform'],
    channelsLastOnly: true,
  });
}

/** Unregisters the previous kernel first: tfjs prints a warning at a second registration. */
function replaceKernel(kernel: KernelConfig): void {
  const { kernelName, backendName } = kernel;
  if (getKernel(kernelName, backendName) !== undefined) unregisterKernel(kernelName, backendName);
  registerKernel(kernel);
}
