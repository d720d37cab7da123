import { InvalidArgumentError, type ThreatModel } from '@st/core';
import { checkChoice, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';
import { checkThreat } from '../../ball/threat.ts';
import { sameThreat } from '../../ball/threat-json.ts';
import { type ApgdLoss, LEAST_CLASSES } from '../apgd/apgd-loss.ts';
import type { Attack } from '../attack.ts';
import { isAttack } from '../check-attacks.ts';
import { autoAttackVersion } from './auto-attack-version.ts';
import {
  AUTO_ATTACK_PARTS,
  AUTO_ATTACK_VERSIONS,
  type AutoAttackBudget,
  type AutoAttackPart,
  type AutoAttackVersion,
  PARTS,
  PUBLISHED_BUDGET,
  publishedPart,
  TARGETS,
} from './published-ensembles.ts';

export type AutoAttackOptions = Partial<AutoAttackBudget> & {
  readonly threat: ThreatModel;
  /** Of the classifier to be attacked: `classifier.classes`. */
  readonly classes: number;
  /**
   * `'standard'`; `'plus'`, with more restarts and the untargeted attacks; `'rand'`, for randomized models; or a list of your own, of the
   * names of parts (as the standard version has them, APGD on DLR and FAB with one run) and of attacks. Default `'standard'`.
   */
  readonly version?: AutoAttackVersion | readonly (AutoAttackPart | Attack)[];
};

/** Attacks to be run one after the other, each on the examples that are still active. */
export type AttackEnsemble = {
  /** `AutoAttack (standard)` only for exactly that ensemble; otherwise the names of the attacks. */
  readonly name: string;
  /** The published version that the ensemble equals exactly. */
  readonly version: AutoAttackVersion | null;
  /** The differences from the version asked for, in words. */
  readonly departures: readonly string[];
  readonly attacks: readonly Attack[];
};

const WHERE: Where = '[@st/attacks] autoAttack';
const KNOWN = ['threat', 'classes', 'version', 'iterations', 'queries'];

/**
 * AutoAttack: the ensemble of APGD, FAB and Square without a parameter to tune, with the attacks, order, restarts and budgets of the published
 * versions. With fewer than 10 classes the targeted attacks target all other classes. Those ensembles, other budgets and lists of
 * your own are not named AutoAttack.
 * @returns The attacks for `evaluateRobustness`, which does the bookkeeping, and their name.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, and for classes too few for a loss.
 * @example
 * const { name, attacks } = autoAttack({ threat: CIFAR10_LINF, classes: classifier.classes });
 * @see Croce and Hein 2020, arXiv 2003.01690; 2021, arXiv 2103.01208, for l1
 */
export function autoAttack(options: AutoAttackOptions): AttackEnsemble {
  checkKnownOptions(WHERE, options, KNOWN);
  const threat = checkThreat(WHERE, options.threat);
  const classes = checkNumber(WHERE, 'classes', options.classes, { min: 2, integer: true });
  const count = (name: keyof AutoAttackBudget): number =>
    checkNumber(WHERE, name, options[name] ?? PUBLISHED_BUDGET[name], { min: 1, integer: true });
  const budget = { iterations: count('iterations'), queries: count('queries') };
  const version = options.version ?? 'standard';
  const like = typeof version === 'string' ? checkChoice(WHERE, 'version', version, AUTO_ATTACK_VERSIONS) : 'standard';
  const parts = typeof version === 'string' ? PARTS[like] : checkList(version, threat);
  for (const part of parts) if (typeof part === 'string') checkLoss(part, parts, classes);
  const settings = { ...budget, threat, targets: Math.min(TARGETS, classes - 1) };
  const attacks = parts.map((part) => (typeof part === 'string' ? publishedPart(like, part, settings) : part));
  checkNames(attacks);
  const published = autoAttackVersion(attacks);
  return {
    name: published ? `AutoAttack (${published})` : attacks.map(({ name }) => name).join(' + '),
    version: published,
    departures: published ? [] : departuresOf(version, { ...budget, classes, threat }, attacks),
    attacks,
  };
}

function checkList(version: unknown, threat: ThreatModel): readonly (AutoAttackPart | Attack)[] {
  if (!Array.isArray(version) || version.length === 0) {
    throw new InvalidArgumentError(
      `${WHERE}: version must be one of 'standard', 'plus', 'rand' or a list of attacks, got ${describeValue(version)}.`,
      { argument: 'version', received: version },
    );
  }
  return version.map((part: unknown) => {
    if (!isAttack(part)) return checkChoice(WHERE, 'version', part, AUTO_ATTACK_PARTS);
    if (sameThreat(part.threat, threat)) return part;
    const { norm, epsilon } = part.threat;
    throw new InvalidArgumentError(
      `${WHERE}: version must hold attacks of the threat model ${threat.norm} ${threat.epsilon}, got '${part.name}' of ${norm} ${epsilon}. Build it with the same threat.`,
      { argument: 'version', received: part.threat },
    );
  });
}

const LOSSES: Partial<Record<AutoAttackPart, ApgdLoss>> = { 'apgd-dlr': 'dlr', 'apgd-t': 'dlr-targeted' };

function checkLoss(part: AutoAttackPart, parts: readonly (AutoAttackPart | Attack)[], classes: number): void {
  const isDefined = (other: AutoAttackPart | Attack): boolean =>
    typeof other !== 'string' || classes >= LEAST_CLASSES[LOSSES[other] ?? 'ce'];
  if (isDefined(part)) return;
  const rest = parts.filter(isDefined).map((other) => (typeof other === 'string' ? `'${other}'` : other.name));
  throw new InvalidArgumentError(
    `${WHERE}: '${part}' climbs a difference of logits ratio that needs at least ${LEAST_CLASSES[LOSSES[part] ?? 'ce']} classes, got ${classes}: AutoAttack is not defined there. Pass a version without it: [${rest.join(', ')}].`,
    { argument: 'classes', received: classes },
  );
}

function checkNames(attacks: readonly Attack[]): void {
  const names = attacks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new InvalidArgumentError(
    `${WHERE}: version must hold attacks of different names, got two called '${twice}'. Leave one out, or give one another name.`,
    { argument: 'version', received: twice },
  );
}

function departuresOf(
  version: NonNullable<AutoAttackOptions['version']>,
  {
    iterations,
    queries,
    classes,
    threat,
  }: AutoAttackBudget & { readonly classes: number; readonly threat: ThreatModel },
  attacks: readonly Attack[],
): string[] {
  const has = (start: string): boolean => attacks.some(({ name }) => name.startsWith(start));
  const { iterations: steps, queries: asked } = PUBLISHED_BUDGET;
  return [
    ...(typeof version === 'string' ? [] : ['a list of attacks of its own']),
    ...(threat.epsilons ? ['radii that differ from pixel to pixel or channel to channel'] : []),
    ...(iterations !== steps ? [`${iterations} iterations of APGD and FAB in place of ${steps}`] : []),
    ...(queries !== asked && has('square') ? [`${queries} iterations of Square in place of ${asked}`] : []),
    ...(classes <= TARGETS && (has('apgd-t') || has('fab-t'))
      ? [
          `targeted attacks aim at no more than the ${classes - 1} other classes, where AutoAttack aims at up to ${TARGETS}`,
        ]
      : []),
  ];
}
