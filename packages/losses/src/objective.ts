import {
  type Batch,
  type Classifier,
  type Examples,
  InvalidArgumentError,
  type Loss,
  type LossTerms,
  type Objective,
  type Pass,
  type Search,
  ShapeError,
  type View,
} from '@st/core';
import {
  checkBatch,
  checkClassifier,
  checkKnownOptions,
  checkRng,
  describeValue,
  type JsonObject,
  untouchedIfItThrows,
  type Where,
  withPenalty,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkPasses } from './check-passes.ts';
import { repeatableUpdate } from './repeatable-update.ts';
import { withoutGradient } from './without-gradient.ts';

export type ObjectiveOptions<V extends View> = {
  /** Finds every view that the loss takes besides the natural one; `noSearch` if it takes no other. */
  readonly search: Search<Exclude<V, 'natural'>>;
  readonly loss: Loss<V>;
  /** Order and batch-norm modes of the forward passes. Default: those of the published code, `loss.passes`. */
  readonly passes?: readonly Pass<V>[];
  /** Settings that a run records and that a resumed run must share; the presets of @st/attacks pass theirs. Default: none. */
  readonly settings?: JsonObject;
};

const WHERE: Where = '[@st/losses] objective';

/** The search that finds no view, for natural training. */
export const noSearch: Search<never> = Object.assign(() => ({}), { takesUnlabeled: true as const });

/**
 * Combines a search and a loss into what a training step minimizes. Its `loss` forwards each view in the order and mode of the passes.
 * A pass with `use: 'statistics'` runs off the gradient tape, and is skipped on a classifier whose statistics are not updated. If a pass or
 * the loss throws, the running statistics are restored. The penalty of the model's weight regularizers is a separate term, `penalty`, and
 * part of the total; `asClassifier(model, { regularizers: 'left-out' })` leaves it out.
 * @returns An objective: call `search` outside the gradient tape, `loss` inside it.
 * @throws {InvalidArgumentError} if the passes do not forward each view of the loss once, or (at the first batch) the search lacks a view.
 * @example
 * const squeeze = objective({ search: squeezeSearch({ ... }), loss: squeezeLoss({ beta: 6, divergence: 'symmetric-kl' }) });
 * const examples = squeeze.search(classifier, { images, labels }, rng);
 * optimizer.minimize(() => squeeze.loss(classifier, examples).total, false, weights);
 * tf.dispose(examples);
 */
export function objective<V extends View>(options: ObjectiveOptions<V>): Objective {
  checkKnownOptions(WHERE, options, ['search', 'loss', 'passes', 'settings']);
  const { search, loss, settings } = options;
  checkFunction('search', search);
  checkFunction('loss', loss);
  const needed = viewsOf(passesOf(loss));
  const takesUnlabeled = (search.takesUnlabeled && loss.takesUnlabeled) ?? false;
  const passes = checkPasses(WHERE, options.passes ?? loss.passes, needed);
  return {
    search: (classifier, batch, rng) => {
      const where: Where = `${WHERE}: search`;
      const { classes } = checkClassifier(where, classifier);
      checkBatch(where, batch, { classes, takesUnlabeled });
      checkRng(where, rng, 'pass it: search(classifier, batch, rng)');
      checkTargets(batch, loss);
      return asExamples(batch, search(classifier, batch, rng), needed);
    },
    loss: (classifier, examples) => {
      checkClassifier(`${WHERE}: loss`, classifier);
      checkExamples(examples);
      for (const view of needed) viewIn(examples.views, view, 'loss');
      checkTargets(examples, loss);
      const terms = (): LossTerms =>
        withPenalty(classifier, loss(forward(classifier, examples, passes), examples.labels, examples.targets));
      return untouchedIfItThrows(classifier, () => tf.tidy(terms));
    },
    wrapUpdate: (_classifier, _examples, update) => update(),
    criterion: needed.some((view) => view !== 'natural') ? 'robust' : 'natural',
    ...(takesUnlabeled && { takesUnlabeled }),
    ...(settings && { settings }),
  };
}

