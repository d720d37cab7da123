import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import { checkChoice, checkKnownOptions } from '../errors/check-options.ts';
import { CheckpointError } from '../errors/errors.ts';
import { decodeCheckpoint, type RunState } from './checkpoint.ts';
import { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from './checkpoint-store.ts';
import { checkpointStoreOf } from './checkpoint-store-of.ts';
import { restoreCheckpoint } from './restore-checkpoint.ts';

const WHERE = '[@st/core] loadCheckpoint';

/** Settings of `loadCheckpoint`. */
export type LoadCheckpointOptions = {
  /** Default `'best'`: the state with the best score on the validation set. */
  readonly kind?: 'best' | 'last';
  /** Default: the weights that the run's scores refer to: `'averaged'` if the run averages, otherwise `'raw'`. */
  readonly weights?: 'raw' | 'averaged';
};

/**
 * Loads the weights and running statistics of a run into a model, to evaluate or deploy it.
 * @param from - The run's folder (Node) or store.
 * @param options - The state and the weights to load; `'last'` is short for `{ kind: 'last' }`.
 * @returns The position and the configuration of the run.
 * @throws {CheckpointError} if there is no checkpoint, it does not fit the model, or its averaged weights are missing or lack their statistics. The model is
 *   then unchanged.
 */
export async function loadCheckpoint(
  model: Classifier | LayersModel,
  from: string | CheckpointStore,
  options: LoadCheckpointOptions | 'best' | 'last' = {},
): Promise<RunState> {
  if (typeof options !== 'string') checkKnownOptions(WHERE, options, ['kind', 'weights']);
  const { kind = 'best', weights } = typeof options === 'string' ? { kind: options } : options;
  checkChoice(WHERE, 'kind', kind, ['best', 'last']);
  if (weights !== undefined) checkChoice(WHERE, 'weights', weights, ['raw', 'averaged']);
  const store = checkpointStoreOf(WHERE, from);
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
  const averages = (checkpoint.run.average?.updates ?? 0) > 0;
  restoreCheckpoint(checkpoint, classifierOf(model), { name, weights: weights ?? (averages ? 'averaged' : 'raw') });
  return checkpoint.run;
}
