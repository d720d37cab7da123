import * as tf from '@tensorflow/tfjs-core';
import { at, build, type NdArray, transposed, zip } from './nd-array.fixture.ts';
import { type Row, some } from './row.fixture.ts';

const turned = (x: NdArray): NdArray =>
  transposed(
    x,
    [...x.shape.keys()].map((axis) => (axis < x.shape.length - 2 ? axis : 2 * x.shape.length - 3 - axis)),
  );

/** Matrix products over the last two axes; the other axes are broadcast. */
function matMul(a: NdArray, b: NdArray, transposeA = false, transposeB = false): NdArray {
  const [left, right] = [transposeA ? turned(a) : a, transposeB ? turned(b) : b];
  const batch = zip(
    build(left.shape.slice(0, -2), () => 0),
    build(right.shape.slice(0, -2), () => 0),
    () => 0,
  ).shape;
  const inner = left.shape.at(-1) ?? 0;
  const entry = (x: NdArray, index: readonly number[], i: number, j: number): number => {
    const outer = index.slice(index.length - (x.shape.length - 2)).map((k, axis) => (x.shape[axis] === 1 ? 0 : k));
    return at(x, [...outer, i, j]);
  };
  return build([...batch, left.shape.at(-2) ?? 0, right.shape.at(-1) ?? 0], (...index) => {
    const [i = 0, j = 0] = index.slice(-2);
    const outer = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += entry(left, outer, i, k) * entry(right, outer, k, j);
    return sum;
  });
}

const SHAPES: readonly (readonly [form: string, a: readonly number[], b: readonly number[]])[] = [
  ['rank 2', [2, 3], [3, 4]],
  ['a batch', [2, 2, 3], [2, 3, 2]],
  ['two batch axes', [2, 2, 1, 3], [2, 2, 3, 2]],
  ['a batch by one matrix', [3, 2, 3], [3, 2]],
  ['one matrix by a batch', [2, 3], [3, 3, 2]],
  ['batches of 1 and 3', [1, 2, 3], [3, 3, 2]],
  ['batches [2, 1] and [2]', [2, 1, 2, 3], [2, 3, 2]],
];
const products: Row[] = SHAPES.flatMap(([form, a, b]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `matMul: ${form}${transposeA ? ', first transposed' : ''}${transposeB ? ', second transposed' : ''}`,
      inputs: [some(flip(a, transposeA)), some(flip(b, transposeB), -2, 2, 5)],
      run: (x: tf.Tensor | undefined, y: tf.Tensor | undefined) =>
        tf.matMul(x as tf.Tensor, y as tf.Tensor, transposeA, transposeB),
      reference: (x: NdArray | undefined, y: NdArray | undefined) =>
        matMul(x as NdArray, y as NdArray, transposeA, transposeB),
    })),
  ),
);

function flip(shape: readonly number[], transpose: boolean): readonly number[] {
  return transpose ? [...shape.slice(0, -2), shape.at(-1) ?? 1, shape.at(-2) ?? 1] : shape;
}

/** Multiplies the operands and sums over all letters that the result lacks. */
function einsum(equation: string, operands: readonly NdArray[]): NdArray {
  const [left = '', output = ''] = equation.split('->');
  const labels = left.split(',');
  const lengths = new Map(
    labels.flatMap((one, i) => [...one].map((label, axis) => [label, operands[i]?.shape[axis] ?? 1])),
  );
  const summed = [...lengths.keys()].filter((label) => !output.includes(label));
  const inner = build(summed.map((label) => lengths.get(label) ?? 1), () => 0); // biome-ignore format: one thought
  return build(
    [...output].map((label) => lengths.get(label) ?? 1),
    (...index) => {
      let sum = 0;
      build(inner.shape, (...rest) => {
        const place = (label: string): number =>
          output.includes(label) ? (index[output.indexOf(label)] ?? 0) : (rest[summed.indexOf(label)] ?? 0);
        sum += operands.reduce((product, x, i) => product * at(x, [...(labels[i] ?? '')].map(place)), 1);
        return 0;
      });
      return sum;
    },
  );
}

