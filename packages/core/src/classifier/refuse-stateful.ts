import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { Where } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isLayersModel } from './kind-of-model.ts';
import { layersOf } from './model-layers.ts';

/**
 * Refuses models with stateful layers, whose output for an image depends on the images of earlier passes.
 * @throws {InvalidArgumentError} that names the layer.
 */
export function refuseStateful(where: Where, model: LayersModel): void {
  const stateful = layersOf(model).find(({ layer }) => layer.stateful && !isLayersModel(layer));
  if (!stateful) return;
  const { name } = stateful.layer;
  throw new InvalidArgumentError(
    `${where}: the model must judge each image by itself, but its layer '${name}' is stateful: its output depends on the images of earlier passes. Build it with stateful: false, and load the same weights.`,
    { argument: 'model', received: name },
  );
}
