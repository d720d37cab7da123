import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient } from './gradient.ts';
import { missingGradient } from './missing-gradient.ts';
import type { Backward, Pullbacks, TapeNode } from './tape-node.ts';

type Pair = readonly [real: Tensor, imaginary: Tensor];

/** The two placeholder tensors that represent each complex tensor on the tape. */
const parts = new WeakMap<Tensor, Pair>();

function partsOf(z: Tensor): Pair {
  const known = parts.get(z);
  if (known) return known;
  const shared = tf.engine() as unknown as { nextTensorId(): number };
  // The tape reads only the id and the shape of its tensors, so a placeholder needs no data.
  const part = (): Tensor => ({ id: shared.nextTensorId(), shape: z.shape, dtype: 'float32', size: z.size }) as Tensor;
  const pair = [part(), part()] as const;
  parts.set(z, pair);
  return pair;
}

const isComplex = (x: Tensor): boolean => x.dtype === 'complex64';
const zerosFor = (dy: Tensor | null | undefined, { shape }: Tensor): Tensor => dy ?? tf.zeros(shape);

/** The gradient with respect to a complex number x + i y as one complex number: d/dx + i d/dy. */
const joined = ([re, im]: (Tensor | null)[], like: Tensor): Tensor =>
  tf.complex(zerosFor(re, like), zerosFor(im, like));

type Special = (dys: (Tensor | null)[], node: TapeNode) => Pullbacks;

/** y = A x with complex A: dx is the conjugate transpose of A times dy. */
const linear =
  (adjoint: (dy: Tensor) => Tensor): Special =>
  (dys, { outputs }) => {
    const dx = (): Tensor => adjoint(joined(dys, outputs[0] as Tensor));
    return { 'input.re': () => tf.real(dx()), 'input.im': () => tf.imag(dx()) };
  };

const lengthOf = ({ shape }: Tensor): number => shape[shape.length - 1] ?? 1;

const SPECIAL: Readonly<Record<string, Special>> = {
  Complex: ([re, im], { outputs: [y] }) => ({
    real: () => tf.clone(zerosFor(re, y as Tensor)),
    imag: () => tf.clone(zerosFor(im, y as Tensor)),
  }),
  Real: ([dy]) => ({ 'input.re': () => tf.clone(dy as Tensor) }),
  Imag: ([dy]) => ({ 'input.im': () => tf.clone(dy as Tensor) }),
  ComplexAbs: ([dy], { saved: [x] }) => {
    const along = (part: (z: Tensor) => Tensor): Tensor =>
      tf.mul(dy as Tensor, tf.divNoNan(part(x as Tensor), tf.abs(x as Tensor)));
    return { 'x.re': () => along(tf.real), 'x.im': () => along(tf.imag) };
  },
  FFT: linear((dy) => scaled(tf.ifft(dy), lengthOf(dy))),
  IFFT: linear((dy) => scaled(tf.fft(dy), 1 / lengthOf(dy))),
};

function scaled(z: Tensor, factor: number): Tensor {
  return tf.complex(tf.mul(tf.real(z), factor), tf.mul(tf.imag(z), factor));
}

/** Saves the input of `ComplexAbs` for its complex gradient, which is in `SPECIAL`; with real numbers it throws. */
export const complexGradients: readonly GradConfig[] = [
  gradient('ComplexAbs', { inputs: ['x'] }, () => {
    throw missingGradient('ComplexAbs of real numbers');
  }),
];

/** Kernels that are linear with real coefficients: the gradient of a real tensor applies to each part separately. */
const REAL_LINEAR = new Set([
  ...['Add', 'Concat', 'ExpandDims', 'GatherV2', 'Identity', 'Neg', 'Pack', 'PadV2', 'Reshape', 'Reverse', 'Slice'],
  ...['SplitV', 'StridedSlice', 'Sub', 'Sum', 'Mean', 'Tile', 'Transpose', 'Unpack'],
]);

/**
 * Replaces each complex tensor of a tape node by two real ones, its real and its imaginary part. tfjs requires every gradient to be float32, so it
 * cannot differentiate with respect to a complex tensor. This makes Fourier transforms differentiable.
 */
