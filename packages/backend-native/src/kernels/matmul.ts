import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';
import { activated, type FusedActivation, isFusable } from './activation.ts';
import { layoutOf } from './layout.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

/** Largest batch stride, in elements, of the native module. */
const MOST_BATCH_STRIDE = 2 ** 31 - 1;

/** Largest side of a matrix of the native module. */
const MOST_SIDE = 2 ** 30;

type Transposed = { readonly transposeA: boolean; readonly transposeB: boolean };
type PostOps = { readonly bias?: Float32Array | undefined; readonly relu?: boolean };

/** a b over the last two axes; the others broadcast. */
function product(
  backend: NativeBackend,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Transposed,
  { bias, relu = false }: PostOps = {},
): TensorInfo {
  util.assert(
    a.shape.length >= 2 && b.shape.length >= 2,
    () => `Error in matMul: inputs must have at least rank 2, got ranks ${a.shape.length} and ${b.shape.length}.`,
  );
  const [lastA, lastB] = [a.shape.slice(-2), b.shape.slice(-2)];
  const [rows = 1, innerA = 1] = transposeA ? [...lastA].reverse() : lastA;
  const [innerB = 1, columns = 1] = transposeB ? [...lastB].reverse() : lastB;
  util.assert(
    innerA === innerB,
    () =>
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape} and ${b.shape} ` +
      `and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const outerA = a.shape.slice(0, -2);
  const outerB = b.shape.slice(0, -2);
  const outer = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const y = backend.output([...outer, rows, columns]);
  if (y.values.length === 0) return y.info;
  const [valuesA, valuesB] = [backend.floats(a), backend.floats(b)];
  const run = (batch: number, strideA: number, strideB: number, offsetA = 0, offsetB = 0, offsetY = 0): void => {
    const shape = layoutOf(batch, rows, columns, innerA, strideA, strideB, transposeA ? 1 : 0, transposeB ? 1 : 0);
    const into = offsetY === 0 ? y.values : y.values.subarray(offsetY);
    const matricesA = offsetA === 0 ? valuesA : valuesA.subarray(offsetA);
    const matricesB = offsetB === 0 ? valuesB : valuesB.subarray(offsetB);
    backend.addon.matmul(relu ? 1 : 0, shape, matricesA, matricesB, bias, into);
  };
  const [batches, batchesA, batchesB] = [outer, outerA, outerB].map((sizes) => util.sizeFromShape(sizes)) as [
    number,
    number,
    number,
  ];
  const [sizeA, sizeB] = [rows * innerA, innerA * columns];
  const stridesFit = Math.max(sizeA, sizeB) <= MOST_BATCH_STRIDE;
  if (stridesFit && [batches, 1].includes(batchesA) && [batches, 1].includes(batchesB)) {
    run(batches, batchesA === 1 ? 0 : sizeA, batchesB === 1 ? 0 : sizeB);
  } else {
    // Both operands broadcast, along different axes, or the batch stride does not fit 32 bits: multiply one matrix at a time.
    const places = (sizes: readonly number[]) => placesOf(outer, sizes);
    const [placesA, placesB] = [places(outerA), places(outerB)];
    for (let i = 0; i < batches; i++) {
      run(1, 0, 0, (placesA[i] ?? 0) * sizeA, (placesB[i] ?? 0) * sizeB, i * rows * columns);
    }
  }
  return y.info;
}

/** The index of an operand's matrix for every index of `outer`; `sizes` are the operand's leading axes. */
function placesOf(outer: readonly number[], sizes: readonly number[]): number[] {
  let places = [0];
  outer.forEach((length, axis) => {
    const size = sizes[axis - (outer.length - sizes.length)] ?? 1;
    places = places.flatMap((place) => Array.from({ length }, (_, i) => place * size + (size === 1 ? 0 : i)));
  });
  return places;
}

type Inputs = { readonly a: TensorInfo; readonly b: TensorInfo };

const isNative = (a: TensorInfo, b: TensorInfo): boolean =>
  a.dtype === 'float32' && b.dtype === 'float32' && Math.max(...a.shape.slice(-2), ...b.shape.slice(-2)) <= MOST_SIDE;

type FusedInputs = Inputs & { readonly bias?: TensorInfo; readonly preluActivationWeights?: TensorInfo };
type FusedAttrs = Transposed & { readonly activation?: FusedActivation; readonly leakyreluAlpha?: number };

/** Matrix products, plain and with bias and activation. */
export const matmulKernels: readonly NativeKernel[] = [
  kernel<Inputs, Transposed>('BatchMatMul', ({ inputs: { a, b }, attrs, backend }, inherited) =>
    isNative(a, b) ? product(backend, a, b, attrs) : inherited(),
  ),
  kernel<FusedInputs, FusedAttrs>('_FusedMatMul', ({ inputs, attrs, backend }, inherited) => {
    const { a, b, bias, preluActivationWeights: slopes } = inputs;
    if (!isNative(a, b)) return inherited();
    const columns = b.shape.at(attrs.transposeB ? -2 : -1);
    const activation = { activation: attrs.activation ?? undefined, leakyreluAlpha: attrs.leakyreluAlpha, slopes };
    const biasFits = !bias || (bias.shape.at(-1) === columns && util.sizeFromShape(bias.shape) === columns);
    if (biasFits) {
      const fused = isFusable(activation.activation);
      const postOps = { bias: bias && backend.floats(bias), relu: fused && attrs.activation === 'relu' };
      const y = product(backend, a, b, attrs, postOps);
      return fused ? y : activated(backend, y, activation);
    }
    const plain = product(backend, a, b, attrs);
    const sum = backend.run('Add', { a: plain, b: bias });
    backend.disposeIntermediateTensorInfo(plain);
    return activated(backend, sum, activation);
  }),
];
