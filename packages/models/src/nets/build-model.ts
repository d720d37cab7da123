import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

import { Normalize } from '../layers/normalize.ts';
import { connect } from './connect.ts';
import type { CheckedNetOptions } from './net-options.ts';

/** Wraps the features of a network in what all networks share: input, normalisation if asked for, average pool and classifier. */
export function buildModel(
  { inputShape, normalization, name }: CheckedNetOptions,
  features: (images: SymbolicTensor) => SymbolicTensor,
  classifier: () => layers.Layer,
): LayersModel {
  const images = input({ shape: [...inputShape], name: 'images' });
  const normalized = normalization ? connect(images, new Normalize({ name: 'normalize', ...normalization })) : images;
  const maps = features(normalized);
  const logits = connect(maps, layers.globalAveragePooling2d({ name: 'pool' }), classifier());
  return model({ inputs: images, outputs: logits, name });
}
