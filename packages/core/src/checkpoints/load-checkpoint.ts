import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import { CheckpointError } from '../errors/errors.ts';
import { decodeCheckpoint, type RunState } from './checkpoint.ts';
import { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from './checkpoint-store.ts';
import { checkpointStoreOf } from './checkpoint-store-of.ts';
import { restoreCheckpoint } from './restore-checkpoint.ts';

const WHERE = '[@st/core] loadCheckpoint';

/**
 * Puts the weights and running statistics of a run into a model, to evaluate or deploy it.
 * @param from - The run's folder (Node) or store.
 * @param kind - Default `'best'`: the state with the best score on the validation set.
 * @returns Where the run stood, with its configuration.
 * @throws {CheckpointError} if there is none, or it does not fit; the model is untouched then.
 */
export async function loadCheckpoint(
  model: Classifier | LayersModel,
  from: string | CheckpointStore,
  kind: 'best' | 'last' = 'best',
): Promise<RunState> {
  const store = await checkpointStoreOf(WHERE, from);
  const file = kind === 'best' ? BEST_CHECKPOINT : LAST_CHECKPOINT;
  const bytes = await store.read(file);
  const name = `${store.name}/${file}`;
  if (!bytes) {
    throw new CheckpointError(
      `${WHERE}: ${name} must exist, got nothing. Is the path right?${kind === 'best' ? " Runs without validation have only 'last'." : ''}`,
      { argument: 'from', received: store.name },
    );
  }
  const checkpoint = decodeCheckpoint(bytes, name);
  restoreCheckpoint(checkpoint, classifierOf(model), { name });
  return checkpoint.run;
}
