import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

import { joinRows, takeRows } from './take-rows.ts';

const whole = (): tf.Tensor4D => tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [4, 1, 2, 1]);

it('takes rows in the order given, and joins parts to the whole', () => {
  tf.tidy(() => {
    const rows = whole();
    expectClose(takeRows(rows, [2, 0]), [5, 6, 1, 2]);
    const parts = [[3], [0, 2], [1]].map((some) => ({ rows: some, tensor: takeRows(rows, some) }));
    expectClose(joinRows(parts), rows);
  });
});

it('leaks no tensor besides its result', () => {
  const tensor = whole();
  expect(countTensors(() => takeRows(tensor, [1]).dispose())).toBe(0);
  expect(countTensors(() => joinRows([{ rows: [0, 1, 2, 3], tensor }]).dispose())).toBe(0);
  tensor.dispose();
});
