import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Addon } from '../addon.ts';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';
import { loadedAddon } from '../native-available.ts';
import { ConvolutionShape, convolutionFits, convolutionInfo } from './convolution-shape.ts';

const { addon } = loadedAddon() as { addon: Addon };
const x4 = (shape: readonly number[], seed = 1) => randomTensor(shape, seed) as tf.Tensor4D;
/** `tf.grad` for images; its own type allows tensors of any rank. */
const gradient = (work: (x: tf.Tensor4D) => tf.Tensor): ((x: tf.Tensor4D) => tf.Tensor) =>
  tf.grad((x: tf.Tensor) => work(x as tf.Tensor4D));
type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

/** The forward pass and both gradients, each from its kernel: tfjs's gradient functions reject dilations. */
function passes(kind: 'Conv2D' | 'DepthwiseConv2dNative', x: number[], filter: number[], attrs: tf.NamedAttrMap) {
  return () => {
    const [image, weights] = [x4(x), x4(filter, 2)];
    const run = (name: string, inputs: tf.NamedTensorMap, more: tf.NamedAttrMap = {}) =>
      tf.engine().runKernel(name, inputs, { dataFormat: 'NHWC', dilations: [1, 1], ...attrs, ...more }) as tf.Tensor;
    const y = run(kind, { x: image, filter: weights });
    const dy = x4(y.shape, 3);
    return [
      y,
      run(`${kind}BackpropInput`, { dy, filter: weights }, { inputShape: x }),
      run(`${kind}BackpropFilter`, { x: image, dy }, { filterShape: filter }),
    ];
  };
}

