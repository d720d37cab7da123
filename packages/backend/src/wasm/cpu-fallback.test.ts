import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

describe.runIf(testBackend() === 'wasm')('cpuFallbackKernels', () => {
  it('leave only Draw missing on wasm, which needs a canvas', () => {
    const present = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
    const missing = tf.getKernelsForBackend('cpu').flatMap(({ kernelName: name }) => (present.has(name) ? [] : [name]));
    expect(missing.sort()).toEqual(['Draw']);
  });

  it('compute the gradients of a depthwise convolution like cpu', async () => {
    const gradients = () =>
      tf.tidy(() => {
        const x = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 1);
        const w = tf.randomNormal([3, 3, 3, 2], 0, 1, 'float32', 2);
        const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
          tf.sum(tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same')));
        return tf.grads(loss)([x, w]);
      });
    const expected = await valuesOn('cpu', gradients);
    gradients().forEach((gradient, i) => {
      expectClose(gradient, expected[i] as Float32Array);
    });
  });

  it('compute correctly what wasm computes wrong', async () => {
    const wave = <R extends tf.Rank>(shape: number[]) =>
      tf.reshape<R>(tf.sin(tf.range(0, tf.util.sizeFromShape(shape))), shape as tf.ShapeMap[R]);
    const cases: (readonly [shape: number[], op: (x: tf.Tensor) => tf.Tensor])[] = [
      [[2, 3, 4, 3, 2], (x) => tf.conv3d(x as tf.Tensor5D, wave<tf.Rank.R5>([2, 2, 2, 2, 3]), 1, 'same')],
      [[2, 2, 2, 2, 3], (w) => tf.conv3d(wave<tf.Rank.R5>([2, 4, 4, 4, 2]), w as tf.Tensor5D, 2, 'same')],
      [[2, 4, 6, 2], (x) => tf.dilation2d(x as tf.Tensor4D, wave<tf.Rank.R3>([2, 2, 2]), 1, 'same')],
      [[2, 2, 2], (w) => tf.dilation2d(wave<tf.Rank.R4>([2, 4, 6, 2]), w as tf.Tensor3D, 1, 'same')],
      [[2, 4, 4, 4, 2], (x) => tf.maxPool3d(tf.sub<tf.Tensor5D>(x, 9), 2, 2, 'same')],
      [[3, 4, 4, 2], (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 8])],
    ];
    for (const [shape, op] of cases) {
      const valueAndGradient = () =>
        tf.tidy(() => [op(wave(shape)), tf.grad((x) => tf.sum(tf.square(tf.add(op(x), 0.3))))(wave(shape))]);
      const expected = await valuesOn('cpu', valueAndGradient);
      valueAndGradient().forEach((tensor, i) => {
        expectClose(tensor, expected[i] as Float32Array);
      });
    }
  });

  it('support strings, integers and several results', () => {
    expect([...tf.string.staticRegexReplace(tf.tensor1d(['ab', 'cb']), 'b', 'x').dataSync()]).toEqual(['ax', 'cx']);
    const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, 0, 1], 'int32'), 2);
    expect([...sums.dataSync()]).toEqual([2, 4]);
  });

  it('support complex numbers', async () => {
    const z = tf.complex(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
    expect([...(await z.data())]).toEqual([1, 5, 2, 6, 3, 7, 4, 8]);
    expect([...tf.imag(tf.transpose(z)).dataSync()]).toEqual([5, 7, 6, 8]);
    expect([...tf.real(tf.mul(z, tf.cast(tf.tensor1d([2, 3]), 'complex64'))).dataSync()]).toEqual([2, 6, 6, 12]);
    const count = () => [tf.findBackend('cpu').numDataIds(), tf.findBackend('wasm').numDataIds()];
    const before = count();
    tf.dispose(tf.tidy(() => tf.real(tf.ifft(tf.fft(tf.reshape(tf.concat([z, tf.clone(z)]), [2, 4]))))));
    expect(count()).toEqual(before);
  });

  it('leak no data on either back end', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const w = tf.ones<tf.Rank.R4>([3, 3, 2, 1]);
    const count = () => [tf.findBackend('cpu').numDataIds(), tf.findBackend('wasm').numDataIds()];
    const before = count();
    tf.dispose(tf.grad((x) => tf.sum(tf.depthwiseConv2d(x as tf.Tensor4D, w, 1, 'same')))(x));
    expect(count()).toEqual(before);
  });
});
