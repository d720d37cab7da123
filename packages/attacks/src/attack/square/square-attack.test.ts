import { asClassifier, type Batch, type Classifier, createRng, type Norm, type ThreatModel } from '@st/core';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../../ball/threat.ts';
import { examplesAt, linearClassifier } from '../../fixtures/linear-model.fixture.ts';
import { randomnessOf, runInBatches } from '../../fixtures/run-attack.fixture.ts';
import { type SquareAttackOptions, squareAttack } from './square-attack.ts';
import { drawsOf } from './square-draws.ts';
import { squareRun } from './square-run.ts';

const THREATS: Readonly<Record<Norm, ThreatModel>> = { linf: linf(0.1), l2: l2(0.5), l1: l1(2) };
const NORMS = Object.keys(THREATS) as Norm[];

/** The share of the exact worst case that 300 queries reach on the linear model: in l2 and l1 windows cannot follow arbitrary weights. */
const REACHED: Readonly<Record<Norm, number>> = { linf: 0.9, l2: 0.5, l1: 0.45 };

function examples(threat: ThreatModel, shares: readonly number[]): Batch {
  const batch = examplesAt(threat, shares);
  keep(batch.images, batch.labels);
  return batch;
}

function distance(norm: Norm, from: readonly number[], to: readonly number[]): number {
  const moves = from.map((value, i) => Math.abs(value - (to[i] ?? Number.NaN)));
  if (norm === 'linf') return Math.max(...moves);
  return norm === 'l1' ? moves.reduce((sum, move) => sum + move, 0) : Math.hypot(...moves);
}

const rowsOf = (images: tf.Tensor4D): number[][] =>
  tf.tidy(() => tf.reshape(images, [images.shape[0], -1]).arraySync() as number[][]);

