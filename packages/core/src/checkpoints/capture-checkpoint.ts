import * as tf from '@tensorflow/tfjs-core';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { stateVariables } from '../classifier/weight-values.ts';
import { checkKind } from '../errors/check-kind.ts';
import { checkObject } from '../errors/check-options.ts';
import { checkTensor } from '../errors/check-tensor.ts';
import { CheckpointError } from '../errors/errors.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import { trainOptimizerOf } from '../optimizer/train-optimizer-of.ts';
import type { SafetensorsSource } from '../safetensors/safetensors-write.ts';
import type { Checkpoint, RunState } from './checkpoint.ts';

const WHERE = '[@st/core] captureCheckpoint';

/**
 * Reads weights, running statistics and optimizer slots from the device into a checkpoint. Take no step until it resolves.
 * @param run - The state of the run; step count and back end are filled in.
 * @param further - More tensors by their names in the checkpoint, such as `average/weights/<name>`; borrowed.
 * @throws {InvalidArgumentError} for an argument of the wrong type.
 * @throws {CheckpointError} if a value is NaN or infinite, so that a diverged state never replaces a good checkpoint.
 */
export async function captureCheckpoint(
  classifier: Classifier,
  optimizer: TrainOptimizer,
  run: Omit<RunState, 'optimizerSteps' | 'backend'>,
  further: readonly (readonly [string, tf.Tensor])[] = [],
): Promise<Checkpoint> {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'run', run, ['epoch', 'step', 'rng', 'settings']);
  checkFurther(further);
  const { steps, slots } = trainOptimizerOf(WHERE, optimizer).state();
  try {
    const sources: (readonly [string, tf.Tensor])[] = [
      ...stateVariables(classifier).map(({ name, variable }) => [name, variable] as const),
      ...[...slots].map(([slot, tensor]) => [`optimizer/${slot}`, tensor] as const),
      ...further,
    ];
    const tensors = new Map<string, SafetensorsSource>();
    for (const [name, tensor] of sources) {
      const data = await tensor.data();
      checkFinite(name, data);
      // on some back ends data() aliases the memory of the variable, which the next step may reuse
      tensors.set(name, { shape: tensor.shape, data: data.slice() });
    }
    return { tensors, run: { ...run, optimizerSteps: steps, backend: tf.getBackend() } };
  } finally {
    tf.dispose([...slots.values()]);
  }
}

function checkFurther(further: unknown): void {
  checkKind(WHERE, 'further', further, 'list');
  for (const entry of further as readonly unknown[]) {
    checkKind(WHERE, 'an entry of further', entry, 'list');
    const [name, tensor] = entry as readonly unknown[];
    checkKind(WHERE, 'a name in further', name, 'text');
    checkTensor(WHERE, `further '${String(name)}'`, tensor);
  }
}

function checkFinite(name: string, data: Float32Array | Int32Array | Uint8Array): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new CheckpointError(
    `[@st/core] captureCheckpoint: '${name}' must be finite, got ${data[index]} at flat index ${index}. Training has diverged: lower the learning rate. Earlier checkpoints are untouched.`,
    { argument: name, received: data[index] },
  );
}
