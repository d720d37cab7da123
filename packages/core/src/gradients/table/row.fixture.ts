import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type NdArray, nd } from './nd-array.fixture.ts';

/** An input of an operation. */
export type Input = NdArray & { readonly dtype: 'float32' | 'int32' | 'bool' };

/**
 * One form of one operation: the call of tfjs and a reference in float64 and plain JavaScript. The test compares the values, and the gradient with
 * respect to each float32 input with central differences of the reference.
 */
export type Row = {
  /** `operation: form`. */
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly reference: (...inputs: NdArray[]) => NdArray;
  /** Indices of the inputs whose gradient is checked. Default: all float32 inputs. Empty for an operation without a gradient. */
  readonly by?: readonly number[];
  /** d sum(result) / d input for each input of `by`, where finite differences are not valid: at kinks, ties, and zeros of a norm. */
  readonly gradients?: readonly (readonly number[])[];
  /** Largest error allowed, relative to max(1, largest expected entry). A row that sets it says why. */
  readonly bound?: number;
};

const BOUND = 3e-5;
const STEP = 1e-5;
/** The reference is differentiated with respect to at most about this many entries of an input. */
const ENTRIES = 40;

/** Distinct values in [from, to), rounded to float32: fractional parts of multiples of the golden ratio, scaled. */
export function some(shape: readonly number[], from = -2, to = 2, seed = 0): Input {
  const size = shape.reduce((product, length) => product * length, 1);
  const fraction = (i: number): number => ((i + 1) * 0.6180339887 + seed * 0.7548776662) % 1;
  const values = Array.from({ length: size }, (_, i) => Math.fround(from + (to - from) * fraction(i)));
  return { ...nd(shape, values), dtype: 'float32' };
}

/** These values; float32 ones are rounded to float32. */
export function given(shape: readonly number[], values: readonly number[], dtype: Input['dtype'] = 'float32'): Input {
  return { ...nd(shape, dtype === 'float32' ? values.map(Math.fround) : values), dtype };
}

const differentiated = ({ by, inputs }: Row): readonly number[] =>
  by ?? [...inputs.keys()].filter((i) => inputs[i]?.dtype === 'float32');

function tensorOf({ values, shape, dtype }: Input): tf.Tensor {
  return tf.tensor(dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values), [...shape], dtype);
}

/** Expects the shape and the values of the reference, including NaN and infinities. */
export function expectValue(row: Row): void {
  const wanted = row.reference(...row.inputs);
  const got = tf.tidy(() => {
    const y = row.run(...row.inputs.map(tensorOf));
    return { shape: y.shape, values: [...y.dataSync()] };
  });
  expect(got.shape, 'shape').toEqual(wanted.shape);
  expectNear(got.values, wanted.values, row.bound);
}

/** Expects the gradient of sum(w y), with fixed weights w, to equal central differences of the reference in float64; and no leak. */
export function expectGradients(row: Row): void {
  const before = tf.memory().numTensors;
  const numbers = differentiated(row);
  const weights = row.gradients ? { shape: [], values: [1] } : some(row.reference(...row.inputs).shape, 0.5, 1.5, 3); // all positive, so that errors do not cancel
  const got = tf.tidy(() => {
    const inputs = row.inputs.map(tensorOf);
    const w = tf.tensor([...weights.values], [...weights.shape]);
    const f = (...at: tf.Tensor[]): tf.Scalar => {
      const all = inputs.map((input, i) => at[numbers.indexOf(i)] ?? input);
      return tf.sum(tf.mul(w, row.run(...all)));
    };
    return tf
      .grads(f)(numbers.map((i) => inputs[i] as tf.Tensor))
      .map((dx) => [...dx.dataSync()]);
  });
  for (const [place, i] of numbers.entries()) {
    const wanted = row.gradients?.[place] ?? differences(row, i, weights.values);
    const compared = [...(got[place] ?? [])].map((value, entry) => (Number.isNaN(wanted[entry]) ? Number.NaN : value));
    expectNear(compared, wanted, row.bound, `gradient by input ${i}, `);
  }
  expect(tf.memory().numTensors, 'tensors left').toBe(before);
}

/** (f(x + h) - f(x - h)) / 2h for the entries of an input. If there are more than `ENTRIES`, for every nth, and NaN for the others. */
function differences({ inputs, reference }: Row, by: number, weights: ArrayLike<number>): Float64Array {
  const moved = Float64Array.from(inputs[by]?.values ?? []);
  const at = inputs.map((input, i) => (i === by ? { ...input, values: moved } : input));
  const f = (): number => reference(...at).values.reduce((sum, y, i) => sum + y * (weights[i] ?? 0), 0);
  const every = Math.max(1, Math.ceil(moved.length / ENTRIES));
  return Float64Array.from(moved, (start, i) => {
    if (i % every !== 0) return Number.NaN;
    moved[i] = start + STEP;
    const above = f();
    moved[i] = start - STEP;
    const below = f();
    moved[i] = start;
    return (above - below) / (2 * STEP);
  });
}

function expectNear(got: ArrayLike<number>, wanted: ArrayLike<number>, bound = BOUND, where = ''): void {
  expect(got.length, `${where}number of values`).toBe(wanted.length);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs).filter(Number.isFinite));
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [got[i] ?? Number.NaN, wanted[i] ?? Number.NaN];
    const same = Object.is(a, b) || a === b || Math.abs(a - b) <= bound * scale;
    if (!same) expect.fail(`${where}entry ${i}: got ${a}, wanted ${b}`);
  }
}
