import { type Attack, apgdAttack, l2, linf } from '@st/attacks';
import { asClassifier, InvalidArgumentError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import type { EvaluateRobustnessOptions, EvaluationProgress, FoundExamples } from './evaluation-options.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { cornerAttack, lyingAttack, pgdAttack } from './testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from './testing-set.fixture.ts';

/** Epsilon 0.03 breaks indices 0, 1 and 6; index 3 has a wrong label. */
const OFFSETS = [0.01, -0.02, 0.05, 0.025, -0.06, 0.08, -0.029, 0.04];
const LABELS = [1, 0, 1, 0, 0, 1, 0, 1];

const base = {
  classifier: brightnessClassifier,
  dataset: testingSet(OFFSETS, LABELS),
  attacks: [pgdAttack(), cornerAttack()],
  seed: 1,
} satisfies EvaluateRobustnessOptions;

const evaluate = (changes: Partial<EvaluateRobustnessOptions> = {}): Promise<RobustnessReport> =>
  evaluateRobustness({ ...base, ...changes });

/** The report without its times. */
const timeless = ({ timing, ...rest }: RobustnessReport): object => ({ ...rest, parts: timing.attacks.length });

describe('evaluateRobustness', () => {
  it('counts exactly the images that the radius breaks, and names the attack that broke each', async () => {
    const report = await evaluate();
    expect(report.natural).toMatchObject({ correct: 7, total: 8, accuracy: 7 / 8 });
    expect(report.robust).toMatchObject({ correct: 4, total: 8, accuracy: 0.5 });
    expect(report.robust.interval.low).toBeCloseTo(0.2152, 4); // Wilson's formula by hand
    expect(report.robust.interval.high).toBeCloseTo(0.7848, 4);
    expect(report.examples.map(({ outcome }) => outcome)).toEqual([
      ...['broken', 'broken', 'robust', 'misclassified', 'robust', 'robust', 'broken', 'robust'],
    ]);
    expect(report.examples[0]).toEqual({
      index: 0,
      label: 1,
      predicted: 1,
      outcome: 'broken',
      brokenBy: 'pgd',
      broken: { phase: 'attack', attack: 'pgd', epsilon: 0.03, norm: expect.closeTo(0.03, 5), predicted: 0 },
      attacks: [
        {
          attack: 'pgd',
          outcome: 'broken',
          norm: expect.closeTo(0.03, 5),
          predicted: 0,
          queries: 11,
          gradientCalls: 10,
        },
      ],
    });
  });

  it('runs each attack on the examples that still stand, and reports its marginal effect', async () => {
    const weak = pgdAttack({ name: 'one-step', steps: 1 });
    const { attacks, examples } = await evaluate({ attacks: [weak, ...base.attacks] });
    const [one, ten, corners] = attacks;
    expect(one?.attacked).toBe(7);
    expect(ten?.attacked).toBe(7 - (one?.broken ?? 0));
    expect((one?.broken ?? 0) + (ten?.broken ?? 0)).toBe(3);
    expect(corners).toMatchObject({
      attacked: 4,
      broken: 0,
      marginalEffect: 0,
      gradientCalls: 0,
      queries: 12,
      norms: null,
    });
    expect(ten).toMatchObject({ robust: { correct: 4 }, marginalEffect: (ten?.broken ?? 0) / 8 });
    expect(examples[3]?.attacks).toEqual([]);
  });

  it.each([1, 3, 8])('gives the same report with batch size %i', async (batchSize) => {
    const whole = await evaluate();
    const report = await evaluate({ batchSize });
    expect(report.batchSize).toBe(batchSize);
    expect(timeless({ ...report, batchSize: whole.batchSize })).toEqual(timeless(whole));
  });

  it('finds the same points with the same seed, and different ones with another', async () => {
    const pointsOf = async (seed: number): Promise<number[]> => {
      const points: number[] = [];
      await evaluate({ seed, onFound: ({ images }) => void points.push(...images) });
      return points;
    };
    expect(await pointsOf(5)).toEqual(await pointsOf(5));
    expect(await pointsOf(5)).not.toEqual(await pointsOf(6));
  });

  it('passes each adversarial example that it counts to onFound, in the ball and in [0, 1]', async () => {
    const found: FoundExamples[] = [];
    const { robust, natural } = await evaluate({ batchSize: 2, onFound: (some) => void found.push(some) });
    const indices = found.flatMap(({ indices: some }) => some);
    expect(indices).toEqual([0, 1, 6]);
    expect(indices).toHaveLength(natural.correct - robust.correct);
    for (const { indices: some, images } of found) {
      expect(images).toHaveLength(some.length * 8);
      for (const [i, index] of some.entries()) {
        expect(Math.abs((images[8 * i] ?? 0) - 0.5 - (OFFSETS[index] ?? 0))).toBeLessThan(0.0301);
      }
    }
  });

  it('leaks no tensor, whether it finishes or fails', async () => {
    const before = tf.memory().numTensors;
    await evaluate({
      batchSize: 3,
      curve: { epsilons: [0.045], attacksAt: (epsilon) => [pgdAttack({ threat: linf(epsilon) })] },
    });
    expect(tf.memory().numTensors).toBe(before);
    const failing: Attack = { ...pgdAttack({ name: 'failing' }), run: () => Promise.reject(new Error('device lost')) };
    await expect(evaluate({ attacks: [...base.attacks, failing] })).rejects.toThrow('device lost');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('returns plain JSON', async () => {
    const report = await evaluate({ curve: { epsilons: [0.03], attacksAt: () => [] }, modelName: 'brightness' });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      schema: 'st-robustness-report',
      version: 1,
      threat: { norm: 'linf', epsilon: 0.03, bounds: [0, 1] },
      dataset: {
        name: 'offsets',
        subset: { kind: 'all' },
        indices: [0, 1, 2, 3, 4, 5, 6, 7],
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      model: { name: 'brightness', digest: null, parameters: 0 },
      judgement: { randomised: false, passes: 1 },
      brokenElsewhere: [],
      failures: [],
      backend: tf.getBackend(),
    });
  });

  it('gives only the natural accuracy without attacks', async () => {
    const report = await evaluate({ attacks: [] });
    expect(report).toMatchObject({
      threat: null,
      natural: { correct: 7 },
      robust: { correct: 7 },
      attacks: [],
      curve: null,
    });
  });

  it('runs no attack if every natural image is misclassified', async () => {
    const report = await evaluate({ dataset: testingSet([0.1, -0.1], [0, 1]) });
    expect(report).toMatchObject({ natural: { correct: 0 }, robust: { correct: 0 } });
    expect(report.attacks.map(({ attacked }) => attacked)).toEqual([0, 0]);
    expect(report.flags.map(({ code }) => code)).toEqual(['nothing-right']);
  });

  it('evaluates the first examples, a random subset by seed, or given indices', async () => {
    const { dataset } = await evaluate({ examples: 4, subsetSeed: 2 });
    expect(dataset.subset).toEqual({ kind: 'random', seed: 2 });
    expect(dataset.indices).toHaveLength(4);
    expect((await evaluate({ examples: 4, subsetSeed: 2 })).dataset).toEqual(dataset);
    expect((await evaluate({ examples: 4, subsetSeed: 3 })).dataset.indices).not.toEqual(dataset.indices);
    expect((await evaluate({ examples: 3 })).dataset).toMatchObject({ subset: { kind: 'first' }, indices: [0, 1, 2] });
    const named = await evaluate({ indices: [6, 2] });
    expect(named.dataset).toMatchObject({ subset: { kind: 'given' }, indices: [6, 2] });
    expect(named.examples.map(({ outcome }) => outcome)).toEqual(['broken', 'robust']);
  });

  it('gives an example the same result in every subset', async () => {
    const whole = await evaluate();
    const some = await evaluate({ indices: [6, 1] });
    expect(some.examples).toEqual([whole.examples[6], whole.examples[1]]);
  });

  it('gives a curve that never rises and equals the robust accuracy at the radius of the evaluation', async () => {
    const radii: number[] = [];
    const { curve, robust } = await evaluate({
      curve: {
        epsilons: [0.07, 0.03, 0.015, 0.045],
        attacksAt: (epsilon) => {
          radii.push(epsilon);
          return [pgdAttack({ threat: linf(epsilon) })];
        },
      },
    });
    expect(radii).toEqual([0.015, 0.045, 0.07]);
    expect(curve?.map((point) => [point.epsilon, point.robust.correct])).toEqual([
      [0.015, 6],
      [0.03, robust.correct],
      [0.045, 3],
      [0.07, 1],
    ]);
    expect(curve?.map(({ attacks }) => attacks)).toEqual([['pgd'], ['pgd', 'corners'], ['pgd'], ['pgd']]);
  });

  it('measures the distance to the nearest misclassified point of every example, in the ball or not', async () => {
    const found: FoundExamples[] = [];
    const report = await evaluate({
      distances: { iterations: 10 },
      batchSize: 3,
      onFound: (some) => void found.push(some),
    });
    const norms = report.smallestPerturbations?.norms;
    expect(report.smallestPerturbations?.attack).toBe('fab-distances');
    expect(norms?.count).toBe(7);
    // the model is linear: the distance to the boundary is the offset, and FAB ends just beyond it
    for (const [value, offset] of [
      [norms?.min, 0.01],
      [norms?.median, 0.04],
      [norms?.max, 0.08],
    ] as const) {
      expect(value).toBeGreaterThanOrEqual(offset - 1e-6);
      expect(value).toBeLessThan(offset * 1.1);
    }
    expect(report.robust.correct).toBe(4);
    const counted = found.filter(({ epsilon }) => epsilon === 0.03).flatMap(({ indices }) => indices);
    expect(counted).toEqual([0, 1, 6]);
  });

  it('reports progress after every batch of every part', async () => {
    const reported: EvaluationProgress[] = [];
    await evaluate({ batchSize: 4, onProgress: (progress) => void reported.push(progress) });
    expect(
      reported.map(({ name, done, total, standing, partsLeft }) => [name, done, total, standing, partsLeft]),
    ).toEqual([
      ['natural images', 4, 8, 3, 2],
      ['natural images', 8, 8, 7, 2],
      ['pgd', 4, 7, 5, 1],
      ['pgd', 7, 7, 4, 1],
      ['corners', 4, 4, 4, 0],
    ]);
    for (const { etaSeconds, done, total } of reported) {
      expect(etaSeconds).toBeGreaterThanOrEqual(0);
      if (done === total) expect(etaSeconds).toBe(0);
    }
  });

  it('stops between two batches when its signal is aborted', async () => {
    const stop = new AbortController();
    const stopped = evaluate({ batchSize: 2, signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });

  it('rejects false claims, and reports why', async () => {
    const lies: readonly Attack[] = [
      lyingAttack('too-far', (images) => tf.clipByValue(tf.add<tf.Tensor4D>(images, -0.2), 0, 1)),
      lyingAttack('out-of-range', (images) => tf.add(images, 0.02)),
      lyingAttack('no-number', (images) => tf.mul(images, Number.NaN)),
      lyingAttack('nothing-done', (images) => tf.clone(images)),
    ];
    const dataset = testingSet([0.05, 0.06]); // two bright images, whose second channel is 1
    const { robust, flags, attacks, examples } = await evaluate({ dataset, attacks: lies });
    expect(robust.correct).toBe(2);
    expect(attacks.map(({ rejected, broken }) => [rejected, broken])).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
    ]);
    expect(examples[0]?.attacks.map(({ outcome }) => outcome)).toEqual([
      'outside-ball',
      'outside-bounds',
      'not-finite',
      'not-misclassified',
    ]);
    expect(flags.find(({ code }) => code === 'claims-rejected')).toMatchObject({
      severity: 'suspect',
      seen: 'too-far: 2 outside ball. out-of-range: 2 outside bounds. no-number: 2 not finite. nothing-done: 2 not misclassified.',
    });
  });

  it('throws for an attack that does not return one point and one claim per example', async () => {
    const short = (changes: object): Attack => ({
      ...pgdAttack(),
      run: async (_, { images }) => ({
        adversarial: tf.clone(images),
        found: new Uint8Array(8),
        queries: new Int32Array(8),
        gradientCalls: new Int32Array(8),
        ...changes,
      }),
    });
    const dataset = testingSet([0.1, -0.1]);
    await expect(evaluate({ dataset, attacks: [short({})] })).rejects.toThrow(
      "[@st/evaluation] evaluateRobustness: attack 'pgd': it must return found of length 2, one value per example, got 8.",
    );
    const wide = lyingAttack('wide', (images) => tf.tile(images, [1, 2, 1, 1]));
    await expect(evaluate({ dataset, attacks: [wide] })).rejects.toThrow(
      "it must return adversarial of the batch's shape [2,2,2,2], got Tensor float32 [2,4,2,2].",
    );
  });

  it('throws for an attack that does not fit the model, before any attack runs', async () => {
    let runs = 0;
    const first: Attack = { ...pgdAttack(), run: () => Promise.reject(new Error(`run ${++runs}`)) };
    const dlr = apgdAttack({ threat: linf(0.03), loss: 'dlr' });
    await expect(evaluate({ attacks: [first, dlr] })).rejects.toThrow(InvalidArgumentError);
    const curve = {
      epsilons: [0.1],
      attacksAt: (epsilon: number) => [apgdAttack({ threat: linf(epsilon), loss: 'dlr' })],
    };
    await expect(evaluate({ attacks: [first], curve })).rejects.toThrow(InvalidArgumentError);
    expect(runs).toBe(0);
  });

  it.each<[string, Partial<EvaluateRobustnessOptions>, string]>([
    [
      'an empty data set',
      { dataset: testingSet([]) },
      "the data set must hold at least one example, got 'offsets' with 0.",
    ],
    ['no examples', { examples: 0 }, "examples must be an integer in [1, 8], got 0. 'offsets' holds 8."],
    ['no indices', { indices: [] }, 'indices must name at least one example, got none.'],
    ['an index twice', { indices: [1, 1] }, 'indices must name each example once, got 1 twice.'],
    ['an index out of range', { indices: [8] }, "indices must be an integer in [0, 7], got 8. 'offsets' holds 8."],
    [
      'two ways of choosing examples',
      { indices: [1], examples: 2 },
      'indices must not be given together with examples',
    ],
    ['a negative seed', { seed: -1 }, 'seed must be an integer in [0, 9007199254740991], got -1.'],
    ['a batch size of 0', { batchSize: 0 }, 'batchSize must be an integer >= 1, got 0.'],
    [
      'two attacks of one name',
      { attacks: [pgdAttack(), pgdAttack()] },
      "attacks must have different names, got two named 'pgd'",
    ],
    [
      'two threat models',
      { attacks: [pgdAttack(), cornerAttack({ threat: l2(0.03) })] },
      "attacks must share one threat model, got linf 0.03 and, for 'corners', l2 0.03.",
    ],
    [
      'a curve of another norm',
      { curve: { epsilons: [0.1], attacksAt: () => [pgdAttack({ threat: l2(0.1) })] } },
      'curve: the attacks at epsilon 0.1 must have that radius and norm linf, got l2 0.1.',
    ],
    ['distances without attacks', { attacks: [], distances: {} }, 'distances needs attacks'],
    ['a misspelled option', { seed: 1, ...{ batchsize: 3 } }, "unknown option 'batchsize'; did you mean 'batchSize'?"],
    [
      'a model with another number of classes',
      { classifier: asClassifier(({ shape: [rows] }) => tf.zeros([rows, 3]) as tf.Tensor2D, { classes: 3 }) },
      "the model must have one output a class of the data set, got 3 outputs for the 2 classes of 'offsets'.",
    ],
  ])('throws for %s', async (_, changes, message) => {
    await expect(evaluate(changes)).rejects.toThrow(message);
    await expect(evaluate(changes)).rejects.toThrow(InvalidArgumentError);
  });
});
