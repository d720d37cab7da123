import { createHash } from 'node:crypto';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { asClassifier } from './as-classifier.ts';
import type { NamedVariable } from './classifier.ts';
import { digestOfModel } from './digest-of-model.ts';

function variable(name: string, values: readonly number[], shape: number[] = [values.length]): NamedVariable {
  const initial = tf.tensor([...values], shape);
  const own = tf.variable(initial);
  initial.dispose();
  keep(own);
  return { name, variable: own };
}

const digest = (parameters: NamedVariable[], statistics: NamedVariable[] = []): Promise<string | null> =>
  digestOfModel({ ...asClassifier((x) => tf.reshape(x, [-1, 2]), { classes: 2 }), parameters, statistics });

describe('digestOfModel', () => {
  it('hashes each variable, then the lines of names, shapes and hashes', async () => {
    const byHand = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
    const kernel = byHand(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const mean = byHand(new Uint8Array(Float32Array.of(0.5).buffer));
    expect(await digest([variable('kernel', [1, 2, 3, 4], [2, 2])], [variable('mean', [0.5])])).toBe(
      byHand(`kernel [2,2] ${kernel}\nmean [1] ${mean}`),
    );
  });

  it('changes with any value, name, shape or statistic', async () => {
    const digests = await Promise.all([
      digest([variable('a', [1, 2])]),
      digest([variable('a', [1, 3])]),
      digest([variable('b', [1, 2])]),
      digest([variable('a', [1, 2], [2, 1])]),
      digest([variable('a', [1, 2])], [variable('mean', [0])]),
    ]);
    expect(new Set(digests).size).toBe(5);
    expect(await digest([variable('a', [1, 2])])).toBe(digests[0]);
  });

  it('is null for a function without variables, and leaks nothing', async () => {
    expect(await digest([])).toBeNull();
    const own = [variable('a', [1, 2])];
    const before = tf.memory().numTensors;
    await digest(own);
    expect(tf.memory().numTensors).toBe(before);
  });
});