export function splitComplex(node: TapeNode, attrs: object): void {
  const { inputs, outputs } = node;
  if (![...Object.values(inputs), ...outputs].some(isComplex)) return;
  const original: TapeNode = { ...node };
  node.gradient = gradientOf(original, attrs);
  node.outputs = outputs.flatMap((y) => (isComplex(y) ? partsOf(y) : y));
  const all = Object.entries(inputs).flatMap(([name, x]): [string, Tensor][] => {
    if (!isComplex(x)) return [[name, x]];
    const [re, im] = partsOf(x);
    return [
      [`${name}.re`, re],
      [`${name}.im`, im],
    ];
  });
  const read = { Real: ['input.re'], Imag: ['input.im'] }[original.kernelName];
  node.inputs = Object.fromEntries(read ? all.filter(([name]) => read.includes(name)) : all);
}

function gradientOf(node: TapeNode, attrs: object): Backward {
  const special = SPECIAL[node.kernelName];
  if (special) return (dys) => special(dys, node);
  if (node.kernelName === 'Cast') return (dys) => castPullbacks(dys, node);
  if (node.kernelName === 'Multiply') return (dys) => productPullbacks(dys, node);
  const isClone = Object.keys(attrs).length === 0 && node.saved.length === 0 && 'x' in node.inputs;
  if (REAL_LINEAR.has(node.kernelName) || isClone) return (dys) => partByPart(dys, node);
  return () => {
    throw missingGradient(`${node.kernelName} of complex numbers`);
  };
}

/** A cast between complex and real numbers carries the real part only. */
function castPullbacks([re]: (Tensor | null)[], { inputs: { x }, outputs: [y] }: TapeNode): Pullbacks {
  const dx = (): Tensor => tf.clone(zerosFor(re, y as Tensor));
  return x && isComplex(x) ? { 'x.re': dx, 'x.im': () => tf.zeros(x.shape) } : { x: dx };
}

/** da = dy times the conjugate of b, summed over the axes that were broadcast; db likewise. */
function productPullbacks(dys: (Tensor | null)[], { saved, outputs: [y] }: TapeNode): Pullbacks {
  const [re, im] = [zerosFor(dys[0], y as Tensor), zerosFor(dys[1], y as Tensor)];
  const by = (of: Tensor, other: Tensor): [() => Tensor, () => Tensor] => {
    const [r, i] = [() => tf.real(other), () => tf.imag(other)];
    const summed = (dx: Tensor): Tensor => {
      const axes = tf.backend_util.getReductionAxes(of.shape, dx.shape);
      return tf.reshape(axes.length > 0 ? tf.sum(dx, axes) : dx, of.shape);
    };
    return [
      () => summed(tf.add(tf.mul(re, r()), tf.mul(im, i()))),
      () => summed(tf.sub(tf.mul(im, r()), tf.mul(re, i()))),
    ];
  };
  const [a, b] = saved as [Tensor, Tensor];
  const [byA, byB] = [by(a, b), by(b, a)];
  return { 'a.re': byA[0], 'a.im': byA[1], 'b.re': byB[0], 'b.im': byB[1] };
}

/** Applies the gradient of the real kernel twice: to the real parts and to the imaginary parts. */
function partByPart(dys: (Tensor | null)[], { inputs, outputs, gradient }: TapeNode): Pullbacks {
  const [re, im]: [(Tensor | null)[], (Tensor | null)[]] = [[], []];
  let place = 0;
  for (const y of outputs) {
    re.push(zerosFor(dys[place++], y));
    if (isComplex(y)) im.push(zerosFor(dys[place++], y));
  }
  const pull = (above: (Tensor | null)[], name: string) => (): Tensor =>
    ((gradient as Backward)(above)[name] as () => Tensor)();
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, x]) =>
      isComplex(x)
        ? [
            [`${name}.re`, pull(re, name)],
            [`${name}.im`, pull(im, name)],
          ]
        : [[name, pull(re, name)]],
    ),
  );
}
