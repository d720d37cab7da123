import { type Classifier, InvalidArgumentError } from '@st/core';
import { checkClassifier, checkKnownOptions, describeValue, type Where } from '@st/core/kit';
import { checkRadiusFits } from '../../ball/threat.ts';
import type { Attack, AttackTarget } from '../attack.ts';
import { attackInRounds } from '../attack-in-rounds.ts';
import { checkName } from '../check-name.ts';
import { tryPoints } from './try-points.ts';
import { walk } from './walk.ts';
import { checkWalkOptions, WALK_OPTIONS, type WalkOptions, walkName, walkSettings } from './walk-options.ts';

export type TransferAttackOptions = WalkOptions & {
  /** The classifier that the examples are made on, with as many classes as the one attacked. Borrowed. */
  readonly source: Classifier;
  /** Names the source in reports; a resumed evaluation takes a source of the same name for the same one. */
  readonly sourceName: string;
  /** In reports. Default: from the walk's name and the source's, `transfer-pgd-20-resnet18`. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] transferAttack';

/**
 * Attacks with the adversarial examples of another classifier: walks as `pgdAttack` does, raising the loss of the source, then tries the last points
 * on the classifier itself: one forward pass a restart and no gradient, so it also breaks classifiers that mask their gradients.
 * @returns An attack whose queries and gradient calls count those of the classifier attacked.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; when run, for a source of other classes.
 * @see Papernot et al. 2017, arXiv 1602.02697; Carlini et al. 2019, On Evaluating Adversarial Robustness, arXiv 1902.06705
 */
export function transferAttack(options: TransferAttackOptions): Attack {
  checkKnownOptions(WHERE, options, [...WALK_OPTIONS, 'source', 'sourceName', 'name']);
  const settings = checkWalkOptions(WHERE, options);
  const source = checkSource(options.source);
  const sourceName = checkSourceName(options.sourceName);
  const { threat, restarts } = settings;
  return {
    name: checkName(WHERE, options.name ?? `transfer-${walkName(settings)}-${sourceName}`),
    threat,
    settings: { ...walkSettings(settings), source: sourceName },
    check: (target) => {
      checkSameClasses(source, target);
      checkRadiusFits(WHERE, threat, target.imageShape);
    },
    run: (classifier, batch, randomness, { signal, judge } = {}) => {
      checkSameClasses(source, checkClassifier(WHERE, classifier));
      const task = { where: WHERE, classifier, batch, randomness, threat, signal, judge };
      return attackInRounds(task, { name: 'transfer', targets: 0, restarts }, async (round) => {
        const { points, gradientsNotFinite } = await walk(source, round, settings, signal);
        const tried = await tryPoints(WHERE, classifier, points, round.labels);
        const size = tried.found.length;
        return {
          ...tried,
          gradientsNotFinite,
          queries: new Int32Array(size).fill(1),
          gradientCalls: new Int32Array(size),
        };
      });
    },
  };
}

function checkSource(source: Classifier): Classifier {
  if (typeof source?.logits === 'function') return source;
  throw new InvalidArgumentError(
    `${WHERE}: source must be a classifier, got ${describeValue(source)}. Make one of a model: asClassifier(model).`,
    { argument: 'source', received: source },
  );
}

function checkSourceName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidArgumentError(
    `${WHERE}: sourceName must say which classifier the source is, got ${describeValue(name)}. Reports show it: 'resnet18'.`,
    { argument: 'sourceName', received: name },
  );
}

function checkSameClasses(source: Classifier, { classes }: AttackTarget): void {
  if (source.classes === classes) return;
  throw new InvalidArgumentError(
    `${WHERE}: source must have the ${classes} classes of the classifier attacked, got ${source.classes}. Take one trained on the same data set.`,
    { argument: 'source', received: source.classes },
  );
}