describe.each(['Conv2D', 'DepthwiseConv2dNative'] as const)('%s beyond the limits of the native kernels', (kind) => {
  const explicit = (top: number, bottom: number, left: number, right: number): Pad =>
    [
      ...([
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ] as const),
    ] as unknown as Pad;

  it.each<[string, number[], number[], tf.NamedAttrMap]>([
    ['a stride', [2, 4, 4, 2], [1, 1, 2, 3], { strides: [5000, 5000], pad: 'same' }],
    ['a stride with several outputs', [1, 9000, 1, 2], [3, 1, 2, 2], { strides: [4096, 1], pad: 'same' }],
    ['a stride that still fits', [1, 9000, 1, 2], [3, 1, 2, 2], { strides: [4095, 1], pad: 'same' }],
    ['strides whose product is large', [1, 300, 600, 1], [2, 2, 1, 2], { strides: [257, 512], pad: 'valid' }],
    ['a stride of the width', [1, 1, 9000, 1], [1, 1, 1, 1], { strides: [1, 4500], pad: 'same' }],
    ['a tall filter', [1, 5100, 1, 1], [5000, 1, 1, 1], { strides: [1, 1], pad: 'valid' }],
    ['a filter of more than 2^16 taps', [1, 260, 259, 1], [258, 257, 1, 1], { strides: [1, 1], pad: 'valid' }],
    ['pads', [1, 2, 2, 2], [3, 3, 2, 2], { strides: [1, 1], pad: explicit(0, 0, 3000, 5000) }],
    ['pads and a stride', [1, 2, 2, 2], [3, 3, 2, 2], { strides: [4, 700], pad: explicit(7, 9, 3000, 5000) }],
    ['a negative pad', [1, 6, 6, 1], [1, 1, 1, 1], { strides: [1, 1], pad: -1 }],
    ['a wide filter', [1, 1, 700, 2], [1, 600, 2, 1], { strides: [1, 3], pad: 'same' }],
  ])('computes %s as cpu does', async (_, x, filter, attrs) => {
    await expectAsOnCpu(passes(kind, x, filter, attrs), 2e-5);
  });

  it('accepts pads wider than the filter, at any stride', async () => {
    const side = fc.integer({ min: 1, max: 4 });
    const pad = fc.nat(9);
    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom(1, 2, 3), pad, pad, async (height, width, stride, top, left) => {
        const attrs = { strides: [stride, stride], pad: explicit(top, 9 - top + 3, left, 3) };
        await expectAsOnCpu(passes(kind, [2, height, width, 9], [3, 3, 9, 9], attrs), 3e-5);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('beyond the limits of the native kernels', () => {
  it.each<[string, () => tf.Tensor | tf.Tensor[]]>([
    [
      'conv1d',
      () =>
        tf.conv1d(
          randomTensor([1, 20000, 1], 1) as tf.Tensor3D,
          randomTensor([3, 1, 1], 2) as tf.Tensor3D,
          5000,
          'same',
        ),
    ],
    ['conv2d and its gradient', () => gradient((x) => tf.conv2d(x, x4([1, 1, 2, 2]), 5000, 'same'))(x4([1, 4, 4, 2]))],
    [
      'conv2dTranspose',
      () => tf.conv2dTranspose(x4([1, 2, 1, 1]), x4([3, 1, 1, 1]), [1, 5003, 1, 1], [5000, 1], 'valid'),
    ],
    [
      'fused convolution',
      () =>
        tf.fused.conv2d({
          ...{ x: x4([1, 4, 4, 2]), filter: x4([1, 1, 2, 3]), strides: 5000, pad: 'same', activation: 'relu' as const },
          bias: tf.tensor1d([0.5, -1, 2]),
        }),
    ],
    [
      'fused depthwise convolution',
      () =>
        tf.fused.depthwiseConv2d({
          ...{ x: x4([1, 4, 4, 2]), filter: x4([1, 1, 2, 2]), strides: 5000, pad: 'same', activation: 'relu' as const },
          bias: tf.tensor1d([0.5, -1, 2, 0]),
        }),
    ],
    ['images with their channels first', () => tf.conv2d(x4([1, 2, 4, 4]), x4([1, 1, 2, 3]), 5000, 'same', 'NCHW')],
    ['maximum pooling', () => tf.maxPool(x4([1, 4, 4, 2]), 1, 5000, 'same')],
    ['average pooling', () => tf.avgPool(x4([1, 5100, 1, 1]), [5000, 1], 1, 'valid')],
    ['pooling with a window far larger than the image', () => tf.maxPool(x4([2, 3, 3, 2]), [40000, 9000], 1, 'same')],
    ['the gradient of maximum pooling', () => gradient((x) => tf.maxPool(x, 2, 5000, 'same'))(x4([1, 4, 4, 2]))],
    [
      'the gradient of average pooling',
      () => gradient((x) => tf.avgPool(x, [5000, 1], 1, 'valid'))(x4([1, 5100, 1, 1])),
    ],
  ])('%s agrees with cpu', async (_, work) => {
    await expectAsOnCpu(work, 2e-5);
  });

  it('the module itself rejects the call', () => {
    const shapes: [number[], number[], tf.NamedAttrMap][] = [
      [[1, 9000, 1, 1], [1, 1, 1, 1], { strides: [4095, 1], pad: 'valid' }],
      [[1, 9000, 1, 1], [1, 1, 1, 1], { strides: [4096, 1], pad: 'valid' }],
      [[1, 600, 600, 1], [1, 1, 1, 1], { strides: [256, 256], pad: 'valid' }],
      [[1, 600, 600, 1], [1, 1, 1, 1], { strides: [256, 257], pad: 'valid' }],
      [[1, 256, 256, 1], [256, 256, 1, 1], { strides: [1, 1], pad: 'valid' }],
      [[1, 257, 256, 1], [257, 256, 1, 1], { strides: [1, 1], pad: 'valid' }],
      [[1, 1, 1, 2 ** 29], [1, 1, 2 ** 29, 1], { strides: [1, 1], pad: 'valid' }],
      [[1, 64, 64, 2 ** 19], [64, 64, 2 ** 19, 1], { strides: [1, 1], pad: 'valid' }],
    ];
    const fits = shapes.map(([x, filter, attrs]) => {
      const info = convolutionInfo(x, filter, attrs as never);
      const isNative = convolutionFits(info);
      const ask = () => addon.convFilterLayout(1, 0, new ConvolutionShape(info).sizes);
      if (isNative) expect(ask).not.toThrow();
      else expect(ask).toThrow(RangeError);
      return isNative;
    });
    expect(fits).toEqual([true, false, true, false, true, false, false, false]);
  });

  it('packed filters have different ids for different strides of either axis', () => {
    const idOf = (strides: [number, number]) =>
      addon.convFilterLayout(
        1,
        2,
        new ConvolutionShape(convolutionInfo([1, 40, 40, 9], [3, 3, 9, 9], { strides, pad: 'same' })).sizes,
      )[0];
    const ids = [1, 2, 3, 16, 17, 18].flatMap((height) => [1, 2, 17].map((width) => idOf([height, width])));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('a filter used at two strides has the right gradient at each', async () => {
    await expectAsOnCpu(() => {
      const filter = x4([3, 3, 9, 9], 5);
      return [2, 18].map((stride) =>
        gradient((x) => tf.conv2d(x, filter, [stride, 3], 'same'))(x4([1, 40, 12, 9], stride)),
      );
    });
  });
});
