import '@tensorflow/tfjs-backend-cpu'; // registers the kernels that are inherited
import { mendKernels } from '@st/kernels';
import { copyRegisteredKernels, engine, getKernelsForBackend, registerBackend } from '@tensorflow/tfjs-core';
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
import type { ModuleMemory } from './module-memory.ts';
import { NativeBackend } from './native-backend.ts';
import { releaseGradientsEarly } from './release-gradients-early.ts';

/** Native kernels that are correct where `cpu`'s are not. */
const RIGHT = ['ArgMax', 'ArgMin', 'BatchMatMul', '_FusedMatMul', 'ResizeNearestNeighborGrad', 'Sign'];

const FAMILIES = [
  ...[unaryKernels, binaryKernels, reduceKernels, moveKernels, convertKernels, poolKernels, batchNormKernels],
  ...[convolutionKernels, depthwiseConvolutionKernels, matmulKernels],
  ...[resizeGradientKernels, optimizerKernels, attackStepKernels, [oneHotKernel]],
];

/** A module of the kernels, and where its arrays lie. */
export type Engine = {
  readonly addon: Addon;
  readonly memory: ModuleMemory;
  /** Called when tfjs has removed the back end, and nothing uses the module any more. */
  readonly end?: () => void;
};

/** Registers a back end on a module, and its kernels, with tfjs, unless it is registered. `start` is called when the back end is first chosen. */
export function registerEngine(name: string, priority: number, start: () => Engine | Promise<Engine>): void {
  if (engine().registryFactory[name]) return;
  const create = ({ addon, memory, end }: Engine): NativeBackend => {
    // Registered lazily: tfjs-layers re-registers tfjs's gradients on import, and the last registration wins.
    broadcastMeanGradient();
    return new NativeBackend(name, addon, memory, end);
  };
  registerBackend(
    name,
    () => {
      const started = start();
      return started instanceof Promise ? started.then(create) : create(started);
    },
    priority,
  );
  if (getKernelsForBackend(name).length > 0) return; // `tf.removeBackend` leaves kernels registered
  copyRegisteredKernels('cpu', name);
  for (const family of FAMILIES) for (const kernel of family) installKernel(kernel, name);
  mendKernels(name, { right: RIGHT });
  releaseGradientsEarly();
}
