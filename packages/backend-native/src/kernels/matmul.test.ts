import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

const side = fc.integer({ min: 1, max: 40 });
const given = fc.record({
  rows: side,
  columns: side,
  inner: side,
  batch: fc.integer({ min: 1, max: 3 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  activation: fc.constantFrom('linear' as const, 'relu' as const, 'relu6' as const, 'elu' as const, 'sigmoid' as const),
});

describe('matrix products', () => {
  it('agree with cpu for any size, transposed or not, with bias and activation', async () => {
    await fc.assert(
      fc.asyncProperty(given, async ({ rows, columns, inner, batch, transposeA, transposeB, activation }) => {
        await expectAsOnCpu(() => {
          const a = randomTensor(transposeA ? [batch, inner, rows] : [batch, rows, inner], 1);
          const b = randomTensor(transposeB ? [batch, columns, inner] : [batch, inner, columns], 2);
          const [first, second] = [
            tf.reshape(tf.slice(a, 0, 1), a.shape.slice(1)),
            tf.reshape(tf.slice(b, 0, 1), b.shape.slice(1)),
          ];
          const bias = randomTensor([columns], 3);
          return [
            tf.matMul(a, b, transposeA, transposeB),
            tf.matMul(a, second, transposeA, transposeB),
            tf.fused.matMul({ a: first, b: second, transposeA, transposeB, bias, activation }),
          ];
        });
      }),
      { numRuns: 120, seed: 16 },
    );
  });

  it('broadcast the two operands along different axes', () => {
    const [a, b] = [randomTensor([2, 1, 3, 4], 1), randomTensor([1, 3, 4, 2], 2)];
    const product = tf.matMul(a, b);
    expect(product.shape).toEqual([2, 3, 3, 2]);
    const one = tf.tidy(() =>
      tf.matMul(
        tf.reshape(tf.slice(a, [1, 0, 0, 0], [1, 1, 3, 4]), [3, 4]),
        tf.reshape(tf.slice(b, [0, 2, 0, 0], [1, 1, 4, 2]), [4, 2]),
      ),
    );
    expect(product.dataSync().slice(5 * 6, 6 * 6)).toEqual(one.dataSync());
    tf.dispose([a, b, product, one]);
  });

  it('have the gradients of cpu', async () => {
    await expectAsOnCpu(() =>
      tf.grads((a, b) => tf.sum(tf.square(tf.matMul(a, b))))([randomTensor([5, 7], 1), randomTensor([7, 3], 2)]),
    );
  });

  it('over an empty inner axis are 0', () => {
    const product = tf.tidy(() => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])));
    expect(Array.from(product.dataSync())).toEqual([0, 0, 0, 0, 0, 0]);
    product.dispose();
  });
});
