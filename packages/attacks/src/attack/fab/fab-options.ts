import { InvalidArgumentError, type ThreatModel } from '@st/core';
import {
  checkChoice,
  checkKinds,
  checkKnownOptions,
  checkNumber,
  checkObject,
  describeValue,
  type JsonObject,
  type Where,
} from '@st/core/kit';
import { checkThreat } from '../../ball/threat.ts';
import { threatJson } from '../../ball/threat-json.ts';
import { checkName } from '../check-name.ts';
import type { FabSteps } from './fab-step.ts';

export type FabAttackOptions = Partial<FabSteps> & {
  readonly threat: ThreatModel;
  /** Steps of a run. Default 100. */
  readonly iterations?: number;
  /** Runs, for each target if targeted; the first starts at the image, the others at random. Default 1. */
  readonly restarts?: number;
  /**
   * FAB-T: a run for each of this many classes, those of the largest logits on the natural image without the label; a step then costs one
   * gradient in place of one for each class. Default: untargeted. AutoAttack takes 9.
   */
  readonly targeted?: number;
  /**
   * `'smallest'`, the default, as published: every example of a run is attacked to its end, and its nearest misclassified point is the
   * result. `'first'`: an example is retired as soon as it is misclassified within epsilon. The same examples are found with fewer queries.
   */
  readonly keep?: 'smallest' | 'first';
  /** Steps of the search on the segment between the image and the point found, at the end of a run. Default 0 as in AutoAttack; the paper has 3. */
  readonly finalSearch?: number;
  /** In reports. Default `'fab'`, `'fab-t'` if targeted. */
  readonly name?: string;
};

/** All of the options; 0 targeted is untargeted. */
export type FabSettings = Required<FabAttackOptions>;

const KNOWN = [
  'threat',
  'iterations',
  'restarts',
  'targeted',
  'keep',
  'finalSearch',
  'name',
  'alphaMax',
  'eta',
  'beta',
];

/**
 * The options with their defaults: alphaMax 0.1, eta 1.05, beta 0.9.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 */
export function checkFabOptions(where: Where, options: FabAttackOptions): FabSettings {
  checkKnownOptions(where, options, KNOWN);
  const count = (name: string, value: number): number => checkNumber(where, name, value, { min: 1, integer: true });
  return {
    threat: checkThreat(where, options.threat),
    iterations: count('iterations', options.iterations ?? 100),
    restarts: count('restarts', options.restarts ?? 1),
    targeted: options.targeted === undefined ? 0 : checkTargeted(where, options.targeted),
    keep: checkChoice(where, 'keep', options.keep ?? 'smallest', ['smallest', 'first']),
    finalSearch: checkNumber(where, 'finalSearch', options.finalSearch ?? 0, { min: 0, integer: true }),
    name: checkName(where, options.name ?? (options.targeted === undefined ? 'fab' : 'fab-t')),
    alphaMax: checkNumber(where, 'alphaMax', options.alphaMax ?? 0.1, { min: 0, max: 1 }),
    eta: checkNumber(where, 'eta', options.eta ?? 1.05, { min: 1 }),
    beta: checkNumber(where, 'beta', options.beta ?? 0.9, { min: 0, aboveMin: true, max: 1, belowMax: true }),
  };
}

type WithSignal = { readonly signal?: AbortSignal | undefined };

/**
 * The options of a run with the signal that stops it, checked as `checkFabOptions` does.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or anything but a signal.
 */
export function checkFabRunOptions(where: Where, options: FabAttackOptions & WithSignal): FabSettings & WithSignal {
  checkObject(where, 'options', options, KNOWN);
  const { signal, ...own } = options;
  checkKinds(where, { signal }, { signal: 'signal' });
  return { ...checkFabOptions(where, own), signal };
}

function checkTargeted(where: Where, targeted: number): number {
  if (Number.isInteger(targeted) && targeted >= 1) return targeted;
  throw new InvalidArgumentError(
    `${where}: targeted must be a number of classes, at least 1, got ${describeValue(targeted)}. Leave it out for untargeted FAB.`,
    { argument: 'targeted', received: targeted },
  );
}

/** The settings for reports and for comparing a resumed evaluation. */
export function fabSettingsJson({ threat, targeted, name, ...others }: FabSettings): JsonObject {
  return { ...threatJson(threat), ...others, ...(targeted > 0 && { targeted }) };
}
