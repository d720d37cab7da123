import { miniatureDataset, miniatureModel } from '@st/testing';
import type { Dataset } from '../dataset.ts';
import { SGD } from '../optimizer/sgd.ts';
import { cosine } from '../schedules/cosine.ts';
import { fit } from './fit.ts';
import type { FitEvent, FitResult } from './fit-event.ts';
import type { FitOptions } from './fit-options.ts';
import { noiseObjective, noiseSearch } from './noise-objective.fixture.ts';

/** Objects to dispose after the test. */
export const made: { dispose(): unknown }[] = [];

/** Disposes everything in `made`. */
export function disposeMade(): void {
  for (const thing of new Set(made.splice(0))) thing.dispose();
}

/** A run from scratch or from the store; model and optimizer are new each time, as in a new process. */
export async function run(
  changes: Partial<FitOptions> = {},
  {
    train = miniatureDataset(),
    model = miniatureModel(),
    validated = true,
  }: { train?: Dataset; model?: ReturnType<typeof miniatureModel>; validated?: boolean } = {},
): Promise<{ result: FitResult; events: FitEvent[]; model: ReturnType<typeof miniatureModel> }> {
  const optimizer = new SGD({ learningRate: cosine(0.05, { every: 'step' }), momentum: 0.9, weightDecay: 1e-3 });
  made.push(model, optimizer);
  const events: FitEvent[] = [];
  const result = await fit(model, train, {
    objective: noiseObjective,
    optimizer,
    epochs: 3,
    batchSize: 16,
    seed: 1,
    ...(validated && {
      validation: miniatureDataset({ seed: 2, size: 20 }),
      evaluation: { search: noiseSearch },
    }),
    ...changes,
    onEvent: async (event) => {
      events.push(event);
      await changes.onEvent?.(event);
    },
  });
  return { result, events, model };
}

/** Aborts once `step` steps are taken. */
export function stopAfter(step: number): Pick<FitOptions, 'signal' | 'onEvent'> & { signal: AbortSignal } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === step) controller.abort();
    },
  };
}
