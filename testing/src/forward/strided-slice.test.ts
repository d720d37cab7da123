import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward } from './forward-cases.ts';
import { at, type NdArray, ndArray } from './nd-array.ts';

/** One part of a NumPy index: an integer; begin, end and stride, `undefined` if omitted; a new axis; an ellipsis. */
type Part = number | readonly (number | undefined)[] | 'new' | '...';

type Along = { readonly places: readonly number[]; readonly isDropped: boolean };

/** The indices along an axis that a slice takes, as in Python's `slice.indices`. */
function along(length: number, part: Exclude<Part, 'new' | '...'>): Along {
  if (typeof part === 'number') return { places: [part < 0 ? part + length : part], isDropped: true };
  const [begin, end, stride = 1] = part;
  const [least, most] = stride > 0 ? [0, length] : [-1, length - 1];
  const place = (given: number | undefined, whole: number): number =>
    given === undefined ? whole : Math.min(most, Math.max(least, given < 0 ? given + length : given));
  const [from, to] = stride > 0 ? [place(begin, least), place(end, most)] : [place(begin, most), place(end, least)];
  const count = Math.max(0, Math.ceil((to - from) / stride));
  return { places: Array.from({ length: count }, (_, i) => from + i * stride), isDropped: false };
}

/** NumPy's x[parts]. */
function sliced(x: NdArray, parts: readonly Part[]): NdArray {
  const own = parts.filter((part) => part !== 'new' && part !== '...').length;
  const all = parts.includes('...') ? parts : [...parts, '...' as const];
  const full = all.flatMap((part): readonly Exclude<Part, '...'>[] =>
    part === '...' ? Array.from({ length: x.shape.length - own }, () => [] as const) : [part],
  );
  const axes = full.filter((part) => part !== 'new').map((part, axis) => along(x.shape[axis] ?? 0, part));
  let axis = 0;
  const shape = full.flatMap((part) => {
    if (part === 'new') return [1];
    const { places, isDropped } = axes[axis++] as Along;
    return isDropped ? [] : [places.length];
  });
  const inner = ndArray(axes.map(({ places }) => places.length), (index) => at(x, index.map((i, k) => axes[k]?.places[i] ?? 0))); // biome-ignore format: one thought
  return { shape, values: inner.values };
}

/** The same with tf.stridedSlice, with masks for omitted parts. */
function strided(x: tf.Tensor, parts: readonly Part[]): tf.Tensor {
  const mask = (holds: (part: Part) => boolean): number =>
    parts.reduce((bits: number, part, i) => bits + (holds(part) ? 2 ** i : 0), 0);
  const each = (part: Part): readonly [begin: number, end: number, stride: number] => {
    if (typeof part === 'number') return [part, part + 1, 1];
    return typeof part === 'string' ? [0, 0, 1] : [part[0] ?? 0, part[1] ?? 0, part[2] ?? 1];
  };
  const list = (i: 0 | 1 | 2): number[] => parts.map((part) => each(part)[i]);
  const isOpen = (i: 0 | 1) => (part: Part) => Array.isArray(part) && part[i] === undefined;
  return tf.stridedSlice(
    ...([x, list(0), list(1), list(2), mask(isOpen(0)), mask(isOpen(1))] as const),
    ...([mask((part) => part === '...'), mask((part) => part === 'new'), mask((part) => typeof part === 'number')] as const),
  ); // biome-ignore format: the masks in tf's order
}

const FORMS: readonly (readonly [shape: readonly number[], parts: string])[] = [
  [[5], ''],
  [[5], '2'],
  [[5], '-1'],
  [[5], '1:4'],
  [[5], '-4:-1'],
  [[5], '::2'],
  [[5], '::-1'],
  [[5], '::-2'],
  [[5], '3::-1'],
  [[5], ':1:-1'],
  [[5], '4:-9:-2'],
  [[5], '-9:9:3'],
  [[5], '9::-1'],
  [[5], '3:2'],
  [[5], '4:1'],
  [[5], '1:4:-1'],
  [[5], '5:9'],
  [[5], '2:2'],
  [[5], 'new'],
  [[5], 'new, 3'],
  [[5], '3, new'],
  [[5], '..., new'],
  [[3, 4], '1'],
  [[3, 4], ':, 1'],
  [[3, 4], '1, 0:4:3'],
  [[3, 4], '0:3:2, 2'],
  [[3, 4], '-1, ::-1'],
  [[3, 4], '::-1, -2'],
  [[3, 4], '1, 2'],
  [[3, 4], 'new, 1, new, ::2'],
  [[3, 4], '..., 1'],
  [[3, 4], '..., ::3'],
  [[3, 4], '2:1, 0:4'],
  [[3, 4], '1, 3:1'],
  [[3, 4], '1:1, 2'],
  [[2, 3, 4], '1, ::2, ::-3'],
  [[2, 3, 4], '::-1, 1, 1:4:2'],
  [[2, 3, 4], ':, ::-2, 3'],
  [[2, 3, 4], '0, 0:3:2, 1'],
  [[2, 3, 4], '1, ..., ::2'],
  [[2, 3, 4], '..., 0:3:2, 1'],
  [[2, 3, 4], 'new, ..., new, 2'],
  [[2, 3, 4], '0:1, new, ..., 3:0:-1'],
  [[2, 3, 4], '..., new, 1:3'],
  [[2, 3, 4], '1, 2, 3'],
  [[2, 3, 4], '1, new, 2'],
  [[2, 1, 3, 4], '1, 0, ::2, ::-1'],
  [[2, 3, 2, 4], '::-1, 2, ..., ::3'],
  [[2, 3, 2, 3, 2], '1, ::2, 0, ::-2, 1'],
  [[2, 3, 2, 3, 2], '..., ::2, 0'],
  [[2, 2, 3, 2, 2, 3], '1, :, ::2, ::-1, 0, 2:0:-1'],
  [[2, 2, 3, 2, 2, 3], '::-1, :, ::2, :, :, ::2'],
  [[0, 3], ':, 1'],
  [[3, 0], '1'],
  [[3, 0], '::2'],
  [[], 'new'],
  [[], ''],
]; // biome-ignore format: a form a line

function partOf(text: string): Part {
  if (text === 'new' || text === '...') return text;
  const numbers = text.split(':').map((number) => (number === '' ? undefined : Number(number)));
  return numbers.length === 1 ? (numbers[0] ?? 0) : numbers;
}

describe('stridedSlice', () => {
  testForward(
    FORMS.flatMap(([shape, text]) => {
      const parts = text === '' ? [] : text.split(', ').map(partOf);
      const x = ndArray(shape, (index) => index.reduce((place, i) => 7 * place + i + 1, 0));
      const y = sliced(x, parts);
      return (['float32', 'int32', 'bool'] as const).map((dtype): ForwardCase => {
        const odd = (values: readonly number[]): number[] =>
          values.map((value) => (dtype === 'bool' ? value % 2 : value));
        return [
          `[${text}] of ${dtype} [${shape}]`,
          () => strided(tf.tensor(odd(x.values), [...shape], dtype), parts),
          { shape: y.shape, values: odd(y.values), dtype },
        ];
      });
    }),
  );
});
