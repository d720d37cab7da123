// Measures the convolutions of the models named by `--cases model:batch,...` on the native back end, and prints one line of JSON.
import { parseArgs } from 'node:util';
import { useBackend } from '@st/backend';
import { fmaPeak, setConvolutionAlgorithm } from '@st/backend-native';
import * as tf from '@tensorflow/tfjs-core';

import {
  ALGORITHMS,
  type Algorithm,
  type KernelReport,
  type KernelRow,
  type LayerShape,
  type Pass,
} from './kernel-row.ts';
import { layerShapes } from './layer-shapes.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: 'resnet18:32' }, milliseconds: { type: 'string', default: '60' } },
});

await useBackend('native');
const shapes = await layerShapes(values.cases.split(','));
const peaks: number[] = [];
const rows = shapes.map((shape) => {
  peaks.push(fmaPeak()); // measured repeatedly: other processes may disturb a measurement
  return measure(shape);
});
const report: KernelReport = { rows, peakOperationsPerSecond: Math.max(...peaks) };
console.log(JSON.stringify(report));

function measure(shape: LayerShape): KernelRow {
  const { batch, size, inChannels, outChannels, filter, stride } = shape;
  const outSize = Math.ceil(size / stride);
  const x = tf.randomNormal([batch, size, size, inChannels]);
  const weights = tf.randomNormal([filter, filter, inChannels, outChannels]);
  const dy = tf.randomNormal([batch, outSize, outSize, outChannels]);
  const attrs = { strides: stride, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  const run: Record<Pass, () => tf.Tensor> = {
    forward: () => tf.conv2d(x as tf.Tensor4D, weights as tf.Tensor4D, stride, 'same'),
    'input gradient': () =>
      tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter: weights }, { ...attrs, inputShape: x.shape }),
    'filter gradient': () =>
      tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: weights.shape }),
  };
  const operations = 2 * batch * outSize ** 2 * filter ** 2 * inChannels * outChannels;
  const algorithms = ALGORITHMS.filter((algorithm) => algorithm === 'direct' || hasWinograd(shape, algorithm));
  const each = (pass: Pass): Partial<Record<Algorithm, number>> =>
    Object.fromEntries(algorithms.map((algorithm) => [algorithm, operations / fastest(algorithm, run[pass])]));
  const operationsPerSecond = {
    forward: each('forward'),
    'input gradient': each('input gradient'),
    'filter gradient': each('filter gradient'),
  };
  tf.dispose([x, weights, dy]);
  return { ...shape, operationsPerSecond };
}

function hasWinograd({ filter, stride }: LayerShape, algorithm: Algorithm): boolean {
  return filter === 3 && (stride === 1 || (stride === 2 && algorithm === 'fast'));
}

/**
 * Seconds of the fastest of many runs. Each run ends by reading a value back, because kernels run asynchronously and results that are never read are not
 * computed. The first run, which also transforms the filter, is not counted: in a search the transformed filter is reused too.
 */
function fastest(algorithm: Algorithm, run: () => tf.Tensor): number {
  setConvolutionAlgorithm(algorithm);
  const runAndRead = () => tf.tidy(() => tf.slice(run(), [0, 0, 0, 0], [1, 1, 1, 1]).dataSync());
  runAndRead();
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + Number(values.milliseconds);
  for (let runs = 0; runs < 3 || performance.now() < end; runs++) {
    const started = performance.now();
    runAndRead();
    best = Math.min(best, performance.now() - started);
  }
  setConvolutionAlgorithm('fast');
  return best / 1000;
}
