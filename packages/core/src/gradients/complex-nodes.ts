import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient } from './gradient.ts';
import { missingGradient } from './missing-gradient.ts';
import type { Backward, Pullbacks, TapeNode } from './tape-node.ts';

type Pair = readonly [real: Tensor, imaginary: Tensor];

/** What stands on the tape for the two parts of a complex tensor. */
const parts = new WeakMap<Tensor, Pair>();

function partsOf(z: Tensor): Pair {
  const known = parts.get(z);
  if (known) return known;
  const shared = tf.engine() as unknown as { nextTensorId(): number };
  // the tape reads the id and the shape of what is on it
  const part = (): Tensor => ({ id: shared.nextTensorId(), shape: z.shape, dtype: 'float32', size: z.size }) as Tensor;
  const pair = [part(), part()] as const;
  parts.set(z, pair);
  return pair;
}

const isComplex = (x: Tensor): boolean => x.dtype === 'complex64';
const zerosFor = (dy: Tensor | null | undefined, { shape }: Tensor): Tensor => dy ?? tf.zeros(shape);

/** The gradient by a complex number x + i y as one complex number, (d / dx) + i (d / dy). */
const joined = ([re, im]: (Tensor | null)[], like: Tensor): Tensor =>
  tf.complex(zerosFor(re, like), zerosFor(im, like));

type Special = (dys: (Tensor | null)[], node: TapeNode) => Pullbacks;

/** y = A x with complex A: the gradient by x is A's conjugate transpose times that by y. */
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

/** What the gradients of complex numbers read; how they go back stands in `SPECIAL`. */
export const complexGradients: readonly GradConfig[] = [
  gradient('ComplexAbs', { inputs: ['x'] }, () => {
    throw missingGradient('ComplexAbs of real numbers');
  }),
];

/** Kernels that are linear with real coefficients: both parts go back as a real tensor would. */
const REAL_LINEAR = new Set([
  ...['Add', 'Concat', 'ExpandDims', 'GatherV2', 'Identity', 'Neg', 'Pack', 'PadV2', 'Reshape', 'Reverse', 'Slice'],
  ...['SplitV', 'StridedSlice', 'Sub', 'Sum', 'Mean', 'Tile', 'Transpose', 'Unpack'],
]);

/**
 * tfjs wants every gradient in float32 and so has none by a complex tensor. On the tape each complex tensor is therefore two, its real and its
 * imaginary part; the operations of a Fourier transform become pairs of real ones.
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

/** To and from real numbers: the real part. */
function castPullbacks([re]: (Tensor | null)[], { inputs: { x }, outputs: [y] }: TapeNode): Pullbacks {
  const dx = (): Tensor => tf.clone(zerosFor(re, y as Tensor));
  return x && isComplex(x) ? { 'x.re': dx, 'x.im': () => tf.zeros(x.shape) } : { x: dx };
}

/** By a: dy times the conjugate of b, summed over what was broadcast. */
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

/** The gradient of a real tensor, once for the real parts and once for the imaginary ones. */
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
