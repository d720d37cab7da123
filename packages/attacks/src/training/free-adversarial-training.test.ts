import {
  asClassifier,
  type CheckpointStore,
  type Classifier,
  createRng,
  fit,
  SGD,
  trainStep,
  valueAndGradients,
} from '@st/core';
import { CarriedTensors, decodeCheckpoint } from '@st/core/kit';
import { adversarialLoss, objective, withWeightPerturbation } from '@st/losses';
import { countTensors, expectClose, keep, memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { freeAdversarialTraining } from './free-adversarial-training.ts';

const EPSILON = 0.1;
function setUp(): { classifier: Classifier; optimizer: SGD; carried: CarriedTensors } {
  const model = miniatureModel();
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
  const carried = new CarriedTensors();
  keep(model, optimizer, carried);
  return { classifier: asClassifier(model), optimizer, carried };
}

const batchOf = (size: number) => miniatureDataset().batch(Array.from({ length: size }, (_, i) => i));
const free = freeAdversarialTraining({ epsilon: EPSILON, replays: 3 });

describe('freeAdversarialTraining', () => {
  it('takes the gradients of weights and perturbation at clip(x + d) from one pass, and moves d by its sign', () => {
    tf.tidy(() => {
      const [ours, twin] = [setUp(), setUp()];
      const batch = batchOf(5);
      const weighted = objective({
        search: () => ({ adversarial: tf.clipByValue(tf.add<tf.Tensor4D>(batch.images, delta), 0, 1) }),
        loss: adversarialLoss(),
      });
      let delta = tf.zeros<tf.Rank.R4>(batch.images.shape);
      for (let step = 0; step < 3; step++) {
        const terms = trainStep(ours.classifier, batch, { ...ours, objective: free, rng: createRng(1) });
        // the reference takes two passes
        const examples = weighted.search(twin.classifier, batch, createRng(1));
        const frozen = (points: tf.Tensor4D) =>
          weighted.loss(
            { ...twin.classifier, logits: (x) => twin.classifier.logits(x, 'batch-frozen') },
            { ...examples, views: { natural: points, adversarial: tf.clipByValue(points, 0, 1) } },
          ).total;
        const slope = tf.grad((points) => frozen(points as tf.Tensor4D))(tf.add(batch.images, delta));
        const found = valueAndGradients(weighted, twin.classifier, examples);
        twin.optimizer.update(twin.classifier.parameters, found.gradients);
        delta = tf.clipByValue(tf.add<tf.Tensor4D>(delta, tf.mul(EPSILON, tf.sign(slope))), -EPSILON, EPSILON);
        expectClose(terms.total, found.terms.total);
        expectClose(ours.carried.get('free/perturbation') ?? [], delta);
        ours.classifier.parameters.forEach(({ variable }, i) => {
          expectClose(variable, twin.classifier.parameters[i]?.variable ?? []);
        });
        ours.classifier.statistics.forEach(({ variable }, i) => {
          expectClose(variable, twin.classifier.statistics[i]?.variable ?? []);
        });
      }
      expect(tf.max(tf.abs(delta)).dataSync()[0]).toBeCloseTo(EPSILON, 6);
    });
  });

  it('carries the perturbation by position in the batch: smaller batches keep the other rows, larger ones start those at zero', () => {
    const { classifier, optimizer, carried } = setUp();
    const rowsAfter = (size: number): tf.Tensor4D[] => {
      const batch = batchOf(size);
      tf.dispose([batch, trainStep(classifier, batch, { objective: free, optimizer, carried, rng: createRng(1) })]);
      return tf.unstack(carried.get('free/perturbation') ?? tf.zeros([0])) as tf.Tensor4D[];
    };
    tf.tidy(() => {
      const first = rowsAfter(4);
      const second = rowsAfter(2);
      expect(first).toHaveLength(4);
      expect(second).toHaveLength(4);
      for (const row of [2, 3]) expectClose(second[row] ?? [], first[row] ?? tf.zeros([1]));
      const third = rowsAfter(6);
      expect(third).toHaveLength(6);
      expectClose(tf.abs(third[5] ?? tf.zeros([1])), tf.fill([4, 4, 1], EPSILON)); // one step from zero
    });
  });

  it('replays each batch in fit, and resumes within the replays bit for bit, also with AWP', async () => {
    const training = withWeightPerturbation(free, { gamma: 0.01 });
    const run = async (store: CheckpointStore, stopAfter = Number.POSITIVE_INFINITY, resume = false) => {
      const seen: string[] = [];
      const inner = miniatureDataset({ size: 20 });
      const train = {
        ...inner,
        batch: (indices: ArrayLike<number>, rng?: Parameters<typeof inner.batch>[1]) => {
          const batch = inner.batch(indices, rng);
          seen.push(Array.from(batch.images.dataSync()).join());
          return batch;
        },
      };
      const controller = new AbortController();
      const { optimizer } = setUp();
      const model = miniatureModel();
      keep(model);
      const before = tf.memory().numTensors;
      const result = await fit(model, train, {
        ...{ objective: training, optimizer, epochs: 2, batchSize: 8, seed: 1, checkpoint: store, resume },
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'step' && event.step === stopAfter) controller.abort();
        },
      });
      const slots = optimizer.state().slots;
      expect(tf.memory().numTensors - before).toBe(2 * slots.size); // the momentum, and this copy of it
      tf.dispose([...slots.values()]);
      return { seen: seen.slice(1), result }; // the first batch is looked at before the first step
    };
    const [whole, cut] = [memoryStore(), memoryStore()];
    const { seen, result } = await run(whole);
    expect(result.totalSteps).toBe(2 * 3 * 3);
    expect(seen).toHaveLength(18);
    for (let i = 0; i < 18; i += 3) expect(new Set(seen.slice(i, i + 3)).size).toBe(1);
    expect(new Set(seen).size).toBe(6);
    await run(cut, 5);
    await run(cut, undefined, true);
    expect(cut.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
    const { tensors } = decodeCheckpoint(whole.files.get('last.safetensors') ?? new Uint8Array());
    expect(tensors.get('carried/free/perturbation')?.shape).toEqual([8, 4, 4, 1]);
  });

  it('holds the same number of tensors over steps', () => {
    const { classifier, optimizer, carried } = setUp();
    const batch = batchOf(4);
    const step = () =>
      tf.dispose(trainStep(classifier, batch, { objective: free, optimizer, carried, rng: createRng(1) }));
    step();
    expect(countTensors(step)).toBe(0);
    tf.dispose(batch);
  });

  it('rejects a loop that carries nothing, and options out of range', () => {
    const { classifier, optimizer } = setUp();
    const batch = batchOf(4);
    expect(() => trainStep(classifier, batch, { objective: free, optimizer, rng: createRng(1) })).toThrow(
      '[@st/attacks] freeAdversarialTraining: the perturbation must be carried from step to step, but the loop carries nothing. Make carried = new CarriedTensors()',
    );
    tf.dispose(batch);
    expect(() => freeAdversarialTraining({ epsilon: 8, replays: 4 })).toThrow('for 8 grey levels pass 8 / 255.');
    expect(() => freeAdversarialTraining({ epsilon: 0.1, replays: 0 })).toThrow(
      '[@st/attacks] freeAdversarialTraining: replays must be an integer >= 1, got 0.',
    );
    expect(() => freeAdversarialTraining({ epsilon: 0.1, replays: 2, stepSize: 0 })).toThrow(
      '[@st/attacks] freeAdversarialTraining: stepSize must be a finite number in (0, 1], got 0.',
    );
    expect(() => freeAdversarialTraining({ epsilon: 0.1, replays: 2, ...{ m: 4 } })).toThrow("unknown option 'm'.");
  });
});
