import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ActiveRows } from './active-rows.ts';

/** Examples of one pixel: their best points are 0, 1, 2 ..., their labels 10, 11, 12 ... */
function rowsOf(size: number): ActiveRows<{ best: tf.Tensor4D; labels: tf.Tensor1D }, 'best'> {
  const best = tf.tensor4d([...Array(size).keys()], [size, 1, 1, 1]);
  const labels = tf.tensor1d(
    Array.from({ length: size }, (_, example) => example + 10),
    'int32',
  );
  return new ActiveRows({ best, labels }, ['best']);
}

const joined = (active: ReturnType<typeof rowsOf>): number[] => {
  const whole = active.join('best');
  const values = [...whole.dataSync()];
  whole.dispose();
  return values;
};

describe('ActiveRows', () => {
  it('packs every tensor to the active examples, and joins the kept one in batch order', () => {
    const active = rowsOf(4);
    active.retire((example) => example === 1);
    active.replaceWhere('best', [true, false, true], tf.tensor4d([7, 8, 9], [3, 1, 1, 1]));
    expect(active.examples).toEqual([0, 2, 3]);
    expectClose(active.tensors.best, [7, 2, 9]);
    expectClose(active.tensors.labels, [10, 12, 13]);
    active.retire((_example, row) => row === 0);
    expectClose(active.tensors.labels, [12, 13]);
    expect(joined(active)).toEqual([7, 1, 2, 9]);
    active.retire(() => true);
    expect(active.examples).toEqual([]);
    expect(joined(active)).toEqual([7, 1, 2, 9]);
    active.dispose();
  });

  it('calls isDone once for each active example', () => {
    const active = rowsOf(3);
    const asked: number[][] = [];
    active.retire((example, row) => asked.push([example, row]) === 1);
    active.retire((example, row) => asked.push([example, row]) === 0);
    expect(asked).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 0],
      [2, 1],
    ]);
    active.dispose();
  });

  it('joins the row of each example from when it retired, in whatever order examples retire', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }), (rounds) => {
        const active = rowsOf(rounds.length);
        for (let round = 0; round < 4; round++) {
          active.retire((example) => rounds[example] === round);
          active.replace({ best: tf.tidy(() => tf.add<tf.Tensor4D>(active.tensors.best, 100)) });
        }
        const values = joined(active);
        active.dispose();
        expect(values).toEqual(rounds.map((round, example) => example + 100 * Math.min(round, 4)));
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('disposes its tensors when they are replaced, when rows retire and when it is disposed', () => {
    const count = countTensors(() => {
      const active = rowsOf(3);
      active.replace({ labels: tf.zeros([3], 'int32') });
      active.retire((example) => example > 0);
      const others = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
      active.replaceWhere('best', [true], others);
      active.replaceWhere('best', [false], others);
      others.dispose();
      active.join('best').dispose();
      active.dispose();
    });
    expect(count).toBe(0);
  });
});
