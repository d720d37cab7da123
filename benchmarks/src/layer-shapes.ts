import * as tf from '@tensorflow/tfjs-core';

import type { LayerShape } from './kernel-row.ts';
import { modelNamed } from './model-named.ts';

/** The distinct convolution shapes of the given cases (`model:batch`), in the order of a forward pass. */
export async function layerShapes(cases: readonly string[]): Promise<readonly LayerShape[]> {
  const found = new Map<string, LayerShape>();
  for (const asked of new Set(cases)) {
    const [model = '', batch = ''] = asked.split(':');
    for (const layer of await convolutionsOf(model)) {
      const shape = { batch: Number(batch), ...layer };
      found.set(JSON.stringify(shape), shape);
    }
  }
  return [...found.values()];
}

async function convolutionsOf(name: string): Promise<readonly Omit<LayerShape, 'batch'>[]> {
  const model = modelNamed(name);
  const { kernels } = await tf.profile(() => tf.tidy(() => model.apply(tf.zeros([1, 32, 32, 3])) as tf.Tensor));
  model.dispose();
  return kernels
    .filter(({ name: kernel }) => kernel === 'Conv2D' || kernel === 'FusedConv2D')
    .map(({ inputShapes: [image, weights], outputShapes: [output] }) => {
      const [, size = 0] = image ?? [];
      const [filter = 0, , inChannels = 0, outChannels = 0] = weights ?? [];
      const [, outSize = 1] = output ?? [];
      return { size, inChannels, outChannels, filter, stride: Math.round(size / outSize) };
    });
}
