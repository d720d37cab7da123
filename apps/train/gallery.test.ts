import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { collectGallery } from './gallery.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { testingClassifier, testingImages } from './testing-images.ts';

const configuration = resolveConfiguration({ preset: 'miniature', given: { evalSteps: 12 }, resume: false }, 'cpu');

describe('collectGallery', () => {
  it("shows the first image of each class, moves no pixel by more than epsilon, and shows the model's predictions", async () => {
    const classifier = testingClassifier();
    const before = tf.memory().numTensors;
    const samples = await collectGallery(classifier, testingImages(10), configuration);
    expect(tf.memory().numTensors).toBe(before);
    expect(samples.map(({ label }) => label)).toEqual(['dark', 'bright']);
    for (const { views } of samples) {
      expect(views.natural.perturbation).toEqual([]);
      for (const view of [views.collaborative, views.adversarial]) {
        const moved = view.pixels.map((value, i) => Math.abs(value - (views.natural.pixels[i] ?? 0)));
        expect(Math.max(...moved)).toBe(8);
        expect(new Set(view.perturbation)).toEqual(new Set([view.perturbation[0]]));
      }
      expect([0, 255]).toContain(views.adversarial.perturbation[0]);
      expect(views.adversarial.perturbation[0]).toBe(255 - (views.collaborative.perturbation[0] ?? 0));
    }
    const [dark, bright] = samples;
    expect(dark?.views.natural.predicted).toBe('dark');
    expect(bright?.views.natural.predicted).toBe('bright');
    // logit differences are 40 times the distance of the mean from the threshold 0.5
    expect(dark?.views.natural.confidence).toBeCloseTo(1 / (1 + Math.exp(-40 * (0.5 - 120 / 255))), 4);
    classifier.dispose();
  });
});
