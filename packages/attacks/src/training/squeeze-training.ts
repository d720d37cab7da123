import type { Objective, Pass, View } from '@st/core';
import { checkKind, checkKnownOptions, type Where } from '@st/core/kit';
import { type Divergence, objective, squeezeLoss } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';
import { threatWithin } from '../ball/threat.ts';
import type { LinfSearchSettings } from '../published-settings.ts';
import { buildSqueezeSearch, type SqueezeSearchOptions } from '../search/squeeze-search.ts';
import { presetSettings } from './preset-settings.ts';

export type SqueezeTrainingOptions = LinfSearchSettings &
  Pick<SqueezeSearchOptions, 'points' | 'start'> &
  LabelSmoothing & {
    /** Weight of the squeeze term. */
    readonly beta: number;
    /** For the search and for the loss. Default `'symmetric-kl'`, the published one. */
    readonly divergence?: Divergence;
    /** Order of the forward passes. Default `SQUEEZE_PASSES`; ST-RST has `SQUEEZE_RST_PASSES` and `start: 'uniform'`. */
    readonly passes?: readonly Pass<View>[];
  };

const WHERE: Where = '[@st/attacks] squeezeTraining';
const KNOWN = ['epsilon', 'steps', 'stepSize', 'points', 'start', 'beta', 'divergence', 'passes', 'labelSmoothing'];

/**
 * Squeeze training: `squeezeSearch` and `squeezeLoss` with the same radius and divergence.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const st = squeezeTraining({ ...CIFAR10_TRAINING, beta: 6 });
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4
 */
export function squeezeTraining(options: SqueezeTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, KNOWN);
  const { epsilon, beta, passes, divergence = 'symmetric-kl', labelSmoothing = 0, ...walk } = options;
  if (passes !== undefined) checkKind(WHERE, 'passes', passes, 'list');
  return objective({
    search: buildSqueezeSearch(WHERE, { ...walk, threat: threatWithin(WHERE, 'linf', epsilon), divergence }),
    loss: squeezeLoss({ beta, divergence, labelSmoothing }),
    ...(passes === undefined ? {} : { passes }),
    settings: presetSettings('squeeze', { ...options, divergence, labelSmoothing }),
  });
}
