import * as tf from '@tensorflow/tfjs-core';
import { at, build, type NdArray, reshaped, transposed } from './nd-array.fixture.ts';
import { given, type Row, some } from './row.fixture.ts';

/** An operation on one tensor that moves entries: the source index of each output entry; without one the entry is 0. */
type Moved = readonly [
  name: string,
  shape: readonly number[],
  run: (x: tf.Tensor) => tf.Tensor,
  to: readonly number[],
  from: (index: number[]) => readonly number[] | undefined,
];

const reflect = (i: number, before: number, length: number, edge: 0 | 1): number => {
  const j = i - before;
  if (j < 0) return edge - 1 - j;
  return j < length ? j : 2 * length - 1 - edge - j;
};

const MOVED: readonly Moved[] = [
  ['reverse: all axes', [2, 3], (x) => tf.reverse(x), [2, 3], ([i = 0, j = 0]) => [1 - i, 2 - j]],
  ['reverse: the last axis of rank 3', [2, 2, 3], (x) => tf.reverse(x, -1), [2, 2, 3], ([i = 0, j = 0, k = 0]) => [i, j, 2 - k]],
  ['tile: rank 1', [3], (x) => tf.tile(x, [2]), [6], ([i = 0]) => [i % 3]],
  ['tile: rank 3', [2, 1, 3], (x) => tf.tile(x, [1, 3, 2]), [2, 3, 6], ([i = 0, , k = 0]) => [i, 0, k % 3]],
  ['tile: rank 5', [1, 2, 1, 2, 1], (x) => tf.tile(x, [2, 1, 2, 2, 1]), [2, 2, 2, 4, 1], ([, j = 0, , l = 0]) => [0, j, 0, l % 2, 0]],
  ['broadcastTo: two axes more', [3, 1], (x) => tf.broadcastTo(x, [2, 3, 4]), [2, 3, 4], ([, j = 0]) => [j, 0]],
  ['pad: rank 2', [2, 3], (x) => tf.pad(x, [[1, 0], [2, 1]]), [3, 6], ([i = 0, j = 0]) => [i - 1, j - 2]],
  ['pad: rank 4', [1, 2, 2, 2], (x) => tf.pad(x, [[0, 0], [1, 1], [0, 2], [0, 0]]), [1, 4, 4, 2], ([, i = 0, j = 0, k = 0]) => [0, i - 1, j, k]],
  ['mirrorPad: reflect', [3, 4], (x) => tf.mirrorPad(x, [[1, 2], [3, 0]], 'reflect'), [6, 7], ([i = 0, j = 0]) => [reflect(i, 1, 3, 1), reflect(j, 3, 4, 1)]],
  ['mirrorPad: symmetric', [3, 2], (x) => tf.mirrorPad(x, [[3, 1], [0, 2]], 'symmetric'), [7, 4], ([i = 0, j = 0]) => [reflect(i, 3, 3, 0), reflect(j, 0, 2, 0)]],
  ['mirrorPad: reflect, images', [2, 3, 3, 2], (x) => tf.mirrorPad(x, [[0, 0], [1, 1], [2, 1], [0, 0]], 'reflect'), [2, 5, 6, 2], ([n = 0, i = 0, j = 0, c = 0]) => [n, reflect(i, 1, 3, 1), reflect(j, 2, 3, 1), c]],
  ['slice: inside', [3, 4, 2], (x) => tf.slice(x, [1, 1, 0], [2, 2, -1]), [2, 2, 2], ([i = 0, j = 0, k = 0]) => [i + 1, j + 1, k]],
  ['slice: the first axis alone', [4, 2], (x) => tf.slice(x, 1, 2), [2, 2], ([i = 0, j = 0]) => [i + 1, j]],
  ['stridedSlice: forward', [5, 4], (x) => tf.stridedSlice(x, [0, 1], [5, 4], [2, 2]), [3, 2], ([i = 0, j = 0]) => [2 * i, 2 * j + 1]],
  ['stridedSlice: backward', [5, 3], (x) => tf.stridedSlice(x, [4, 2], [0, 0], [-2, -1]), [2, 2], ([i = 0, j = 0]) => [4 - 2 * i, 2 - j]],
  ['stridedSlice: an axis dropped', [3, 4], (x) => tf.stridedSlice(x, [1, 0], [2, 4], [1, 3], 0, 0, 0, 0, 1), [2], ([j = 0]) => [1, 3 * j]],
  ['stridedSlice: the last axis dropped, the first backward', [3, 2, 2], (x) => tf.stridedSlice(x, [0, 0, -1], [0, 0, 0], [-2, 1, 1], 1, 1, 2, 0, 4), [2, 2], ([i = 0, j = 0]) => [2 - 2 * i, j, 1]],
  ['stridedSlice: one axis dropped, one new, one open', [2, 3, 4], (x) => tf.stridedSlice(x, [1, 0, 0, 3], [2, 0, 3, 0], [1, 1, 2, -3], 0, 8, 0, 2, 1), [1, 2, 2], ([, i = 0, j = 0]) => [1, 2 * i, 3 - 3 * j]],
  ['stridedSlice: an empty second axis', [2, 3], (x) => tf.stridedSlice(x, [0, 2], [2, 1], [1, 1]), [2, 0], () => undefined],
  ['stridedSlice: a new axis and an ellipsis', [2, 3, 2], (x) => tf.stridedSlice(x, [0, 0, 0], [0, 0, 1], [1, 1, 1], 0, 0, 2, 1), [1, 2, 3, 1], ([, i = 0, j = 0, k = 0]) => [i, j, k]],
  ['depthToSpace: blocks of 2', [2, 1, 2, 8], (x) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC'), [2, 2, 4, 2], ([n = 0, i = 0, j = 0, c = 0]) => [n, Math.floor(i / 2), Math.floor(j / 2), ((i % 2) * 2 + (j % 2)) * 2 + c]],
  ['spaceToBatchND: padded', [1, 3, 4, 2], (x) => tf.spaceToBatchND(x, [2, 2], [[1, 0], [0, 0]]), [4, 2, 2, 2], ([n = 0, i = 0, j = 0, c = 0]) => [0, 2 * i + Math.floor(n / 2) - 1, 2 * j + (n % 2), c]],
  ['batchToSpaceND: cropped', [4, 2, 2, 1], (x) => tf.batchToSpaceND(x, [2, 2], [[1, 0], [0, 1]]), [1, 3, 3, 1], ([, i = 0, j = 0]) => [((i + 1) % 2) * 2 + (j % 2), Math.floor((i + 1) / 2), Math.floor(j / 2), 0]],
  ['expandDims: in the middle', [2, 3], (x) => tf.expandDims(x, 1), [2, 1, 3], ([i = 0, , k = 0]) => [i, k]],
  ['squeeze: all of length 1', [1, 3, 1], (x) => tf.squeeze(x), [3], ([i = 0]) => [0, i, 0]],
  ['reshape: rank 3 to 1', [1, 2, 3], (x) => tf.reshape(x, [-1]), [6], ([i = 0]) => [0, Math.floor(i / 3), i % 3]],
  ['flipLeftRight: a batch', [2, 2, 3, 1], (x) => tf.image.flipLeftRight(x as tf.Tensor4D), [2, 2, 3, 1], ([n = 0, i = 0, j = 0]) => [n, i, 2 - j, 0]],
  ['grayscaleToRGB: a batch', [2, 2, 2, 1], (x) => tf.image.grayscaleToRGB(x as tf.Tensor4D), [2, 2, 2, 3], ([n = 0, i = 0, j = 0]) => [n, i, j, 0]],
  ['split: the second of three', [2, 6], (x) => tf.split(x, 3, 1)[1] as tf.Tensor, [2, 2], ([i = 0, j = 0]) => [i, j + 2]],
  ['split: into one', [2, 2], (x) => tf.split(x, 1, 0)[0] as tf.Tensor, [2, 2], (index) => index],
  ['split: of given lengths', [5, 2], (x) => tf.split(x, [1, 3, 1], 0)[1] as tf.Tensor, [3, 2], ([i = 0, j = 0]) => [i + 1, j]],
  ['unstack: the last', [2, 3], (x) => tf.unstack(x, 1)[2] as tf.Tensor, [2], ([i = 0]) => [i, 2]],
  ['unstack: of one', [1, 3], (x) => tf.unstack(x)[0] as tf.Tensor, [3], ([i = 0]) => [0, i]],
  ['signal.frame: overlapping', [7], (x) => tf.signal.frame(x as tf.Tensor1D, 3, 2), [3, 3], ([i = 0, j = 0]) => [2 * i + j]],
  ['gather: rows, repeated', [3, 2], (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')), [3, 2], ([i = 0, j = 0]) => [[2, 0, 2][i] ?? 0, j]],
  ['gather: the middle axis, rank 2 of indices', [2, 3, 2], (x) => tf.gather(x, tf.tensor2d([[0, 2], [2, 1]], [2, 2], 'int32'), 1), [2, 2, 2, 2], ([b = 0, i = 0, j = 0, k = 0]) => [b, [[0, 2], [2, 1]][i]?.[j] ?? 0, k]],
  ['gather: one batch axis', [2, 3, 2], (x) => tf.gather(x, tf.tensor2d([[0, 2], [1, 1]], [2, 2], 'int32'), 1, 1), [2, 2, 2], ([b = 0, i = 0, k = 0]) => [b, [[0, 2], [1, 1]][b]?.[i] ?? 0, k]],
  ['gatherND: pairs, one twice', [3, 2], (x) => tf.gatherND(x, tf.tensor2d([[0, 1], [2, 0], [0, 1]], [3, 2], 'int32')), [3], ([i = 0]) => [[0, 1], [2, 0], [0, 1]][i]],
  ['gatherND: rows', [3, 2], (x) => tf.gatherND(x, tf.tensor2d([[2], [0]], [2, 1], 'int32')), [2, 2], ([i = 0, j = 0]) => [[2, 0][i] ?? 0, j]],
]; // biome-ignore format: a form a line

const moved: Row[] = MOVED.map(([name, shape, run, to, from]) => ({
  name,
  inputs: [some(shape)],
  run: (x) => run(x as tf.Tensor),
  reference: (x) =>
    build(to, (...index) => {
      const place = from(index);
      return place ? at(x as NdArray, place) : 0;
    }),
}));

const transposes: Row[] = [
  [1, 0],
  [2, 0, 1],
  [0, 3, 1, 2],
  [4, 2, 0, 3, 1],
].map((order) => ({
  name: `transpose: ${order}`,
  inputs: [some([2, 3, 2, 2, 2].slice(0, order.length))],
  run: (x) => tf.transpose(x as tf.Tensor, order),
  reference: (x) => transposed(x as NdArray, order),
}));

/** The source of an entry of parts of lengths 2, 1 and 3 joined along an axis: the part, and the index in it. */
const partOf = (i: number): readonly [part: number, place: number] => (i < 2 ? [0, i] : i < 3 ? [1, 0] : [2, i - 3]);
const concats: Row[] = [0, 1, -1].map((axis) => {
  const along = (axis + 3) % 3;
  const shape = (length: number) => [2, 3, 2].with(along, length);
  return {
    name: `concat: axis ${axis}`,
    inputs: [some(shape(2)), some(shape(1), -2, 2, 3), some(shape(3), -2, 2, 6)],
    run: (...parts) => tf.concat(parts, axis),
    reference: (...parts) =>
      build(shape(6), (...index) => {
        const [part, place] = partOf(index[along] ?? 0);
        return at(parts[part] as NdArray, index.with(along, place));
      }),
  };
});

const places = [
  [0, 1],
  [2, 0],
] as const;
const scattered = (updates: NdArray, to: readonly (readonly number[])[], shape: readonly number[]): NdArray =>
  build(shape, (...index) =>
    to.reduce(
      (sum, place, i) =>
        place.every((p, axis) => p === index[axis]) ? sum + at(updates, [i, ...index.slice(place.length)]) : sum,
      0,
    ),
  );
const indices = (list: readonly (readonly number[])[]): tf.Tensor2D =>
  tf.tensor2d(list.flat(), [list.length, list[0]?.length ?? 0], 'int32');

/** Reshapes, moves, joins, splits, gathers and scatters. */
export const shapeRows: readonly Row[] = [
  ...moved,
  ...transposes,
  ...concats,
  {
    name: 'stack: the middle axis',
    inputs: [some([2, 3]), some([2, 3], -2, 2, 4)],
    run: (...parts) => tf.stack(parts, 1),
    reference: (...parts) => build([2, 2, 3], (i, k, j) => at(parts[k ?? 0] as NdArray, [i ?? 0, j ?? 0])),
  },
  {
    name: 'stack: the last axis, as -1',
    inputs: [some([2, 3]), some([2, 3], -2, 2, 4)],
    run: (...parts) => tf.stack(parts, -1),
    reference: (...parts) => build([2, 3, 2], (i, j, k) => at(parts[k ?? 0] as NdArray, [i ?? 0, j ?? 0])),
  },
  {
    name: 'stack: of one',
    inputs: [some([2])],
    run: (x) => tf.stack([x as tf.Tensor]),
    reference: (x) => reshaped(x as NdArray, [1, 2]),
  },
  {
    name: 'scatterND: rows, one twice',
    inputs: [some([3, 2])],
    run: (x) => tf.scatterND(indices([[1], [0], [1]]), x as tf.Tensor, [3, 2]),
    reference: (x) => scattered(x as NdArray, [[1], [0], [1]], [3, 2]),
  },
  {
    name: 'tensorScatterUpdate: single entries',
    inputs: [some([3, 2]), some([2], -2, 2, 5)],
    run: (x, u) => tf.tensorScatterUpdate(x as tf.Tensor, indices(places), u as tf.Tensor),
    reference: (x, u) =>
      build([3, 2], (i, j) => {
        const found = places.findIndex(([row, column]) => row === i && column === j);
        return found < 0 ? at(x as NdArray, [i ?? 0, j ?? 0]) : at(u as NdArray, [found]);
      }),
  },
  {
    name: 'sparseToDense: pairs, a default',
    inputs: [some([2]), some([], 0, 1, 5)],
    run: (v, d) => tf.sparseToDense(indices(places), v as tf.Tensor1D, [3, 2], d as tf.Scalar),
    reference: (v, d) =>
      build([3, 2], (i, j) => {
        const found = places.findIndex(([row, column]) => row === i && column === j);
        return found < 0 ? at(d as NdArray, []) : at(v as NdArray, [found]);
      }),
  },
  {
    name: 'unsortedSegmentSum: with ids outside',
    inputs: [some([4, 2])],
    run: (x) => tf.unsortedSegmentSum(x as tf.Tensor, tf.tensor1d([1, -1, 0, 1], 'int32'), 3),
    reference: (x) =>
      build([3, 2], (s, j) =>
        [1, -1, 0, 1].reduce((sum, id, i) => (id === s ? sum + at(x as NdArray, [i, j ?? 0]) : sum), 0),
      ),
  },
  ...(['Sum', 'Mean'] as const).map(
    (kind): Row => ({
      name: `sparse.sparseSegment${kind}: rows, one twice`,
      inputs: [some([3, 2])],
      run: (x) => {
        const op = kind === 'Sum' ? tf.sparse.sparseSegmentSum : tf.sparse.sparseSegmentMean;
        return op(x as tf.Tensor2D, tf.tensor1d([2, 0, 2], 'int32'), tf.tensor1d([0, 0, 1], 'int32'));
      },
      reference: (x) => {
        const value = (i: number, j: number) => at(x as NdArray, [i, j]);
        const share = kind === 'Sum' ? 1 : 0.5;
        return build([2, 2], (s, j) => (s === 0 ? share * (value(2, j ?? 0) + value(0, j ?? 0)) : value(2, j ?? 0)));
      },
    }),
  ),
  {
    name: 'denseBincount: by weights, one outside',
    inputs: [some([4])],
    run: (w) => tf.denseBincount(tf.tensor1d([1, 0, 1, 3], 'int32'), w as tf.Tensor1D, 3),
    reference: (w) =>
      build([3], (bin) => [1, 0, 1, 3].reduce((sum, b, i) => (b === bin ? sum + at(w as NdArray, [i]) : sum), 0)),
  },
  {
    name: 'meshgrid: both',
    inputs: [some([3]), some([2], -2, 2, 4)],
    run: (x, y) => tf.mul(...(tf.meshgrid(x as tf.Tensor, y as tf.Tensor) as [tf.Tensor, tf.Tensor])),
    reference: (x, y) => build([2, 3], (i, j) => at(x as NdArray, [j ?? 0]) * at(y as NdArray, [i ?? 0])),
  },
  {
    name: 'mul: by values gathered at indices that a comparison gives',
    inputs: [some([3])],
    run: (x) => tf.mul(x as tf.Tensor, tf.gather(tf.tensor1d([2, 5]), tf.cast(tf.greater(x as tf.Tensor, 0), 'int32'))),
    reference: (x) => build([3], (i) => at(x as NdArray, [i ?? 0]) * (at(x as NdArray, [i ?? 0]) > 0 ? 5 : 2)),
  },
  {
    name: 'rgbToGrayscale: a batch',
    inputs: [some([2, 1, 2, 3])],
    run: (x) => tf.image.rgbToGrayscale(x as tf.Tensor4D),
    reference: (x) =>
      build([2, 1, 2, 1], (n, i, j) =>
        [0.2989, 0.587, 0.114].reduce((sum, w, c) => sum + w * at(x as NdArray, [n ?? 0, i ?? 0, j ?? 0, c]), 0),
      ),
  },
  {
    name: 'cast: int32 to float32',
    inputs: [given([2], [1, 2], 'int32'), some([2])],
    run: (a, b) => tf.add(tf.cast(a as tf.Tensor, 'float32'), b as tf.Tensor),
    reference: (a, b) => build([2], (i) => at(a as NdArray, [i ?? 0]) + at(b as NdArray, [i ?? 0])),
  },
];
