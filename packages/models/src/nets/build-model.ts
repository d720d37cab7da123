import { InvalidArgumentError } from '@st/core';
import type { Where } from '@st/core/kit';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

import { Normalize } from '../layers/normalize.ts';
import { WindowPool } from '../layers/window-pool.ts';
import { connect } from './connect.ts';
import type { CheckedNetOptions } from './net-options.ts';

/** Adds to the features of a network what all networks share: input, optional normalization, average pool and classifier. */
export function buildModel(
  where: Where,
  { inputShape, normalization, pool, name }: CheckedNetOptions,
  features: (images: SymbolicTensor) => SymbolicTensor,
  classifier: () => layers.Layer,
): LayersModel {
  const images = input({ shape: [...inputShape], name: 'images' });
  const normalized = normalization ? connect(images, new Normalize({ name: 'normalize', ...normalization })) : images;
  const maps = features(normalized);
  const logits = connect(maps, poolLayer(where, maps, pool), classifier());
  return model({ inputs: images, outputs: logits, name });
}

/** The pool layer. A window that covers the whole map becomes a global pool. */
function poolLayer(where: Where, maps: SymbolicTensor, pool: CheckedNetOptions['pool']): layers.Layer {
  const [, height = null, width = null] = maps.shape;
  if (pool === 'global' || (height === pool && width === pool)) return layers.globalAveragePooling2d({ name: 'pool' });
  if (height !== null && width !== null && Math.min(height, width) >= pool)
    return new WindowPool({ name: 'pool', size: pool });
  throw new InvalidArgumentError(
    `${where}: pool ${pool} must fit the features, which are ${height ?? 'any'} x ${width ?? 'any'}. Pass larger images by inputShape, or pool: 'global'.`,
    { argument: 'pool', received: pool },
  );
}
