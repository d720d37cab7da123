import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConvolutionAlgorithm, setConvolutionAlgorithm } from '../convolution-algorithm.ts';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

const given = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  size: fc.tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 11 })),
  channels: fc.tuple(fc.integer({ min: 1, max: 35 }), fc.integer({ min: 1, max: 35 })),
  filter: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  square: fc.boolean(),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  mode: fc.constantFrom('same' as const, 'valid' as const, 'explicit' as const),
  pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
  depthwise: fc.integer({ min: 1, max: 3 }),
  format: fc.constantFrom('NHWC' as const, 'NCHW' as const),
});

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

/** The convolution that a draw describes, or null if its output would be empty. */
function describeConvolution(draw: Given) {
  const [height, width] = draw.size;
  // Half of the filters are 3 x 3, which have kernels of their own.
  const filter = draw.square ? ([3, 3] as const) : draw.filter;
  const plain = draw.square && draw.stride[0] === 1;
  const stride = plain ? ([1, 1] as [number, number]) : draw.stride;
  // tfjs accepts strides or dilations, not both.
  const dilation = stride[0] === 1 && stride[1] === 1 && !plain ? draw.dilation : ([1, 1] as [number, number]);
  const [top = 0, bottom = 0, left = 0, right = 0] = draw.pads;
  const reach = filter.map((length, i) => (length - 1) * (dilation[i] ?? 1) + 1);
  const extra = draw.mode === 'explicit' ? [top + bottom, left + right] : [0, 0];
  const fits =
    draw.mode === 'same' || (height + (extra[0] ?? 0) >= (reach[0] ?? 0) && width + (extra[1] ?? 0) >= (reach[1] ?? 0));
  const explicit: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const pad = draw.mode === 'explicit' ? explicit : draw.mode;
  return fits ? { height, width, filter, stride, dilation, pad } : null;
}

describe('convolution', () => {
  afterEach(() => setConvolutionAlgorithm('fast'));

  it.each([
    ['fast', 3e-5],
    ['accurate', 1e-5],
    ['direct', 1e-5],
  ] satisfies [ConvolutionAlgorithm, number][])(
    '%s, and its gradients, agree with cpu for any shape',
    async (algorithm, bound) => {
      setConvolutionAlgorithm(algorithm);
      await fc.assert(
        fc.asyncProperty(given, async (draw) => {
          const shape = describeConvolution(draw);
          if (!shape) return;
          const [inChannels, outChannels] = draw.channels;
          await expectAsOnCpu(() => {
            const x = randomTensor([draw.batch, shape.height, shape.width, inChannels], 1) as tf.Tensor4D;
            const filter = randomTensor([...shape.filter, inChannels, outChannels], 2) as tf.Tensor4D;
            const convolve = (image: tf.Tensor, weights: tf.Tensor) =>
              tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, shape.stride, shape.pad, 'NHWC', shape.dilation);
            const y = convolve(x, filter);
            const isDilated = Math.max(...shape.dilation) > 1; // tfjs has no gradient for it
            if (isDilated) return y;
            const weights = randomTensor(y.shape, 3);
            return [y, ...tf.grads((image, kernel) => tf.sum(tf.mul(convolve(image, kernel), weights)))([x, filter])];
          }, bound);
        }),
        { numRuns: 120, seed: 17 },
      );
    },
  );

  it('in NCHW, with bias and activation, agrees with cpu', async () => {
    setConvolutionAlgorithm('direct'); // relu6 clips the outputs that Winograd's error is relative to; this test is about layout, bias and activation
    await fc.assert(
      fc.asyncProperty(given, async (draw) => {
        const shape = describeConvolution({ ...draw, mode: draw.mode === 'explicit' ? 'same' : draw.mode });
        if (!shape) return;
        const [inChannels, outChannels] = draw.channels;
        await expectAsOnCpu(() => {
          const sizes =
            draw.format === 'NHWC' ? [shape.height, shape.width, inChannels] : [inChannels, shape.height, shape.width];
          const x = randomTensor([draw.batch, ...sizes], 1) as tf.Tensor4D;
          const filter = randomTensor([...shape.filter, inChannels, outChannels], 2) as tf.Tensor4D;
          const bias = randomTensor([outChannels], 3);
          const options = {
            x,
            filter,
            strides: shape.stride,
            pad: shape.pad,
            dataFormat: draw.format,
            dilations: shape.dilation,
          };
          return (['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const).map((activation) =>
            tf.fused.conv2d({ ...options, bias, activation, leakyreluAlpha: 0.3 }),
          );
        });
      }),
      { numRuns: 60, seed: 18 },
    );
  });

  it('depthwise, and its gradients, agree with cpu', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (draw) => {
        const shape = describeConvolution({ ...draw, mode: draw.mode === 'explicit' ? 'valid' : draw.mode });
        if (!shape) return;
        const [inChannels] = draw.channels;
        await expectAsOnCpu(() => {
          const x = randomTensor([draw.batch, shape.height, shape.width, inChannels], 1) as tf.Tensor4D;
          const filter = randomTensor([...shape.filter, inChannels, draw.depthwise], 2) as tf.Tensor4D;
          const pad = shape.pad as 'same' | 'valid';
          const convolve = (image: tf.Tensor, weights: tf.Tensor) =>
            tf.depthwiseConv2d(image as tf.Tensor4D, weights as tf.Tensor4D, shape.stride, pad, 'NHWC', shape.dilation);
          const y = convolve(x, filter);
          if (Math.max(...shape.dilation) > 1) return y;
          const weights = randomTensor(y.shape, 3);
          return [y, ...tf.grads((image, kernel) => tf.sum(tf.mul(convolve(image, kernel), weights)))([x, filter])];
        });
      }),
      { numRuns: 100, seed: 19 },
    );
  });

  it('of an empty batch is empty', () => {
    const y = tf.tidy(() =>
      tf.conv2d(tf.zeros([0, 4, 4, 3]) as tf.Tensor4D, tf.zeros([3, 3, 3, 5]) as tf.Tensor4D, 1, 'same'),
    );
    expect(y.shape).toEqual([0, 4, 4, 5]);
    y.dispose();
  });

  it('uses the new weights after a variable was assigned to', () => {
    const filter = tf.variable(tf.ones([3, 3, 16, 16]) as tf.Tensor4D);
    const x = tf.ones([1, 8, 8, 16]) as tf.Tensor4D;
    const center = () => tf.tidy(() => tf.conv2d(x, filter, 1, 'same').dataSync()[(3 * 8 + 3) * 16] ?? 0);
    expect(center()).toBeCloseTo(144, 2);
    const doubled = tf.mul(filter, 2);
    filter.assign(doubled as tf.Tensor4D);
    expect(center()).toBeCloseTo(288, 2);
    tf.dispose([filter, doubled, x]);
  });

  it('keeps packed filters until their tensor is disposed', () => {
    const pool = () => (tf.memory() as { pool?: { used: number } }).pool?.used ?? 0;
    const before = pool();
    const x = tf.ones([1, 8, 8, 64]) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 64, 64]) as tf.Tensor4D;
    tf.tidy(() => void tf.conv2d(x, filter, 1, 'same'));
    const after = pool();
    tf.tidy(() => void tf.conv2d(x, filter, 1, 'same'));
    expect(pool()).toBe(after);
    tf.dispose([x, filter]);
    expect(pool()).toBe(before);
  });
});
