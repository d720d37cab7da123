import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Attrs = { readonly alignCorners: boolean; readonly halfPixelCenters?: boolean };
type Inputs = { readonly images: TensorInfo; readonly dy: TensorInfo };

/**
 * The two pixels that one resized pixel interpolates, and the weight of the second; both are the same if it is a single pixel.
 */
type Source = readonly [first: number, second: number, share: number];
type Along = (i: number, length: number, resized: number) => Source;

function ratio(length: number, resized: number, alignCorners: boolean): number {
  return alignCorners && resized > 1 ? (length - 1) / (resized - 1) : length / resized;
}

/** The nearest pixel, as chosen by tfjs's forward kernel. */
const nearest =
  ({ alignCorners, halfPixelCenters = false }: Attrs): Along =>
  (i, length, resized) => {
    const at = ratio(length, resized, alignCorners) * (halfPixelCenters ? i + 0.5 : i);
    const pixel = Math.min(length - 1, alignCorners ? Math.round(at) : Math.floor(at));
    return [pixel, pixel, 0];
  };

const bilinear =
  ({ alignCorners, halfPixelCenters = false }: Attrs): Along =>
  (i, length, resized) => {
    const step = ratio(length, resized, alignCorners);
    const at = halfPixelCenters ? step * (i + 0.5) - 0.5 : step * i;
    const first = Math.max(0, Math.floor(at));
    return [first, Math.min(length - 1, Math.ceil(at)), at - first];
  };

/** Adds each value of dy to its source pixels. */
function scatter(dy: Float32Array, [batch, rows, columns]: readonly number[], images: readonly number[], along: Along) {
  const [, height = 0, width = 0, channels = 0] = images;
  const dx = new Float32Array(util.sizeFromShape([...images]));
  const across = Array.from({ length: columns ?? 0 }, (_, j) => along(j, width, columns ?? 0));
  let from = 0;
  for (let n = 0; n < (batch ?? 0); n++) {
    for (let i = 0; i < (rows ?? 0); i++) {
      const [top, bottom, down] = along(i, height, rows ?? 0);
      for (const [left, right, share] of across) {
        const add = (row: number, column: number, weight: number): void => {
          if (weight === 0) return;
          const to = ((n * height + Math.max(0, row)) * width + Math.max(0, column)) * channels;
          for (let c = 0; c < channels; c++) dx[to + c] = (dx[to + c] ?? 0) + weight * (dy[from + c] ?? 0);
        };
        add(top, left, (1 - down) * (1 - share));
        add(top, right, (1 - down) * share);
        add(bottom, left, down * (1 - share));
        add(bottom, right, down * share);
        from += channels;
      }
    }
  }
  return dx;
}

const resizeGradient = (name: string, along: (attrs: Attrs) => Along): NativeKernel =>
  kernel<Inputs, Attrs>(name, ({ inputs: { images, dy }, attrs, backend }) => {
    const dx = scatter(backend.readFloats(dy), dy.shape, images.shape, along(attrs));
    return backend.makeTensorInfo(images.shape, 'float32', dx);
  });

/**
 * Gradients of resizing. tfjs's own are wrong for every image of a batch but the first, for sides of different lengths, for
 * `halfPixelCenters`, and loop forever for a side of length 1. These serve programs that import only this back end; the gradients of
 * `@st/core/gradients` call no such kernel.
 */
export const resizeGradientKernels: readonly NativeKernel[] = [
  resizeGradient('ResizeNearestNeighborGrad', nearest),
  resizeGradient('ResizeBilinearGrad', bilinear),
];
