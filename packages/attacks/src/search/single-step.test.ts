import { asClassifier, type BatchNormMode, type Classifier, createRng, type Search, type ThreatModel } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { l2, linf } from '../ball/threat.ts';
import { type FgsmRsSearchOptions, fgsmRsSearch } from './fgsm-rs-search.ts';
import { type NFgsmSearchOptions, nFgsmSearch } from './n-fgsm-search.ts';

const SHAPE = [3, 4, 4, 1] as [number, number, number, number];
const THREAT = linf(0.1);
let filters: tf.Tensor2D;
let images: tf.Tensor4D;
let labels: tf.Tensor1D;
let passes: { mode: BatchNormMode; images: Float32Array }[] = [];
let classifier: Classifier;

beforeAll(() => {
  filters = createRng(1).normal<tf.Rank.R2>([16, 3]);
  images = createRng(2).uniform<tf.Rank.R4>(SHAPE);
  labels = tf.tensor1d([0, 1, 2], 'int32');
  classifier = asClassifier(
    (z, mode) => {
      passes.push({ mode, images: z.dataSync().slice() as Float32Array });
      return tf.matMul(tf.reshape(z, [z.shape[0], 16]), filters) as tf.Tensor2D;
    },
    { classes: 3 },
  );
});
afterAll(() => tf.dispose([filters, images, labels]));

/** The points found and what went through the model on the way. */
function run(search: Search<'adversarial'>, seed = 3): { found: Float32Array; passes: typeof passes } {
  passes = [];
  const { adversarial } = search(classifier, { images, labels }, createRng(seed));
  const found = adversarial.dataSync().slice() as Float32Array;
  adversarial.dispose();
  return { found, passes };
}

/** x + start + step * sign(gradient), both points clipped to [0, 1]; in a linear model the softmax of the start gives the gradient. */
function oneStep(start: tf.Tensor4D, step: number): Float32Array {
  return tf.tidy(() => {
    const from = tf.clipByValue(tf.add(images, start), 0, 1);
    const logits = tf.matMul(tf.reshape(from, [3, 16]), filters);
    const error = tf.sub(tf.softmax(logits), tf.oneHot(labels, 3));
    const gradient = tf.reshape(tf.matMul(error, filters, false, true), SHAPE);
    return tf.clipByValue(tf.add(from, tf.mul(step, tf.sign(gradient))), 0, 1).dataSync() as Float32Array;
  });
}

const clampBall = (points: Float32Array, radius: number): number[] => {
  const center = images.dataSync();
  return [...points].map((pixel, i) => Math.min(Math.max(pixel, (center[i] ?? 0) - radius), (center[i] ?? 0) + radius));
};

describe('fgsmRsSearch', () => {
  it('takes one step of 1.25 epsilon from a start clipped to [0, 1], and ends in the ball', () => {
    const start = createRng(5).uniform<tf.Rank.R4>(SHAPE, -0.1, 0.1);
    const { found, passes: forwarded } = run(fgsmRsSearch({ threat: THREAT, start }));
    expectClose([...found], clampBall(oneStep(start, 0.125), 0.1));
    expect(forwarded.map(({ mode }) => mode)).toEqual(['batch-tracking']);
    start.dispose();
  });

  it('starts at random in the ball, by the seed', () => {
    const { passes: forwarded } = run(fgsmRsSearch({ threat: THREAT }));
    const center = images.dataSync();
    const moved = [...(forwarded[0]?.images ?? [])].map((pixel, i) => Math.abs(pixel - (center[i] ?? 0)));
    expect(Math.max(...moved)).toBeLessThanOrEqual(0.1 + 1e-6);
    expect(Math.max(...moved)).toBeGreaterThan(0.08);
    expect(run(fgsmRsSearch({ threat: THREAT })).found).toEqual(run(fgsmRsSearch({ threat: THREAT })).found);
    expect(run(fgsmRsSearch({ threat: THREAT }), 4).found).not.toEqual(run(fgsmRsSearch({ threat: THREAT })).found);
  });

  it('takes another step and mode where they are given', () => {
    const start = tf.zeros<tf.Rank.R4>(SHAPE);
    const { found, passes: forwarded } = run(
      fgsmRsSearch({ threat: THREAT, start, stepSize: 0.05, mode: 'inference' }),
    );
    expectClose([...found], [...oneStep(start, 0.05)]);
    expect(forwarded[0]?.mode).toBe('inference');
    start.dispose();
  });
});

