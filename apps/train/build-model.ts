import { preactResnet18, resnet18, resnet34, resnet50, wideResnet } from '@st/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UsageError } from '../command-line/usage-error.ts';
import type { Configuration } from './configuration.ts';
import { parseModelName } from './model-name.ts';

/** Builds the model that the configuration names, with random weights. */
export function buildModel({ model, widths, seed }: Configuration): LayersModel {
  const parsed = parseModelName(model);
  const options = { classes: 10, seed, ...(widths === null ? {} : { widths }) };
  switch (parsed?.family) {
    case 'resnet18':
      return resnet18(options);
    case 'resnet34':
      return resnet34(options);
    case 'resnet50':
      return resnet50(options);
    case 'preactresnet18':
      return preactResnet18(options);
    case 'wrn':
      return wideResnet({ ...options, depth: parsed.depth, widen: parsed.widen });
    case undefined:
      throw new UsageError(`The run's configuration names an unknown model: ${model}.`);
  }
}
