import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { traceLandscape } from './landscape.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { testingClassifier, testingImages } from './testing-images.ts';

const configuration = resolveConfiguration(
  { preset: 'miniature', given: { pathExamples: 10, batchSize: 4 }, resume: false },
  'cpu',
);

describe('traceLandscape', () => {
  it('rises from the collaborative example through the image to the adversarial one, for every image', async () => {
    const classifier = testingClassifier();
    const done: number[] = [];
    const { examples, positions, mean, low, high } = await traceLandscape(classifier, testingImages(10), {
      name: 'linear',
      configuration,
      onProgress: (count) => done.push(count),
    });
    expect(done).toEqual([4, 8, 10]);
    expect(examples).toBe(10);
    expect([positions[0], positions[10], positions[20]]).toEqual([-1, 0, 1]);
    for (let i = 1; i < mean.length; i++) expect(mean[i]).toBeGreaterThan(mean[i - 1] ?? 0);
    for (const [i, value] of low.entries()) expect(value).toBeLessThanOrEqual(high[i] ?? 0);
    classifier.dispose();
  });

  it('leaks no tensor', async () => {
    const classifier = testingClassifier();
    const before = tf.memory().numTensors;
    await traceLandscape(classifier, testingImages(10), { name: 'linear', configuration, onProgress: () => undefined });
    expect(tf.memory().numTensors).toBe(before);
    classifier.dispose();
  });
});