describe('nFgsmSearch', () => {
  it('takes one step of epsilon from noise twice as large, and leaves the ball', () => {
    const start = createRng(6).uniform<tf.Rank.R4>(SHAPE, -0.2, 0.2);
    const { found, passes: forwarded } = run(nFgsmSearch({ threat: THREAT, start }));
    expectClose([...found], [...oneStep(start, 0.1)]);
    const center = images.dataSync();
    const furthest = Math.max(...[...found].map((pixel, i) => Math.abs(pixel - (center[i] ?? 0))));
    expect(furthest).toBeGreaterThan(0.2);
    expect(furthest).toBeLessThanOrEqual(0.3 + 1e-6);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found)).toBeLessThanOrEqual(1);
    expect(forwarded.map(({ mode }) => mode)).toEqual(['batch-tracking']);
    start.dispose();
  });

  it.each([
    [undefined, 0.2],
    [0.5, 0.05],
  ])('with noise %s draws from U(-%d, %d)', (noise, radius) => {
    const search = nFgsmSearch({ threat: THREAT, ...(noise === undefined ? {} : { noise }) });
    const center = images.dataSync();
    const moved = [...(run(search).passes[0]?.images ?? [])].map((pixel, i) => Math.abs(pixel - (center[i] ?? 0)));
    expect(Math.max(...moved)).toBeLessThanOrEqual(radius + 1e-6);
    expect(Math.max(...moved)).toBeGreaterThan(0.8 * radius);
  });
});

describe('both', () => {
  it('leave one tensor, that of the caller', () => {
    for (const search of [fgsmRsSearch({ threat: THREAT }), nFgsmSearch({ threat: THREAT })]) {
      expect(countTensors(() => tf.dispose(search(classifier, { images, labels }, createRng(1))))).toBe(0);
    }
  });

  it('refuse what cannot be meant, each with its mend', () => {
    const rs = (changes: object) => () => fgsmRsSearch({ threat: THREAT, ...changes } as FgsmRsSearchOptions);
    const noisy = (changes: object) => () => nFgsmSearch({ threat: THREAT, ...changes } as NFgsmSearchOptions);
    expect(rs({ threat: l2(0.5) })).toThrow(
      '[@st/attacks] fgsmRsSearch: threat must be an l-infinity ball, which the method is made for, got l2. Use pgd for other norms.',
    );
    expect(noisy({ threat: l2(0.5) })).toThrow('[@st/attacks] nFgsmSearch: threat must be an l-infinity ball');
    expect(rs({ stepSize: 10 })).toThrow(
      '[@st/attacks] fgsmRsSearch: stepSize must be a finite number in (0, 1], got 10. For 10 grey levels pass 10 / 255.',
    );
    expect(noisy({ noise: 0 })).toThrow(
      '[@st/attacks] nFgsmSearch: noise must be a finite number in (0, 10], got 0. It counts in radii',
    );
    expect(noisy({ noise: 16 })).toThrow('got 16.');
    expect(noisy({ noize: 2 })).toThrow("unknown option 'noize'");
    expect(rs({ mode: 'train' })).toThrow("mode must be one of 'inference'");
    expect(rs({ threat: { ...THREAT, epsilon: 8 } as ThreatModel })).toThrow('for 8 grey levels pass 8 / 255.');
  });
});