const EINSUMS: readonly (readonly [string, ...(readonly number[])[]])[] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['ij,jk->ki', [2, 3], [3, 4]],
  ['bij,bjk->bik', [2, 2, 3], [2, 3, 2]],
  ['bij,jk->bik', [2, 2, 3], [3, 2]],
  ['ij,ij->ij', [2, 3], [2, 3]],
  ['ij,ij->', [2, 3], [2, 3]],
  ['ij,kj->ik', [2, 3], [4, 3]],
  ['i,j->ij', [2], [3]],
  ['ij->ji', [2, 3]],
  ['ij->i', [2, 3]],
  ['ij->', [2, 3]],
  ['ij->ij', [2, 3]],
  ['ij,k->ik', [2, 3], [4]],
  ['k,ij->kj', [4], [2, 3]],
  ['i,j->', [2], [3]],
  ['ij,kl->li', [2, 3], [2, 4]],
  ['ij,jk->', [2, 3], [3, 4]],
  ['ijk,jl->k', [2, 3, 2], [3, 4]],
  ['bij,bk->b', [2, 2, 3], [2, 4]],
  [',ij->ji', [], [2, 3]],
  ['ij,->j', [2, 3], []],
  [',->', [], []],
  ['bhqd,bhkd->bhqk', [2, 2, 2, 3], [2, 2, 3, 3]],
];

const dot = (form: string, a: readonly number[], b: readonly number[], equation: string): Row => ({
  name: `dot: ${form}`,
  inputs: [some(a), some(b, -2, 2, 5)],
  run: (x, y) => tf.dot(x as tf.Tensor1D, y as tf.Tensor1D),
  reference: (x, y) => einsum(equation, [x as NdArray, y as NdArray]),
});

const plusBias = (y: NdArray, bias: NdArray, f: (x: number) => number): NdArray => zip(y, bias, (a, b) => f(a + b));
const ACTIVATIONS: readonly (readonly [tf.fused.Activation, (x: number) => number])[] = [
  ['linear', (x) => x],
  ['relu', (x) => Math.max(0, x)],
  ['relu6', (x) => Math.min(6, Math.max(0, x))],
  ['elu', (x) => (x > 0 ? x : Math.expm1(x))],
  ['sigmoid', (x) => 1 / (1 + Math.exp(-x))],
  ['leakyrelu', (x) => (x > 0 ? x : Math.fround(0.2) * x)],
];
const fused: Row[] = ACTIVATIONS.map(([activation, f]) => ({
  name: `fused.matMul: bias, ${activation}`,
  inputs: [some([3, 2]), some([2, 4], -2, 2, 5), some([4], -1, 1, 2)],
  run: (a, b, bias) =>
    tf.fused.matMul({ a: a as tf.Tensor, b: b as tf.Tensor, bias: bias as tf.Tensor, activation, leakyreluAlpha: 0.2 }),
  reference: (a, b, bias) => plusBias(matMul(a as NdArray, b as NdArray), bias as NdArray, f),
}));

/** Matrix products and einsum. */
export const matrixRows: readonly Row[] = [
  ...products,
  ...EINSUMS.map(
    ([equation, ...shapes]): Row => ({
      name: `einsum: ${equation}`,
      inputs: shapes.map((shape, i) => some(shape, -2, 2, 5 * i)),
      run: (...operands) => tf.einsum(equation, ...operands),
      reference: (...operands) => einsum(equation, operands),
    }),
  ),
  dot('of two vectors', [3], [3], 'i,i->'),
  dot('of a vector and a matrix', [3], [3, 2], 'i,ij->j'),
  dot('of a matrix and a vector', [2, 3], [3], 'ij,j->i'),
  dot('of two matrices', [2, 3], [3, 2], 'ij,jk->ik'),
  {
    name: 'outerProduct: two vectors',
    inputs: [some([2]), some([3], -2, 2, 5)],
    run: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    reference: (a, b) => einsum('i,j->ij', [a as NdArray, b as NdArray]),
  },
  {
    name: 'diag: of rank 2',
    inputs: [some([2, 2])],
    run: (x) => tf.diag(x as tf.Tensor),
    reference: (x) =>
      build([2, 2, 2, 2], (i, j, k, l) => (i === k && j === l ? at(x as NdArray, [i ?? 0, j ?? 0]) : 0)),
  },
  ...fused,
  {
    name: 'fused.matMul: a batch by a batch of one, second transposed',
    inputs: [some([3, 2, 2]), some([1, 4, 2], -2, 2, 5)],
    run: (a, b) => tf.fused.matMul({ a: a as tf.Tensor, b: b as tf.Tensor, transposeB: true }),
    reference: (a, b) => matMul(a as NdArray, b as NdArray, false, true),
  },
  {
    name: 'linalg.bandPart: one below, two above',
    inputs: [some([2, 4, 4])],
    run: (x) => tf.linalg.bandPart(x as tf.Tensor, 1, 2),
    reference: (x) =>
      build([2, 4, 4], (b, i, j) => {
        const [row, column] = [i ?? 0, j ?? 0];
        return row - column <= 1 && column - row <= 2 ? at(x as NdArray, [b ?? 0, row, column]) : 0;
      }),
  },
];
