import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted } from './forward-cases.ts';
import { at, indices, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

/** The real and the imaginary part of a complex array. */
type Parts = readonly [real: NdArray, imaginary: NdArray];

const waves = (shape: readonly number[], seed: number): Parts => [wave(shape, seed), wave(shape, seed + 0.5)];
const complexOf = ([real, imaginary]: Parts): tf.Tensor => tf.complex(tensorOf(real), tensorOf(imaginary));
const apart = (z: tf.Tensor): tf.Tensor[] => [tf.real(z), tf.imag(z)];
const bothWithin = (parts: Parts): Wanted[] => parts.map((part) => ({ ...part, boundOfLargest: 1e-5 }));

type Product = (a: number, b: number, c: number, d: number) => readonly [number, number];

const OPS: Readonly<Record<string, readonly [op: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, reference: Product]>> = {
  add: [tf.add, (a, b, c, d) => [a + c, b + d]],
  sub: [tf.sub, (a, b, c, d) => [a - c, b - d]],
  mul: [tf.mul, (a, b, c, d) => [a * c - b * d, a * d + b * c]],
};

const SHAPES: readonly (readonly [x: readonly number[], y: readonly number[], z: readonly number[]])[] = [
  [[3], [3], [3]],
  [[2, 3], [3], [2, 3]],
  [[3], [2, 3], [2, 3]],
  [[2, 3], [], [2, 3]],
  [[2, 1, 3], [4, 1], [2, 4, 3]],
]; // biome-ignore format: a form a line

/** The entry at an index of the broadcast shape. */
function broadcast(x: NdArray, index: readonly number[]): number {
  const offset = index.length - x.shape.length;
  return at(x, x.shape.map((length, axis) => (length === 1 ? 0 : (index[axis + offset] ?? 0)))); // biome-ignore format: one thought
}

function ofTwo(name: string, [x, y, z]: (typeof SHAPES)[number]): ForwardCase {
  const [op, reference] = OPS[name] as (typeof OPS)[string];
  const [a, b] = [waves(x, 1), waves(y, 2)];
  const part = (i: 0 | 1): NdArray =>
    ndArray(z, (index) => reference(...([broadcast(a[0], index), broadcast(a[1], index), broadcast(b[0], index), broadcast(b[1], index)] as const))[i]); // biome-ignore format: the parts of both
  return [
    `${name} of [${x}] and [${y}]`,
    () => apart(op(complexOf(a), complexOf(b))),
    ...bothWithin([part(0), part(1)]),
  ];
}

/** The discrete Fourier transform of each row, by its definition; with sign -1 the inverse. */
function fourier([real, imaginary]: Parts, sign: 1 | -1): Parts {
  const length = real.shape.at(-1) ?? 1;
  const part = (which: 0 | 1): NdArray =>
    ndArray(real.shape, (index) => {
      const sum = indices([length]).reduce((all, [n = 0]) => {
        const angle = (-sign * 2 * Math.PI * n * (index.at(-1) ?? 0)) / length;
        const [x, y] = [at(real, [...index.slice(0, -1), n]), at(imaginary, [...index.slice(0, -1), n])];
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        return all + (which === 0 ? x * c - y * s : x * s + y * c);
      }, 0);
      return sign === 1 ? sum : sum / length;
    });
  return [part(0), part(1)];
}

const mapped = (parts: Parts, f: (x: NdArray) => NdArray): Parts => [f(parts[0]), f(parts[1])];

describe('complex numbers', () => {
  const z = waves([2, 3], 1);
  testForward([
    ...Object.keys(OPS).flatMap((name) => SHAPES.map((shapes) => ofTwo(name, shapes))),
    ...[1, 2, 3, 4, 5, 8].flatMap((length): ForwardCase[] => {
      const x = waves([2, length], length);
      return [
        [`fft of ${length}`, () => apart(tf.fft(complexOf(x))), ...bothWithin(fourier(x, 1))],
        [`ifft of ${length}`, () => apart(tf.ifft(complexOf(x))), ...bothWithin(fourier(x, -1))],
      ];
    }),
    ['abs', () => tf.abs(complexOf(z)), { shape: [2, 3], values: z[0].values.map((x, i) => Math.hypot(x, z[1].values[i] ?? 0)) }],
    ['both parts in turn', () => tf.reshape(complexOf(z), [6]), { shape: [6], values: z[0].values.flatMap((x, i) => [x, z[1].values[i] ?? 0]) }],
    ['transpose', () => apart(tf.transpose(complexOf(z))), ...bothWithin(mapped(z, (x) => ndArray([3, 2], ([i = 0, j = 0]) => at(x, [j, i]))))],
    ['concat', () => apart(tf.concat([complexOf(z), complexOf(z)], 1)), ...bothWithin(mapped(z, (x) => ndArray([2, 6], ([i = 0, j = 0]) => at(x, [i, j % 3]))))],
    ['stack', () => apart(tf.stack([complexOf(z), complexOf(z)])), ...bothWithin(mapped(z, (x) => ndArray([2, 2, 3], ([, i = 0, j = 0]) => at(x, [i, j]))))],
    ['expandDims', () => apart(tf.expandDims(complexOf(z), 1)), ...bothWithin(mapped(z, (x) => ({ ...x, shape: [2, 1, 3] })))],
    ['clone', () => apart(tf.clone(complexOf(z))), ...bothWithin(z)],
    ['cast of real numbers', () => apart(tf.cast(tensorOf(z[0]), 'complex64')), ...bothWithin([z[0], ndArray([2, 3], () => 0)])],
    ['zerosLike', () => apart(tf.zerosLike(complexOf(z))), ...bothWithin(mapped(z, (x) => ndArray(x.shape, () => 0)))],
    ['rfft then irfft', () => tf.irfft(tf.rfft(tensorOf(waves([2, 6], 3)[0]))), { ...waves([2, 6], 3)[0], boundOfLargest: 1e-5 }],
    ['stft', () => apart(tf.signal.stft(tensorOf<tf.Rank.R1>(wave([6], 2)), 4, 2, 4, (length) => tf.ones([length]))), ...bothWithin(mapped(fourier([ndArray([2, 4], ([i = 0, j = 0]) => at(wave([6], 2), [2 * i + j])), ndArray([2, 4], () => 0)], 1), (x) => ndArray([2, 3], (index) => at(x, index))))],
  ]); // biome-ignore format: an op a line
});
