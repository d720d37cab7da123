import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { batchNorm } from './batch-norm.ts';
import { batchNormInference } from './batch-norm-inference.ts';

/** The inputs of each kernel in the README's table, without the marks of optional inputs. */
function documentedInputs(): Record<string, string[]> {
  const text = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const rows = text.matchAll(/^\| `(StBatchNorm\w*)` \| ([^|]*) \|/gm);
  const names = (cell: string): string[] => [...cell.matchAll(/`(\w+)\??`/g)].map((match) => match[1] ?? '');
  return Object.fromEntries([...rows].map(([, kernel = '', cell = '']) => [kernel, names(cell).sort()]));
}

const OPTIONS = { epsilon: 1e-5, activation: 'relu' } as const;

describe('the table of batch-norm kernels in the README', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('lists the inputs of each kernel call, including residual and all gradients', () => {
    const called: Record<string, string[]> = {};
    const engine = tf.engine();
    const runKernel = engine.runKernel.bind(engine);
    vi.spyOn(engine, 'runKernel').mockImplementation((name, inputs, attrs) => {
      if (name.startsWith('StBatchNorm')) called[name] = Object.keys(inputs).sort();
      return runKernel(name, inputs, attrs);
    });
    tf.tidy(() => {
      const [x, residual] = [tf.randomNormal([4, 2, 2, 3]), tf.randomNormal([4, 2, 2, 3])];
      const [gamma, beta, mean, variance] = [tf.ones([3]), tf.zeros([3]), tf.zeros([3]), tf.ones([3])];
      const inputs = { x, gamma, beta, residual } as Parameters<typeof batchNorm>[0];
      const statistics = { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
      const all = [x, gamma, beta, residual] as tf.Tensor[];
      const gradientsOf = (forward: (given: typeof inputs) => tf.Tensor): tf.Tensor[] =>
        tf.grads((...[a, b, c, d]) => tf.sum(forward({ x: a, gamma: b, beta: c, residual: d } as typeof inputs)))(all);
      gradientsOf((given) => batchNorm(given, OPTIONS).y);
      gradientsOf((given) => batchNormInference({ ...given, ...statistics }, OPTIONS));
    });
    expect(called).toEqual(documentedInputs());
  });
});
