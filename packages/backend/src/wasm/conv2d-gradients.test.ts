import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Convolution = {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | readonly number[];
  readonly seed: number;
};

const upTo = (max: number, min = 1): fc.Arbitrary<number> => fc.integer({ min, max });

/** Convolutions small enough to check on `cpu`, with all kinds of strides, padding and uncovered rows. */
const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    batch: upTo(3),
    height: upTo(9, 3),
    width: upTo(9, 3),
    inputs: upTo(5),
    outputs: upTo(5),
    filterHeight: upTo(5),
    filterWidth: upTo(5),
    strides: fc.tuple(upTo(3), upTo(3)),
    pad: fc.oneof(
      fc.constantFrom('same' as const, 'valid' as const),
      fc.array(upTo(5, 0), { minLength: 4, maxLength: 4 }),
    ),
    seed: upTo(1000),
  })
  .filter((c) => c.filterHeight <= c.height && c.filterWidth <= c.width);

/** 1 x 1 convolutions, as in residual shortcuts; some strides leave rows uncovered. */
const shortcuts: fc.Arbitrary<Convolution> = fc.record({
  batch: upTo(3),
  height: upTo(8),
  width: upTo(8),
  inputs: upTo(9),
  outputs: upTo(9),
  filterHeight: fc.constant(1),
  filterWidth: fc.constant(1),
  strides: fc.tuple(upTo(3), upTo(3)),
  pad: fc.constantFrom('same', 'valid'),
  seed: upTo(1000),
});

/** Both gradients of `sum(conv2d(x, w) * dy)`. */
function gradients(c: Convolution): tf.Tensor[] {
  return tf.tidy(() => {
    const x = tf.randomNormal([c.batch, c.height, c.width, c.inputs], 0, 1, 'float32', c.seed);
    const w = tf.randomNormal([c.filterHeight, c.filterWidth, c.inputs, c.outputs], 0, 1, 'float32', c.seed + 1);
    const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, c.strides, padOf(c));
    const dy = tf.randomNormal(convolve(x, w).shape, 0, 1, 'float32', c.seed + 2);
    return tf.grads((x, w) => tf.sum(tf.mul(convolve(x as tf.Tensor4D, w as tf.Tensor4D), dy)))([x, w]);
  });
}

function padOf({ pad }: Convolution): 'same' | 'valid' | tf.backend_util.ExplicitPadding {
  if (typeof pad === 'string') return pad;
  const [top = 0, bottom = 0, left = 0, right = 0] = pad;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

async function expectSameAsCpu(convolution: Convolution): Promise<void> {
  const expected = await valuesOn('cpu', () => gradients(convolution));
  const actual = gradients(convolution);
  actual.forEach((gradient, i) => {
    expectClose(gradient, expected[i] as Float32Array);
  });
  tf.dispose(actual);
}

const example: Convolution = {
  batch: 2,
  height: 9,
  width: 8,
  inputs: 3,
  outputs: 4,
  filterHeight: 3,
  filterWidth: 3,
  strides: [2, 2],
  pad: [4, 0, 1, 2],
  seed: 3,
};

describe.runIf(testBackend() !== 'cpu')('gradients of conv2d', () => {
  it('agree with cpu for any stride, padding and shape', async () => {
    await fc.assert(fc.asyncProperty(convolutions, expectSameAsCpu), { seed: 7, numRuns: 150 });
  });

  it('agree with cpu for 1 x 1 filters', async () => {
    await fc.assert(fc.asyncProperty(shortcuts, expectSameAsCpu), { seed: 8, numRuns: 80 });
  });

  it('agree with cpu for channel counts of a real network', async () => {
    await expectSameAsCpu({ ...example, batch: 8, inputs: 64, outputs: 128, pad: 'same', strides: [2, 2] });
    await expectSameAsCpu({ ...example, batch: 8, inputs: 128, outputs: 64, pad: 'same', strides: [1, 1] });
  });

  it('agree with finite differences', () => {
    const x = tf.randomNormal<tf.Rank.R4>([1, 5, 5, 2], 0, 1, 'float32', 1);
    const w = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 2], 0, 1, 'float32', 2);
    const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
      tf.mean(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same')));
    const [dx, dw] = tf.grads(loss)([x, w]);
    const slope = (shift: (by: number) => tf.Scalar): number =>
      ((shift(0.05).dataSync()[0] ?? 0) - (shift(-0.05).dataSync()[0] ?? 0)) / 0.1;
    for (const at of [0, 7, 35]) {
      const alongX = slope((by) => loss(tf.add(x, tf.reshape(unit(at, 50, by), x.shape)), w));
      const alongW = slope((by) => loss(x, tf.add(w, tf.reshape(unit(at, 36, by), w.shape))));
      expect(dx?.dataSync()[at]).toBeCloseTo(alongX, 3);
      expect(dw?.dataSync()[at]).toBeCloseTo(alongW, 3);
    }
  });

  it('leak no data on the back end', () => {
    tf.dispose(gradients(example));
    const before = tf.engine().backend.numDataIds();
    tf.dispose(gradients(example));
    tf.dispose(gradients({ ...example, filterHeight: 1, filterWidth: 1, strides: [3, 2], pad: 'valid' }));
    expect(tf.engine().backend.numDataIds()).toBe(before);
  });
});

function unit(at: number, length: number, value: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length }, (_, i) => (i === at ? value : 0)));
}

describe.runIf(testBackend() === 'wasm')('gradients of conv2d on wasm', () => {
  it('support NCHW data', () => {
    const pad = [
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 1],
    ] as unknown as number[];
    const attrs = { strides: [1, 1], pad, filterShape: [2, 2, 2, 3] };
    const x = tf.randomNormal<tf.Rank.R4>([2, 2, 4, 3], 0, 1, 'float32', 1);
    const dy = tf.randomNormal<tf.Rank.R4>([2, 3, 4, 3], 0, 1, 'float32', 2);
    const filter = tf.randomNormal<tf.Rank.R4>([2, 2, 2, 3], 0, 1, 'float32', 3);
    const last = (image: tf.Tensor4D): tf.Tensor4D => tf.transpose(image, [0, 2, 3, 1]);
    const run = (
      name: string,
      inputs: tf.NamedTensorMap,
      format: 'NCHW' | 'NHWC',
      inputShape: number[],
    ): tf.Tensor4D => {
      const order = format === 'NHWC' ? [pad[0], pad[2], pad[3], pad[1]] : pad;
      return tf.engine().runKernel(name, inputs, { ...attrs, inputShape, dataFormat: format, pad: order as number[] });
    };
    const filterGradients = [
      run('Conv2DBackpropFilter', { x, dy }, 'NCHW', x.shape),
      run('Conv2DBackpropFilter', { x: last(x), dy: last(dy) }, 'NHWC', [2, 4, 3, 2]),
    ] as const;
    expectClose(filterGradients[0], filterGradients[1]);
    const inputGradients = [
      last(run('Conv2DBackpropInput', { dy, filter }, 'NCHW', x.shape)),
      run('Conv2DBackpropInput', { dy: last(dy), filter }, 'NHWC', [2, 4, 3, 2]),
    ] as const;
    expectClose(inputGradients[0], inputGradients[1]);
  });
});
