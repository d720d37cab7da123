import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

/** A tensor of integers in each dtype. */
const typed = (shape: readonly number[], dtype: 'float32' | 'int32' | 'bool') =>
  tf.cast(tf.floor(randomTensor(shape, 5, dtype === 'bool' ? 0 : -50, dtype === 'bool' ? 2 : 50)), dtype);

const dtypes = fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const);
const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });

describe('moves', () => {
  it('transpose, reverse, tile, pad and slice as cpu does', async () => {
    const given = fc.record({
      shape: shapes,
      dtype: dtypes,
      picks: fc.array(fc.nat(1000), { minLength: 10, maxLength: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ shape, dtype, picks }) => {
        const pick = (i: number, bound: number): number => (picks[i % 10] ?? 0) % bound;
        const order = shape.map((_, axis) => axis).sort((a, b) => pick(a, 97) - pick(b, 97));
        const begin = shape.map((size, axis) => pick(axis + 3, size));
        const size = shape.map((whole, axis) => 1 + pick(axis + 5, whole - (begin[axis] ?? 0)));
        await expectAsOnCpu(() => {
          const x = typed(shape, dtype);
          return [
            tf.transpose(x, order),
            tf.reverse(
              x,
              shape.map((_, axis) => axis).filter((axis) => pick(axis, 2) === 1),
            ),
            tf.tile(
              x,
              shape.map((_, axis) => 1 + pick(axis + 1, 3)),
            ),
            tf.slice(x, begin, size),
            ...(shape.length <= 4
              ? [
                  tf.pad(
                    x,
                    shape.map((_, axis) => [pick(axis, 3), pick(axis + 4, 3)]),
                    1,
                  ),
                ]
              : []),
          ];
        });
      }),
      { numRuns: 150, seed: 13 },
    );
  });

  it('concatenate, stack, split and unstack as cpu does', async () => {
    const given = fc.record({
      shape: shapes,
      dtype: dtypes,
      axis: fc.nat(4),
      others: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ shape, dtype, axis: pick, others }) => {
        const axis = pick % shape.length;
        await expectAsOnCpu(() => {
          const x = typed(shape, dtype);
          const parts = others.map((length) =>
            typed(
              shape.map((size, i) => (i === axis ? length : size)),
              dtype,
            ),
          );
          const joined = tf.concat([x, ...parts], axis);
          const sizes = [x, ...parts].map((part) => part.shape[axis] ?? 0);
          return [joined, tf.stack([x, x, x], axis), ...tf.split(joined, sizes, axis), ...tf.unstack(x, axis)];
        });
      }),
      { numRuns: 100, seed: 14 },
    );
  });

  it('transposes large matrices in tiles', async () => {
    await expectAsOnCpu(() => [
      tf.transpose(randomTensor([257, 391], 1)),
      tf.transpose(randomTensor([5, 33, 65, 7], 2), [0, 3, 1, 2]),
      tf.transpose(randomTensor([5, 7, 33, 65], 3), [0, 2, 3, 1]),
      tf.transpose(randomTensor([9, 31, 64], 4), [2, 0, 1]),
    ]);
  });

  it('gather along any axis, and reject an index out of range', async () => {
    await expectAsOnCpu(() => {
      const indices = tf.tensor2d(
        [
          [2, 0],
          [1, 2],
          [0, 0],
        ],
        [3, 2],
        'int32',
      );
      return [0, 1, 2].map((axis) => tf.gather(randomTensor([3, 4, 5], 1), indices, axis));
    });
    const x = tf.zeros([3, 2]);
    const indices = tf.tensor1d([0, 3], 'int32');
    expect(() => tf.gather(x, indices)).toThrow('GatherV2: the index value 3 is not in [0, 2]');
    tf.dispose([x, indices]);
  });

  it('fill with one value', async () => {
    await expectAsOnCpu(() => [
      tf.fill([3, 70_000], 2.5),
      tf.fill([7], -3, 'int32'),
      tf.ones([4097], 'bool'),
      tf.zerosLike(randomTensor([4097], 1)),
      tf.onesLike(tf.cast(randomTensor([4097], 1), 'int32')),
    ]);
  });
});