function forward<V extends View>(
  classifier: Classifier,
  { views }: Examples,
  passes: readonly Pass<V>[],
): { readonly [K in V]: tf.Tensor2D } {
  const logits: { [K in View]?: tf.Tensor2D } = {};
  const repeats: { [K in View]?: () => void } = {};
  for (const { view, mode, use } of passes) {
    const pass = (): tf.Tensor2D => classifier.logits(viewIn(views, view, 'loss'), mode);
    if (use === 'statistics') {
      if (classifier.isUntracked) continue; // the ascent pass of weight perturbation updates no statistics
      const repeat = mode === 'batch-tracking' ? repeats[view] : undefined;
      if (repeat) repeat();
      else withoutGradient(pass);
    } else if (mode === 'batch-tracking' && !classifier.isUntracked && isRepeated(passes, view)) {
      const { result, repeat } = repeatableUpdate(classifier, pass);
      logits[view] = result;
      if (repeat) repeats[view] = repeat;
    } else logits[view] = pass();
  }
  return logits as { readonly [K in V]: tf.Tensor2D }; // checkPasses: each view that the loss takes has a pass
}

function isRepeated(passes: readonly Pass[], of: View): boolean {
  return passes.some(({ view, mode, use }) => view === of && mode === 'batch-tracking' && use === 'statistics');
}

function asExamples(
  { images, labels, targets }: Batch,
  found: { readonly [V in View]?: tf.Tensor4D },
  needed: readonly View[],
): Examples {
  const views: Examples['views'] = { natural: tf.clone(images), ...found };
  const examples = { labels: tf.clone(labels), ...(targets && { targets: tf.clone(targets) }), views };
  try {
    for (const view of needed) checkView(viewIn(views, view, 'search'), view, images);
  } catch (error) {
    tf.dispose(examples);
    throw error;
  }
  return examples;
}

function viewIn(views: Examples['views'], view: View, part: 'search' | 'loss'): tf.Tensor4D {
  const images = views[view];
  if (images !== undefined) return images;
  throw new InvalidArgumentError(
    `${WHERE}: ${part}: the loss needs the ${view} view, got only ${Object.keys(views).join(', ')}. Give objective a search that finds it.`,
    { argument: 'search', received: Object.keys(views) },
  );
}

/** A loss of class indices would silently train on the class with the larger share of a mixed label. */
function checkTargets({ targets }: Pick<Batch, 'targets'>, loss: Pick<Loss, 'takesTargets'>): void {
  if (targets === undefined || loss.takesTargets) return;
  throw new InvalidArgumentError(
    `${WHERE}: this loss takes class indices only, got a batch with soft labels [${targets.shape}]. Train without MixUp and CutMix, or with a loss that takes soft labels: adversarialLoss(), naturalLoss().`,
    { argument: 'targets', received: targets.shape },
  );
}

function checkView(images: tf.Tensor4D, view: View, natural: tf.Tensor4D): void {
  if (images.shape.join() === natural.shape.join()) return;
  throw new ShapeError(
    `${WHERE}: search: the ${view} view must have the batch's shape [${natural.shape}], got ${describeValue(images)}.`,
    { argument: 'search', received: images.shape },
  );
}

function checkFunction(argument: 'search' | 'loss', value: unknown): void {
  if (typeof value === 'function') return;
  throw new InvalidArgumentError(
    `${WHERE}: ${argument} must be a function, got ${describeValue(value)}. Build one: ${
      argument === 'search' ? 'squeezeSearch({ ... }), or noSearch for natural training' : 'squeezeLoss({ ... })'
    }.`,
    { argument, received: value },
  );
}

/** A loss must declare its passes; a function without them would forward nothing. */
function passesOf<V extends View>({ passes }: Loss<V>): readonly Pass<V>[] {
  if (Array.isArray(passes)) return passes;
  throw new InvalidArgumentError(
    `${WHERE}: loss must declare its forward passes, got ${describeValue(passes)}. Add them: Object.assign(loss, { passes: [{ view: 'natural', mode: 'batch-tracking' }] }).`,
    { argument: 'loss', received: passes },
  );
}

function checkExamples(examples: unknown): void {
  const isRecord = typeof examples === 'object' && examples !== null;
  const { labels, views } = (isRecord ? examples : {}) as { labels?: unknown; views?: { natural?: unknown } };
  if (labels instanceof tf.Tensor && views?.natural instanceof tf.Tensor) return;
  throw new InvalidArgumentError(
    `${WHERE}: loss: examples must be what search returned, { labels, views }, got ${describeValue(examples)}. Write const examples = objective.search(classifier, batch, rng).`,
    { argument: 'examples', received: examples },
  );
}

function viewsOf(passes: readonly Pass[]): readonly View[] {
  return [...new Set(passes.filter((pass) => pass.use !== 'statistics').map((pass) => pass.view))];
}
