import { memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Objective } from './contracts/objective.ts';
import type { Dataset } from './dataset.ts';
import { evaluate } from './training/evaluate.ts';
import { disposeMade, run } from './training/fit-in-memory.fixture.ts';
import type { FitOptions } from './training/fit-options.ts';
import { noiseObjective, noiseSearch } from './training/noise-objective.fixture.ts';
import { UNLABELED } from './unlabeled.ts';

afterEach(disposeMade);

/** The miniature set, with every third image without a class. */
function partlyLabeled(says = true): Dataset {
  const whole = miniatureDataset();
  return {
    ...whole,
    ...(says && { unlabeled: true }),
    batch: (indices, rng) => {
      const { images, labels } = whole.batch(indices, rng);
      const kept = Array.from(labels.dataSync(), (label, i) => ((indices[i] ?? 0) % 3 === 0 ? UNLABELED : label));
      labels.dispose();
      return { images, labels: tf.tensor1d(kept, 'int32') };
    },
  };
}

const taking: Objective = { ...noiseObjective, takesUnlabeled: true };

describe('images without a class', () => {
  it('are used by an objective that takes them, whether or not the set is marked as unlabeled', async () => {
    for (const train of [partlyLabeled(), partlyLabeled(false)]) {
      const { result } = await run({ objective: taking, epochs: 1 }, { train });
      expect(result.status).toBe('finished');
    }
  });

  it('are refused for any other objective before anything changes, and the error says what to do', async () => {
    const store = memoryStore();
    const model = miniatureModel();
    const before = model.getWeights().map((weight) => Array.from(weight.dataSync()));
    const refused = (train: Dataset): Promise<unknown> => run({ checkpoint: store }, { train, model });
    await expect(refused(partlyLabeled())).rejects.toThrow(
      "[@st/core] fit: train: every image must have a label, but 'miniature' holds images without one. Train on it with an objective that takes unlabeled images, rstTradesTraining({ ... }) of @st/attacks, or give them labels: pseudoLabel(...) of @st/data.",
    );
    await expect(refused(partlyLabeled(false))).rejects.toThrow(
      /^\[@st\/core\] fit: the first batch of 'miniature': labels must be in \[0, 3\), got -1 at index \d+\. It stands for an image without a class\. Train on it with/,
    );
    expect(store.files.size).toBe(0);
    expect(model.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(before);
  });

  it.each<[Partial<FitOptions>, string]>([
    [
      { validation: partlyLabeled() },
      "[@st/core] fit: validation: every image must have a label, but 'miniature' holds images without one. Hold out labeled images.",
    ],
    [
      { evaluation: { trainingExamples: 4 } },
      "[@st/core] fit: evaluation.trainingExamples: every image must have a label, but 'miniature' holds images without one. Omit it",
    ],
  ])('are refused for evaluation (%#)', async (changes, message) => {
    await expect(run({ objective: taking, ...changes }, { train: partlyLabeled() })).rejects.toThrow(message);
  });

  it('are refused by evaluate', async () => {
    const model = miniatureModel();
    await expect(evaluate(model, partlyLabeled())).rejects.toThrow(
      "[@st/core] evaluate: every image must have a label, but 'miniature' holds images without one. Accuracy needs labels",
    );
    model.dispose();
  });

  it('are ignored in checks for catastrophic overfitting', async () => {
    const accuracyOfChecks = async (train: Dataset, objective: Objective): Promise<number[]> => {
      const { events } = await run(
        { objective, epochs: 6, catastrophicOverfitting: { search: noiseSearch } },
        { train, validated: false },
      );
      return events.flatMap((event) => (event.type === 'overfitting-check' ? [event.training] : []));
    };
    // two of three images are labeled: counted over all images, no share could exceed two thirds
    expect(Math.max(...(await accuracyOfChecks(partlyLabeled(), taking)))).toBeGreaterThan(0.75);
    const none: Dataset = { ...partlyLabeled(), batch: (indices, rng) => unlabeledBatch(indices, rng) };
    expect(await accuracyOfChecks(none, taking)).toEqual([]);
  });
});

function unlabeledBatch(...[indices, rng]: Parameters<Dataset['batch']>): ReturnType<Dataset['batch']> {
  const { images, labels } = miniatureDataset().batch(indices, rng);
  labels.dispose();
  return { images, labels: tf.fill([indices.length], UNLABELED, 'int32') };
}
