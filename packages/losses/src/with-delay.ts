import { type Examples, InvalidArgumentError, type Objective, valueAndGradients } from '@st/core';
import {
  checkKnownOptions,
  checkNumber,
  checkObjective,
  type SearchContext,
  stepsTaken,
  type Where,
} from '@st/core/kit';

import { naturalLoss } from './natural-loss.ts';
import { noSearch, objective } from './objective.ts';

export type WithDelayOptions = {
  /** Steps of the run before the objective sets in, an integer >= 0. */
  readonly steps: number;
  /** What is minimised until then. Default: natural training, which costs a small part of a step with a search. */
  readonly before?: Objective;
};

const WHERE: Where = '[@st/losses] withDelay';

/**
 * An objective that sets in later: `before` for the first `steps` steps of the run, then `after`. Features are learnt cheaply first and made
 * robust afterwards, which within a small budget reaches more accuracy of both kinds than the objective alone.
 *
 * Needs a loop that says where training is: `fit` does, `trainStep` where it is given `progress`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or objectives that replay batches; at the first step, without `progress`.
 * @example
 * const st = withDelay(squeezeTraining({ ...CIFAR10_TRAINING, beta: 6 }), { steps: 2000 });
 * @see Gupta, Dube and Verma 2020, delayed adversarial training, arXiv 2002.04237, section 4
 */
export function withDelay(after: Objective, options: WithDelayOptions): Objective {
  checkKnownOptions(WHERE, options, ['steps', 'before']);
  const steps = checkNumber(WHERE, 'steps', options.steps, { min: 0, integer: true });
  const { before = objective({ search: noSearch, loss: naturalLoss() }) } = options;
  refuseReplays(checkObjective(`${WHERE}: before`, before));
  refuseReplays(checkObjective(WHERE, after));
  const finders = new WeakMap<Examples, Objective>();
  const finderOf = (examples: Examples): Objective => {
    const finder = finders.get(examples);
    if (finder) return finder;
    throw new InvalidArgumentError(`${WHERE}: the examples must be those of its own search, got others.`, {
      argument: 'examples',
      received: examples,
    });
  };
  return {
    search: (classifier, batch, rng, context) => {
      const finder = isBefore(steps, context) ? before : after;
      const examples = finder.search(classifier, batch, rng, context);
      finders.set(examples, finder);
      return examples;
    },
    loss: (classifier, examples) => finderOf(examples).loss(classifier, examples),
    wrapUpdate: (classifier, examples, update, context) =>
      finderOf(examples).wrapUpdate(classifier, examples, update, context),
    gradients: (classifier, examples, context) => {
      const finder = finderOf(examples);
      return finder.gradients?.(classifier, examples, context) ?? valueAndGradients(finder, classifier, examples);
    },
    ...(after.criterion && { criterion: after.criterion }),
    takesUnlabeled: (before.takesUnlabeled && after.takesUnlabeled) ?? false,
    settings: { delayedSteps: steps, before: before.settings ?? null, after: after.settings ?? null },
  };
}

function isBefore(steps: number, context: SearchContext | undefined): boolean {
  if (context?.progress) return stepsTaken(context.progress) < steps;
  throw new InvalidArgumentError(
    `${WHERE}: search must know where training is, got no progress. Pass { progress } to trainStep; fit does it.`,
    { argument: 'context', received: context },
  );
}

function refuseReplays({ replays = 1 }: Objective): void {
  if (replays === 1) return;
  throw new InvalidArgumentError(
    `${WHERE}: neither objective may replay batches, got one that takes each ${replays} times.`,
    { argument: 'objective', received: replays },
  );
}
