import * as tf from '@tensorflow/tfjs-core';
import { build, map, type NdArray, zip } from './nd-array.fixture.ts';
import { given, type Input, type Row, some } from './row.fixture.ts';

type Binary = readonly [
  name: string,
  run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  f: (a: number, b: number) => number,
  a?: readonly [number, number],
  b?: readonly [number, number],
];

const mod = (a: number, b: number): number => a - b * Math.floor(a / b);

const OPERATIONS: readonly Binary[] = [
  ['add', tf.add, (a, b) => a + b],
  ['sub', tf.sub, (a, b) => a - b],
  ['mul', tf.mul, (a, b) => a * b],
  ['div', tf.div, (a, b) => a / b, [-2, 2], [0.4, 2]],
  ['divNoNan', tf.divNoNan, (a, b) => a / b, [-2, 2], [0.4, 2]],
  ['pow', tf.pow, (a, b) => a ** b, [0.3, 2], [-2, 2]],
  ['maximum', tf.maximum, Math.max],
  ['minimum', tf.minimum, Math.min],
  ['squaredDifference', tf.squaredDifference, (a, b) => (a - b) ** 2],
  ['mod', tf.mod, mod, [-5, 5], [1.1, 2.3]],
  ['floorDiv', tf.floorDiv, (a, b) => Math.floor(a / b), [-5, 5], [1.1, 2.3]],
  ['atan2', tf.atan2, Math.atan2],
  ['prelu', tf.prelu, (x, alpha) => (x > 0 ? x : alpha * x)],
];

const SHAPES: readonly (readonly [form: string, a: readonly number[], b: readonly number[]])[] = [
  ['equal shapes', [2, 3, 2], [2, 3, 2]],
  ['the second broadcast', [2, 3, 4], [4]],
  ['the second broadcast in the middle', [2, 3, 4], [2, 1, 4]],
  ['by a scalar', [2, 3], []],
];
/** Not for prelu, which broadcasts only its slopes. */
const BOTH: typeof SHAPES = [
  ['the first broadcast', [3], [2, 3]],
  ['both broadcast', [2, 1, 3], [4, 1]],
  ['a scalar by', [], [2, 3]],
];

const broadcast = (shapes: typeof SHAPES, operations: readonly Binary[]): Row[] =>
  operations.flatMap(([name, run, f, a, b]) =>
    shapes.map(([form, shapeA, shapeB]) => ({
      name: `${name}: ${form}`,
      inputs: [some(shapeA, ...(a ?? [])), some(shapeB, ...(b ?? [-2, 2]), 5)],
      run: (x, y) => run(x as tf.Tensor, y as tf.Tensor),
      reference: (x, y) => zip(x as NdArray, y as NdArray, f),
    })),
  );

type At = readonly [
  name: string,
  run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  a: readonly number[],
  b: readonly number[],
  f: (a: number, b: number) => number,
  byA: readonly number[],
  byB: readonly number[],
];

/** Ties, zeros and edges, with gradients worked out by hand. */
const POINTS: readonly At[] = [
  ['maximum: at a tie', tf.maximum, [1, 2, 3], [1, 3, 2], Math.max, [0.5, 0, 1], [0.5, 1, 0]],
  ['minimum: at a tie', tf.minimum, [1, 2, 3], [1, 3, 2], Math.min, [0.5, 1, 0], [0.5, 0, 1]],
  ['pow: at zero', tf.pow, [0, 0, 0], [1, 2, 3], (a, b) => a ** b, [1, 0, 0], [0, 0, 0]],
  ['pow: to the power zero', tf.pow, [0, 2, -1], [0, 0, 0], () => 1, [0, 0, 0], [0, Math.log(2), 0]],
  ['pow: of a negative base', tf.pow, [-2, -3], [3, 2], (a, b) => a ** b, [12, -6], [0, 0]],
  [
    'divNoNan: by zero',
    tf.divNoNan,
    [1, 2, 0],
    [0, 4, 0],
    (a, b) => (b === 0 ? 0 : a / b),
    [0, 0.25, 0],
    [0, -0.125, 0],
  ],
  ['prelu: at zero', tf.prelu, [0, -1], [0.5, 0.25], (x, s) => (x > 0 ? x : s * x), [0.5, 0.25], [0, -1]],
  ['div: by a small divisor', tf.div, [1e-20, 2e-20], [1e-20, 1e-20], (a, b) => a / b, [1e20, 1e20], [-1e20, -2e20]],
];

