import { type Classifier, InvalidArgumentError, type ThreatModel } from '@st/core';
import {
  checkChoice,
  checkClassifier,
  checkKnownOptions,
  checkNumber,
  type JsonObject,
  type Where,
} from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';
import { randomDraws } from '../../ball/random-draws.ts';
import { checkRadiusFits, checkThreat } from '../../ball/threat.ts';
import { threatJson } from '../../ball/threat-json.ts';
import type { Attack, AttackTarget } from '../attack.ts';
import { attackInRounds, type Round, type RoundResult } from '../attack-in-rounds.ts';
import { checkName } from '../check-name.ts';
import { checkRivals } from '../check-rivals.ts';
import { apgdDecreasingRadii, LEAST_ITERATIONS } from './apgd-decreasing-radii.ts';
import { APGD_LOSSES, type ApgdLoss, LEAST_CLASSES } from './apgd-loss.ts';
import type { ApgdExamples } from './apgd-points.ts';
import { type ApgdRun, type ApgdRunOptions, apgdRunUnchecked } from './apgd-run.ts';
import { apgdStart } from './apgd-start.ts';

export type ApgdAttackOptions = {
  readonly threat: ThreatModel;
  /** `'dlr-targeted'` is APGD-T: one run for each target class. */
  readonly loss: ApgdLoss;
  /** Steps of a run. Default 100. */
  readonly iterations?: number;
  /** Runs from different random starts, for each target if there are any. Default 1. */
  readonly restarts?: number;
  /** For `'dlr-targeted'`: number of target classes, those of the largest logits on the natural image. Default 9. */
  readonly targets?: number;
  /** Gradients averaged at every point, for randomized models. Default 1; AutoAttack's version for such models takes 20. */
  readonly eot?: number;
  /** A step size is halved where fewer than this share of the steps raised the loss. Default 0.75. */
  readonly rho?: number;
  /**
   * `'decreasing'`, for l1 alone: three runs with 3 epsilon, 2 epsilon and epsilon and 30, 30 and 40 % of the iterations, each
   * from the best points of the one before. AutoAttack does so in l1. Default `'fixed'`.
   */
  readonly radii?: 'fixed' | 'decreasing';
  /**
   * `'last'`, the default, as published: every example of a run is attacked to its end, and its last misclassified point is the result. `'first'`:
   * an example is retired as soon as it is misclassified. The same examples are found with fewer queries.
   */
  readonly keep?: 'last' | 'first';
  /** In reports. Default `'apgd-ce'`, `'apgd-dlr'` or `'apgd-t'`, by the loss. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] apgdAttack';
const KNOWN = ['threat', 'loss', 'iterations', 'restarts', 'targets', 'eot', 'rho', 'radii', 'keep', 'name'];
const NAMES: Readonly<Record<ApgdLoss, string>> = { ce: 'apgd-ce', dlr: 'apgd-dlr', 'dlr-targeted': 'apgd-t' };
const DEFAULT_TARGETS = 9;

/**
 * Auto-PGD: projected gradient ascent with momentum and an adaptive step size. Each run after the first, with another random start or target, attacks
 * the active examples alone.
 * @returns An attack. Its queries count one forward pass on the natural image, and those of `apgdRun`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; when run, for a classifier with too few classes for the loss or the
 * targets, and for NaN among the logits.
 * @example
 * const attack = apgdAttack({ threat: linf(8 / 255), loss: 'dlr-targeted' });
 * @see Croce and Hein 2020, arXiv 2003.01690, sections 3 and 4
 */
export function apgdAttack(options: ApgdAttackOptions): Attack {
  const settings = checkApgdOptions(options);
  const { threat, loss, targets, restarts, name } = settings;
  const check = (target: AttackTarget): void => {
    checkClasses(loss, target);
    checkRivals(WHERE, targets, target);
    checkRadiusFits(WHERE, threat, target.imageShape);
  };
  return {
    name,
    threat,
    settings: settingsJson(settings),
    check,
    run: async (classifier, batch, randomness, { signal, judge } = {}) => {
      check(checkClassifier(WHERE, classifier));
      const task = { where: WHERE, classifier, batch, randomness, threat, signal, judge };
      const plan = { name, targets, restarts };
      // where a judge decides, one wrong pass does not retire an example
      const asked = judge ? { ...settings, keep: 'last' as const } : settings;
      return attackInRounds(task, plan, (round) => attackOnce(asked, classifier, round, signal));
    },
  };
}

type Settings = Required<ApgdAttackOptions>;

function checkApgdOptions(options: ApgdAttackOptions): Settings {
  checkKnownOptions(WHERE, options, KNOWN);
  const count = (name: string, value: number): number => checkNumber(WHERE, name, value, { min: 1, integer: true });
  const loss = checkChoice(WHERE, 'loss', options.loss, APGD_LOSSES);
  const isTargeted = loss === 'dlr-targeted';
  if (!isTargeted && options.targets !== undefined) {
    throw new InvalidArgumentError(
      `${WHERE}: targets must be left out with the loss '${loss}', which aims at no class, got ${options.targets}. Use loss 'dlr-targeted'.`,
      { argument: 'targets', received: options.targets },
    );
  }
  const settings = {
    threat: checkThreat(WHERE, options.threat),
    loss,
    iterations: count('iterations', options.iterations ?? 100),
    restarts: count('restarts', options.restarts ?? 1),
    targets: isTargeted ? count('targets', options.targets ?? DEFAULT_TARGETS) : 0,
    eot: count('eot', options.eot ?? 1),
    rho: checkNumber(WHERE, 'rho', options.rho ?? 0.75, { min: 0, max: 1 }),
    radii: checkChoice(WHERE, 'radii', options.radii ?? 'fixed', ['fixed', 'decreasing']),
    keep: checkChoice(WHERE, 'keep', options.keep ?? 'last', ['last', 'first']),
    name: checkName(WHERE, options.name ?? NAMES[loss]),
  };
  if (settings.radii === 'decreasing') checkDecreasing(settings);
  return settings;
}

function checkDecreasing({ threat, iterations }: Settings): void {
  if (threat.norm !== 'l1') {
    throw new InvalidArgumentError(
      `${WHERE}: radii must be 'fixed' for ${threat.norm}, got 'decreasing', which is defined for l1 alone.`,
      { argument: 'radii', received: 'decreasing' },
    );
  }
  checkNumber(WHERE, 'iterations', iterations, {
    min: LEAST_ITERATIONS,
    integer: true,
    hint: "Decreasing radii split them over three runs; use radii 'fixed' for fewer.",
  });
}

function checkClasses(loss: ApgdLoss, { classes }: AttackTarget): void {
  const least = LEAST_CLASSES[loss];
  if (classes >= least) return;
  throw new InvalidArgumentError(
    `${WHERE}: the loss '${loss}' needs a classifier of at least ${least} classes, got ${classes}. Use loss 'ce'${classes === 3 ? " or 'dlr'" : ''}.`,
    { argument: 'loss', received: classes },
  );
}

function settingsJson({ threat, targets, name, ...others }: Settings): JsonObject {
  return { ...threatJson(threat), ...others, ...(targets > 0 && { targets }) };
}

/** One restart against one target. */
async function attackOnce(
  settings: Settings,
  classifier: Classifier,
  round: Round,
  signal: AbortSignal | undefined,
): Promise<RoundResult> {
  const { threat, iterations, loss, rho, eot, keep, radii } = settings;
  const { rngs, restart, rows, ...examples } = round;
  const draws = randomDraws(threat.norm, examples.images.shape, rngs);
  const options = { threat, iterations, loss, rho, eot, keep, signal };
  try {
    const { best, ...result } =
      radii === 'decreasing'
        ? await apgdDecreasingRadii(WHERE, classifier, examples, draws, options)
        : await fromRandomStart(classifier, examples, draws, options);
    best.dispose();
    return result;
  } finally {
    draws.dispose();
  }
}

async function fromRandomStart(
  classifier: Classifier,
  examples: ApgdExamples,
  draws: tf.Tensor4D,
  options: Omit<ApgdRunOptions, 'from'>,
): Promise<ApgdRun> {
  const start = apgdStart(options.threat, examples.images, draws);
  try {
    return await apgdRunUnchecked(WHERE, classifier, examples, start, { ...options, from: 'random' });
  } finally {
    start.dispose();
  }
}
