import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

import type { NdArray } from './nd-array.ts';

/** The expected result of an op. */
export type Wanted = {
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
  readonly dtype?: tf.DataType;
  /** Largest error, relative to max(1, |value|) for each value. Default 2e-6. */
  readonly bound?: number;
  /** Largest error, relative to the largest value; for long sums. */
  readonly boundOfLargest?: number;
};

/** One form of one op: its name, the call, and the expected results. */
export type ForwardCase = readonly [name: string, run: () => tf.Tensor | tf.Tensor[], ...wanted: Wanted[]];

/** Corner cases of float32. */
export const CORNERS: readonly number[] = [
  ...[Number.NEGATIVE_INFINITY, -3e38, -100.25, -2.5, -1.5, -1, -0.5, -1e-10],
  ...[-0, 0, 1e-10, 0.5, 1, 1.5, 2.5, 3.5, 7, 100.75, 3e38, Number.POSITIVE_INFINITY, Number.NaN].map(Math.fround),
].map(Math.fround);

/** An expected row of values, or values of any shape. */
export function wanted(values: readonly (number | string)[], dtype?: tf.DataType, shape?: readonly number[]): Wanted {
  return { values, shape: shape ?? [values.length], ...(dtype && { dtype }) };
}

/** An expected array, with an error of at most `boundOfLargest` times its largest value, as of float32 sums. */
export function within({ shape, values }: NdArray, boundOfLargest: number): Wanted {
  return { shape, values, boundOfLargest };
}

/** Registers one test per case: it compares shape, dtype and every value, including NaN, infinities and signs of zero, and expects no leak. */
export function testForward(cases: readonly ForwardCase[]): void {
  it.each(cases.map((entry) => [entry[0], entry] as const))('%s', (_, [, run, ...expected]) => {
    fillFreeMemory();
    const before = { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
    const outputs = [tf.tidy(run)].flat();
    const got = outputs.map((output) => ({
      shape: output.shape,
      dtype: output.dtype,
      values: [...output.dataSync()],
    }));
    tf.dispose(outputs);
    expect({ tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() }).toEqual(before);
    expect(got.length).toBe(expected.length);
    expected.forEach((want, i) => {
      const output = got[i];
      expect(output?.shape, 'shape').toEqual(want.shape);
      if (want.dtype) expect(output?.dtype, 'dtype').toBe(want.dtype);
      expectValues(output?.values ?? [], want);
    });
  });
}

function expectValues(got: readonly (number | string)[], { values, bound = 2e-6, boundOfLargest }: Wanted): void {
  const finite = values.map((value) => (typeof value === 'number' && Number.isFinite(value) ? Math.abs(value) : 0));
  const largest = finite.reduce((most, value) => Math.max(most, value), 1);
  const wrong = values.flatMap((want, i) => {
    const most = boundOfLargest === undefined ? bound * Math.max(1, finite[i] ?? 1) : boundOfLargest * largest;
    return isRight(got[i], want, most) ? [] : [`${i}: ${got[i]}, not ${want}`];
  });
  expect(got.length, 'number of values').toBe(values.length);
  expect(wrong.slice(0, 8), `${wrong.length} of ${values.length} values are wrong`).toEqual([]);
}

function isRight(got: number | string | undefined, want: number | string, most: number): boolean {
  if (typeof want === 'string' || typeof got !== 'number') return got === want;
  const rounded = Math.fround(want);
  if (!Number.isFinite(rounded)) return Object.is(got, rounded);
  return Math.abs(got - want) <= most;
}

/** Fills memory with 7 and frees it, so that a kernel that reads memory it did not write gives a wrong value. */
function fillFreeMemory(): void {
  tf.dispose([1, 2, 4, 8, 16, 64, 256, 1024, 4096].map((length) => tf.fill([length], 7)));
}
