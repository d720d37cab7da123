import '@tensorflow/tfjs-backend-cpu'; // registers the kernels that are inherited
import { mendKernels } from '@st/kernels';
import { copyRegisteredKernels, engine, registerBackend } from '@tensorflow/tfjs-core';
import type { Addon } from './addon.ts';
import { attackStepKernels } from './kernels/attack-step.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { binaryKernels } from './kernels/binary.ts';
import { convertKernels } from './kernels/convert.ts';
import { convolutionKernels } from './kernels/convolution.ts';
import { depthwiseConvolutionKernels } from './kernels/depthwise-convolution.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { moveKernels } from './kernels/move.ts';
import { installKernel } from './kernels/native-kernel.ts';
import { oneHotKernel } from './kernels/one-hot.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { poolKernels } from './kernels/pool.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { resizeGradientKernels } from './kernels/resize-gradients.ts';
import { unaryKernels } from './kernels/unary.ts';
import { broadcastMeanGradient } from './mean-gradient.ts';
import { BACKEND_NAME, NativeBackend } from './native-backend.ts';
import { releaseGradientsEarly } from './release-gradients-early.ts';

/** Before `cpu` and `wasm`, after back ends that use a GPU. */
const PRIORITY = 2;

/** Native kernels that are correct where `cpu`'s are not. */
const RIGHT = ['ArgMax', 'ArgMin', 'BatchMatMul', '_FusedMatMul', 'ResizeNearestNeighborGrad', 'Sign'];

/** Registers the back end and its kernels with tfjs, once. */
export function registerNative(addon: Addon): void {
  if (engine().registryFactory[BACKEND_NAME]) return;
  const create = (): NativeBackend => {
    // Registered lazily: tfjs-layers re-registers tfjs's gradients on import, and the last registration wins.
    broadcastMeanGradient();
    return new NativeBackend(addon);
  };
  registerBackend(BACKEND_NAME, create, PRIORITY);
  copyRegisteredKernels('cpu', BACKEND_NAME);
  const families = [
    ...[unaryKernels, binaryKernels, reduceKernels, moveKernels, convertKernels, poolKernels, batchNormKernels],
    ...[convolutionKernels, depthwiseConvolutionKernels, matmulKernels],
    ...[resizeGradientKernels, optimizerKernels, attackStepKernels, [oneHotKernel]],
  ];
  for (const family of families) for (const kernel of family) installKernel(kernel);
  mendKernels(BACKEND_NAME, { right: RIGHT });
  releaseGradientsEarly();
}
