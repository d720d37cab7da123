import { createRng } from '@st/core';
import { expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as modelOf } from '@tensorflow/tfjs-layers';
import { describe, it } from 'vitest';

import { dmPreactResnet } from './dm-preact-resnet.ts';
import { dmWideResnet } from './dm-wide-resnet.ts';
import { preactResnet } from './preact-resnet.ts';
import { resnet } from './resnet.ts';
import { wideResnet } from './wide-resnet.ts';

const IMAGES = { inputShape: [8, 8, 3], seed: 1 } as const;

/** The layers of a model by name, as tfjs ops on its weights, with random running statistics. */
function layersOf(model: LayersModel) {
  const rng = createRng(2);
  for (const layer of model.layers) {
    if (layer.getClassName() !== 'StBatchNorm') continue;
    layer.setWeights(
      layer.getWeights().map((weight) => rng.split(layer.name).uniform(weight.shape as [number], 0.5, 1.5)),
    );
  }
  const x = rng.uniform<tf.Rank.R4>([2, 8, 8, 3]);
  const weights = (name: string) => model.getLayer(name).getWeights() as tf.Tensor[];
  return {
    at: (name: string): tf.Tensor4D => {
      const inner = modelOf({ inputs: model.inputs, outputs: model.getLayer(name).output });
      return inner.apply(x) as tf.Tensor4D;
    },
    conv: (name: string, input: tf.Tensor4D, stride = 1, padding?: readonly [number, number]): tf.Tensor4D => {
      const [kernel] = weights(name) as [tf.Tensor4D];
      const side = (kernel.shape[0] - 1) / 2;
      const [before, after] = padding ?? [side, side];
      return tf.conv2d(
        tf.pad(input, [
          [0, 0],
          [before, after],
          [before, after],
          [0, 0],
        ]),
        kernel,
        stride,
        'valid',
      );
    },
    bn: (name: string, input: tf.Tensor4D): tf.Tensor4D => {
      const [weight, bias, mean, variance] = weights(name) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      return tf.batchNorm(input, mean, variance, bias, weight, 1e-5) as tf.Tensor4D;
    },
  };
}

const silu = (x: tf.Tensor): tf.Tensor4D => tf.mul(x, tf.sigmoid(x));