const points: readonly Row[] = POINTS.map(([name, run, a, b, f, byA, byB]) => ({
  name,
  inputs: [given([a.length], a), given([b.length], b)],
  run: (x, y) => run(x as tf.Tensor, y as tf.Tensor),
  reference: (x, y) => zip(x as NdArray, y as NdArray, f),
  gradients: [byA, byB],
}));

type Kink = readonly [string, (x: tf.Tensor) => tf.Tensor, readonly number[], (x: number) => number, readonly number[]];

const KINKS: readonly Kink[] = [
  ['abs: at zero', tf.abs, [0, -1], Math.abs, [0, -1]],
  ['relu: at zero', tf.relu, [0, 1], (x) => Math.max(x, 0), [0, 1]],
  [
    'clipByValue: at its bounds',
    (x) => tf.clipByValue(x, 0, 1),
    [0, 1, -1, 2],
    (x) => Math.min(Math.max(x, 0), 1),
    [1, 1, 0, 0],
  ],
  ['sqrt: at zero', tf.sqrt, [0, 4], Math.sqrt, [Number.POSITIVE_INFINITY, 0.25]],
];

const kinks: readonly Row[] = KINKS.map(([name, run, x, f, by]) => ({
  name,
  inputs: [given([x.length], x)],
  run: (at) => run(at as tf.Tensor),
  reference: (at) => map(at as NdArray, f),
  gradients: [by],
}));

const CONDITION = given([2, 3], [1, 0, 1, 0, 0, 1], 'bool');
const chosen = (c: NdArray, a: NdArray, b: NdArray): NdArray => {
  const shape = [2, 3];
  const [left, right] = [zip(c, a, (_, x) => x), zip(c, b, (_, x) => x)];
  return build(
    shape,
    (i, j) => (c.values[(i ?? 0) * 3 + (j ?? 0)] === 1 ? left : right).values[(i ?? 0) * 3 + (j ?? 0)] ?? 0,
  );
};
const where = (form: string, a: Input, b: Input): Row => ({
  name: `where: ${form}`,
  inputs: [CONDITION, a, b],
  run: (c, x, y) => tf.where(c as tf.Tensor, x as tf.Tensor, y as tf.Tensor),
  reference: (c, x, y) => chosen(c as NdArray, x as NdArray, y as NdArray),
});

/** Elementwise functions of two tensors. */
export const binaryRows: readonly Row[] = [
  ...broadcast(SHAPES, OPERATIONS),
  ...broadcast(
    BOTH,
    OPERATIONS.filter(([name]) => name !== 'prelu'),
  ),
  ...points,
  ...kinks,
  where('equal shapes', some([2, 3]), some([2, 3], -2, 2, 4)),
  where('a scalar for the rest', some([2, 3]), some([])),
  where('rows and columns', some([3]), some([2, 1])),
  {
    name: 'where: by a comparison of the input itself',
    inputs: [some([7])],
    run: (x) => tf.where(tf.greater(x as tf.Tensor, 0), tf.square(x as tf.Tensor), tf.mul(x as tf.Tensor, 0.5)),
    reference: (x) => map(x as NdArray, (v) => (v > 0 ? v * v : v / 2)),
  },
  {
    name: 'addN: three, one of them twice',
    inputs: [some([2, 3]), some([2, 3], -1, 1, 2)],
    run: (a, b) => tf.addN([a as tf.Tensor, b as tf.Tensor, a as tf.Tensor]),
    reference: (a, b) => zip(a as NdArray, b as NdArray, (x, y) => 2 * x + y),
  },
  {
    name: 'mul: of whole numbers by floats',
    inputs: [given([3], [1, -2, 3], 'int32'), some([3])],
    run: (a, b) => tf.mul(a as tf.Tensor, b as tf.Tensor),
    reference: (a, b) => zip(a as NdArray, b as NdArray, (x, y) => x * y),
  },
];