describe('squareAttack', () => {
  it.each(NORMS)('finds in %s exactly the examples that a perturbation can break on a linear model', async (norm) => {
    const threat = THREATS[norm];
    const batch = examples(threat, [0.1, 0.5 * REACHED[norm], REACHED[norm], 1.02, 1.5]);
    const { found, adversarial, gradientCalls } = await runInBatches(
      squareAttack({ threat, queries: 300, rescale: true }),
      linearClassifier(),
      batch,
    );
    expect(found).toEqual([1, 1, 1, 0, 0]);
    expect(gradientCalls).toEqual([0, 0, 0, 0, 0]);
    const natural = rowsOf(batch.images);
    expect(adversarial.slice(3)).toEqual(natural.slice(3));
    adversarial.forEach((points, i) => {
      expect(distance(norm, points, natural[i] ?? [])).toBeLessThanOrEqual(threat.epsilon * (1 + 1e-5));
    });
  });

  it('stays in the ball and in [0, 1] on images of any size, up to their edges', async () => {
    const classifier = asClassifier(
      (x) => tf.mul(tf.reshape(tf.mean(x, [1, 2, 3]), [-1, 1]), [[1, -1]]) as tf.Tensor2D,
      {
        classes: 2,
      },
    );
    const sizes = fc.record({
      norm: fc.constantFrom(...NORMS),
      height: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 12 }),
      channels: fc.constantFrom(1, 3),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ norm, height, width, channels, seed }) => {
        const threat = { ...THREATS[norm], epsilon: 0.3 };
        const images = createRng(seed).uniform<tf.Rank.R4>([2, height, width, channels], -0.5, 1.5);
        const clipped = tf.clipByValue(images, 0, 1);
        const labels = tf.tensor1d([0, 0], 'int32');
        const settings = { threat, queries: 8, pInit: 0.8, rescale: true, loss: 'margin' } as const;
        const draws = drawsOf(createRng(seed), [createRng(seed + 1), createRng(seed + 2)]);
        const { best } = await squareRun(classifier, { images: clipped, labels }, settings, draws);
        const [points, natural] = [rowsOf(best), rowsOf(clipped)];
        tf.dispose([images, clipped, labels, best]);
        points.forEach((row, i) => {
          expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...row)).toBeLessThanOrEqual(1);
          expect(distance(norm, row, natural[i] ?? [])).toBeLessThanOrEqual(0.3 * (1 + 1e-5));
        });
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it.each(NORMS)('gives the same points in %s in batches of any size', async (norm) => {
    const threat = THREATS[norm];
    const batch = examples(threat, [0.2, 0.7, 1.2, 0.5, 0.9]);
    const attack = squareAttack({ threat, queries: 40, restarts: 2 });
    const classifier = linearClassifier();
    const whole = await runInBatches(attack, classifier, batch);
    expect(await runInBatches(attack, classifier, batch, { batchSize: 1 })).toEqual(whole);
    expect(await runInBatches(attack, classifier, batch, { batchSize: 2 })).toEqual(whole);
    expect(await runInBatches(attack, classifier, batch, { seed: 2 })).not.toEqual(whole);
  });

  it('counts one forward pass for the image, one for the start, and one an iteration until the example is fooled', async () => {
    const threat = THREATS.linf;
    const batch = examples(threat, [1.5, 0.7, 0.02]);
    let asked = 0;
    const linear = linearClassifier();
    const counting: Classifier = {
      ...linear,
      logits: (images, mode) => {
        expect(mode).toBe('inference');
        asked += images.shape[0];
        return linear.logits(images, mode);
      },
    };
    const { queries, found } = await runInBatches(squareAttack({ threat, queries: 50 }), counting, batch);
    expect(asked).toBe(queries.reduce((sum, count) => sum + count, 0));
    expect(found).toEqual([0, 1, 1]);
    expect(queries[0]).toBe(52);
    expect(queries[1]).toBeLessThan(52);
  });

  it('runs restarts on active examples alone, with other draws', async () => {
    const threat = THREATS.linf;
    const batch = examples(threat, [1.5, 0.1]);
    const { queries } = await runInBatches(
      squareAttack({ threat, queries: 10, restarts: 3 }),
      linearClassifier(),
      batch,
    );
    expect(queries[0]).toBe(1 + 3 * 11);
    expect(queries[1]).toBeLessThan(34);
    const once = async (restarts: number): Promise<number> => {
      const shares = Array<number>(40).fill(0.4);
      const { found } = await runInBatches(
        squareAttack({ threat, queries: 6, restarts }),
        linearClassifier(),
        examples(threat, shares),
      );
      return found.filter((value) => value === 1).length;
    };
    expect(await once(4)).toBeGreaterThan(await once(1));
  });

  it.each<[string, Parameters<typeof linearClassifier>[0]]>([
    ['rounds its input to 32 levels', { pixels: (x) => tf.div(tf.round(tf.mul(x, 32)), 32) }],
    ['saturates its logits', { logits: (z) => tf.mul(z, 1e5) }],
  ])('breaks a model that masks its gradient: it %s', async (_, disguise) => {
    const threat = THREATS.linf;
    const batch = examples(threat, [0.3, 0.5, 0.7]);
    const { found } = await runInBatches(squareAttack({ threat, queries: 300 }), linearClassifier(disguise), batch);
    expect(found).toEqual([1, 1, 1]);
  });

  it('does not attack misclassified images, and finds nothing on a constant model', async () => {
    const batch = examples(THREATS.linf, [-0.5, -0.2]);
    const before = await runInBatches(squareAttack({ threat: THREATS.linf, queries: 5 }), linearClassifier(), batch);
    expect(before.found).toEqual([0, 0]);
    expect(before.queries).toEqual([1, 1]);
    const constant = asClassifier((x) => tf.zeros([x.shape[0], 3]), { classes: 3 });
    const { found, adversarial } = await runInBatches(
      squareAttack({ threat: THREATS.linf, queries: 5 }),
      constant,
      batch,
    );
    expect(found).toEqual([0, 0]);
    expect(adversarial).toEqual(rowsOf(batch.images));
  });

  it("lowers the cross-entropy with loss 'cross-entropy'", async () => {
    const threat = THREATS.linf;
    const attack = squareAttack({ threat, queries: 300, loss: 'cross-entropy' });
    const { found } = await runInBatches(attack, linearClassifier(), examples(threat, [0.5, 0.8, 1.02]));
    expect(found).toEqual([1, 1, 0]);
  });

  it('leaks no tensor, also if it fails or is aborted', async () => {
    const batch = examples(THREATS.l2, [0.2, 0.5, 1.5]);
    const randomness = randomnessOf(1, [0, 1, 2]);
    const before = tf.memory().numTensors;
    const attack = squareAttack({ threat: THREATS.l2, queries: 20, restarts: 2 });
    const { adversarial } = await attack.run(linearClassifier(), batch, randomness);
    expect(tf.memory().numTensors).toBe(before + 1);
    adversarial.dispose();

    let calls = 0;
    const linear = linearClassifier();
    const failing: Classifier = {
      ...linear,
      logits: (images, mode) => {
        calls++;
        if (calls === 5) throw new Error('device lost');
        return linear.logits(images, mode);
      },
    };
    await expect(attack.run(failing, batch, randomness)).rejects.toThrow('device lost');
    expect(tf.memory().numTensors).toBe(before);

    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(attack.run(linear, batch, randomness, { signal: abort.signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports the settings that its results depend on', () => {
    expect(squareAttack({ threat: linf(0.1) })).toMatchObject({
      name: 'square',
      threat: linf(0.1),
      settings: { norm: 'linf', epsilon: 0.1, queries: 5000, restarts: 1, pInit: 0.8, rescale: false, loss: 'margin' },
    });
  });

  it('rejects options out of range or misspelt and NaN logits, each with a hint', async () => {
    const build = (changes: object) => () => squareAttack({ threat: linf(0.1), ...changes } as SquareAttackOptions);
    expect(build({ threat: { norm: 'linf', epsilon: 8, bounds: [0, 1] } })).toThrow(
      '[@st/attacks] squareAttack: epsilon must be a finite number in (0, 1], got 8.',
    );
    expect(build({ queries: 0 })).toThrow('queries must be an integer >= 1, got 0.');
    expect(build({ restarts: 1.5 })).toThrow('restarts must be an integer >= 1, got 1.5.');
    expect(build({ pInit: 0 })).toThrow('pInit must be a finite number in (0, 1], got 0.');
    expect(build({ pinit: 0.8 })).toThrow("unknown option 'pinit'; did you mean 'pInit'?");
    expect(build({ loss: 'dlr' })).toThrow("loss must be one of 'margin', 'cross-entropy', got 'dlr'.");
    expect(build({ rescale: 'yes' })).toThrow("rescale must be true or false, got 'yes'.");
    const diverged = asClassifier((x) => tf.fill([x.shape[0], 2], Number.NaN), { classes: 2 });
    const attack = squareAttack({ threat: linf(0.1) });
    await expect(runInBatches(attack, diverged, examples(linf(0.1), [0.5]))).rejects.toThrow('logits must not be NaN');
  });

  it('rejects logits that are NaN only away from the images', async () => {
    const linear = linearClassifier();
    let calls = 0;
    const failing: Classifier = {
      ...linear,
      logits: (images, mode) =>
        tf.tidy(() => tf.mul(linear.logits(images, mode), calls++ === 0 ? 1 : Number.NaN)) as tf.Tensor2D,
    };
    await expect(
      runInBatches(squareAttack({ threat: linf(0.1) }), failing, examples(linf(0.1), [0.5])),
    ).rejects.toThrow('[@st/attacks] squareAttack: logits must not be NaN, got some for a point of the search.');
  });
});