describe('the blocks equal the figures of their papers, composed of tfjs ops:', () => {
  it('basic, with identity and with projection', () => {
    const { at, conv, bn } = layersOf(resnet({ ...IMAGES, block: 'basic', widths: [4, 5], blocks: [1, 1] }));
    const x = at('bn1');
    const inner = tf.relu(bn('layer1.0.bn1', conv('layer1.0.conv1', x)));
    const first = tf.relu(tf.add(bn('layer1.0.bn2', conv('layer1.0.conv2', inner)), x)) as tf.Tensor4D;
    expectClose(at('layer1.0.bn2'), first);
    const strided = tf.relu(bn('layer2.0.bn1', conv('layer2.0.conv1', first, 2)));
    const shortcut = bn('layer2.0.shortcut.1', conv('layer2.0.shortcut.0', first, 2));
    expectClose(at('layer2.0.bn2'), tf.relu(tf.add(bn('layer2.0.bn2', conv('layer2.0.conv2', strided)), shortcut)));
  });

  it('bottleneck, with projection at both strides', () => {
    const { at, conv, bn } = layersOf(resnet({ ...IMAGES, block: 'bottleneck', widths: [2, 3], blocks: [1, 1] }));
    let x = at('bn1');
    for (const [path, stride] of [
      ['layer1.0', 1],
      ['layer2.0', 2],
    ] as const) {
      const reduced = tf.relu(bn(`${path}.bn1`, conv(`${path}.conv1`, x)));
      const inner = tf.relu(bn(`${path}.bn2`, conv(`${path}.conv2`, reduced, stride)));
      const shortcut = bn(`${path}.shortcut.1`, conv(`${path}.shortcut.0`, x, stride));
      x = tf.relu(tf.add<tf.Tensor4D>(bn(`${path}.bn3`, conv(`${path}.conv3`, inner)), shortcut));
      expectClose(at(`${path}.bn3`), x);
    }
  });

  it('basic with SiLU in place of ReLU', () => {
    const options = { ...IMAGES, block: 'basic', widths: [4], blocks: [1], activation: 'silu' } as const;
    const { at, conv, bn } = layersOf(resnet(options));
    const x = silu(bn('bn1', conv('conv1', at('images'))));
    expectClose(at('bn1.silu'), x);
    const inner = silu(bn('layer1.0.bn1', conv('layer1.0.conv1', x)));
    expectClose(at('layer1.0.bn2.silu'), silu(tf.add(bn('layer1.0.bn2', conv('layer1.0.conv2', inner)), x)));
  });

  it('PreActResNet with a projection of the input, and no batch normalization before the pool', () => {
    const options = { ...IMAGES, widths: [4, 5], blocks: [1, 1], projects: 'input', head: 'plain' } as const;
    const { at, conv, bn } = layersOf(preactResnet(options));
    const x = at('layer1.0.add');
    const activated = tf.relu(bn('layer2.0.bn1', x));
    const inner = tf.relu(bn('layer2.0.bn2', conv('layer2.0.conv1', activated, 2)));
    const sum = tf.add<tf.Tensor4D>(conv('layer2.0.conv2', inner), conv('layer2.0.shortcut.0', x, 2));
    expectClose(at('layer2.0.add'), sum);
    expectClose(at('pool'), tf.mean(sum, [1, 2]));
  });

  it('DMWideResNet, padded right and bottom at stride 2', () => {
    const { at, conv, bn } = layersOf(dmWideResnet({ ...IMAGES, depth: 10, widen: 1, widths: [4, 5, 6] }));
    let x = at('init_conv');
    for (const [path, stride, padding] of [
      ['layer.0.block.0', 1, undefined],
      ['layer.1.block.0', 2, [0, 1]],
    ] as const) {
      const activated = silu(bn(`${path}.batchnorm_0`, x));
      const inner = silu(bn(`${path}.batchnorm_1`, conv(`${path}.conv_0`, activated, stride, padding)));
      const shortcut = stride === 1 ? x : conv(`${path}.shortcut`, activated, stride);
      x = tf.add(conv(`${path}.conv_1`, inner), shortcut) as tf.Tensor4D;
      expectClose(at(`${path}.add`), x);
    }
  });

  it('DMPreActResNet, whose shortcut is a 3x3 convolution of the input', () => {
    const { at, conv, bn } = layersOf(dmPreactResnet({ ...IMAGES, widths: [4, 5], blocks: [1, 1] }));
    let x = at('conv_2d');
    for (const [path, stride, padding] of [
      ['layer_0.0', 1, undefined],
      ['layer_1.0', 2, [0, 1]],
    ] as const) {
      const activated = silu(bn(`${path}.batchnorm_0`, x));
      const inner = silu(bn(`${path}.batchnorm_1`, conv(`${path}.conv_2d_1`, activated, stride, padding)));
      const shortcut = stride === 1 ? x : conv(`${path}.shortcut`, x, stride, padding);
      x = tf.add(conv(`${path}.conv_2d_2`, inner), shortcut) as tf.Tensor4D;
      expectClose(at(`${path}.add`), x);
    }
  });

  it.each([
    ['PreActResNet', preactResnet({ ...IMAGES, widths: [4, 5], blocks: [1, 1] }), 'layer1.0', 'layer2.0', 'shortcut.0'],
    [
      'WideResNet',
      wideResnet({ ...IMAGES, depth: 10, widen: 1, widths: [4, 5, 6] }),
      'block1.layer.0',
      'block2.layer.0',
      'convShortcut',
    ],
  ])('%s, with a projection of the first ReLU’s output', (_, model, identity, projected, name) => {
    const { at, conv, bn } = layersOf(model);
    let x = at('conv1');
    for (const [path, stride] of [
      [identity, 1],
      [projected, 2],
    ] as const) {
      const activated = tf.relu(bn(`${path}.bn1`, x));
      const inner = tf.relu(bn(`${path}.bn2`, conv(`${path}.conv1`, activated, stride)));
      const shortcut = stride === 1 ? x : conv(`${path}.${name}`, activated, stride);
      x = tf.add(conv(`${path}.conv2`, inner), shortcut) as tf.Tensor4D;
      expectClose(at(`${path}.add`), x);
    }
  });
});
