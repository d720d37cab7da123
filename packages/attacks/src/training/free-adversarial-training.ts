import { type Classifier, type Examples, InvalidArgumentError, type LossTerms, type Objective } from '@st/core';
import { type CarriedTensors, checkKnownOptions, checkNumber, type ValueAndGradients, type Where } from '@st/core/kit';
import { adversarialLoss, objective } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';

import { clipAround } from '../ball/clip-around.ts';
import { exactSign } from '../ball/exact-sign.ts';
import { threatWithin } from '../ball/threat.ts';

export type FreeAdversarialTrainingOptions = LabelSmoothing & {
  /** Radius of the l-infinity ball, for example 8 / 255. */
  readonly epsilon: number;
  /** m of the paper: steps in a row on each batch. 8 in its CIFAR-10 results, 4 on ImageNet. */
  readonly replays: number;
  /** Step of the perturbation at each replay. Default `epsilon`, the paper's. */
  readonly stepSize?: number;
};

const WHERE: Where = '[@st/attacks] freeAdversarialTraining';
const CARRIED = 'free/perturbation';

/**
 * Free adversarial training: each batch is taken `replays` times in a row; every backward pass updates the weights and, by the sign of the
 * images' gradient, one perturbation d that is carried from batch to batch: d <- clip(d + stepSize sign(grad_d loss(clip(x + d))), epsilon).
 *
 * `fit` replays batches and keeps d in checkpoints. One epoch costs as much as `replays` epochs of natural training: for the cost of N of those, as in
 * the paper, train N / replays epochs. In your own loop pass `carried` to `trainStep` and repeat batches.
 * The perturbation begins at zero and belongs to positions in the batch, not to images, as in the published code.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; at the first step, if the loop carries nothing between steps.
 * @example
 * await fit(model, train, { objective: freeAdversarialTraining({ epsilon: 8 / 255, replays: 8 }), epochs: 200 / 8, ... });
 * @see Shafahi et al. 2019, "Adversarial Training for Free!", arXiv 1904.12843, algorithm 1
 */
export function freeAdversarialTraining(options: FreeAdversarialTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'replays', 'stepSize', 'labelSmoothing']);
  const { epsilon } = threatWithin(WHERE, 'linf', options.epsilon);
  const replays = checkNumber(WHERE, 'replays', options.replays, { min: 1, integer: true });
  const stepSize = checkNumber(WHERE, 'stepSize', options.stepSize ?? epsilon, { min: 0, aboveMin: true, max: 1 });
  const { labelSmoothing = 0 } = options;
  const loss = adversarialLoss({ labelSmoothing });
  const around = (perturbation: tf.Tensor4D): Objective =>
    objective({ search: (_classifier, { images }) => ({ adversarial: perturbed(images, perturbation) }), loss });
  const { loss: lossOf, wrapUpdate } = objective({ search: unsearched, loss });
  return {
    search: (classifier, batch, rng, context) => {
      const perturbation = rowsFor(batch.images, carriedIn(context?.carried));
      try {
        return around(perturbation).search(classifier, batch, rng);
      } finally {
        perturbation.dispose();
      }
    },
    loss: lossOf,
    wrapUpdate,
    gradients: (classifier, examples, { carried }) =>
      stepBoth(lossOf, classifier, examples, { memory: carriedIn(carried), epsilon, stepSize }),
    replays,
    settings: { method: 'free', epsilon, stepSize, labelSmoothing },
  };
}

/** The search of an objective whose loss alone is used. */
function unsearched(): never {
  throw new InvalidArgumentError(`${WHERE}: has no search of its own.`, { argument: 'search' });
}

function carriedIn(carried: CarriedTensors | undefined): CarriedTensors {
  if (carried) return carried;
  throw new InvalidArgumentError(
    `${WHERE}: the perturbation must be carried from step to step, but the loop carries nothing. Make carried = new CarriedTensors() of @st/core and pass it to trainStep; fit does it.`,
    { argument: 'carried', received: carried },
  );
}

function perturbed(images: tf.Tensor4D, perturbation: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => clipAround(tf.add(images, perturbation), images));
}

/** The carried perturbation cut to the rows of this batch, or padded with zeros. The caller disposes it. */
function rowsFor({ shape }: tf.Tensor4D, carried: CarriedTensors): tf.Tensor4D {
  const [rows, ...image] = shape;
  return tf.tidy(() => {
    const before = carried.get(CARRIED) as tf.Tensor4D | undefined;
    if (!before) return tf.zeros(shape);
    const known = tf.slice(before, 0, Math.min(rows, before.shape[0]));
    return known.shape[0] === rows ? known : tf.concat([known, tf.zeros([rows - known.shape[0], ...image])]);
  });
}

type FreeStep = { readonly memory: CarriedTensors; readonly epsilon: number; readonly stepSize: number };

/** One backward pass to the weights and to the perturbation, which then takes its step. */
function stepBoth(
  lossOf: Objective['loss'],
  classifier: Classifier,
  examples: Examples,
  { memory, epsilon, stepSize }: FreeStep,
): ValueAndGradients {
  const kept: Record<string, tf.Scalar> = {};
  const variables = classifier.parameters.map(({ variable }) => variable);
  const { natural } = examples.views;
  const perturbation = rowsFor(natural, memory);
  try {
    const { value, grads } = tf.engine().gradients(
      () => {
        const views = { natural, adversarial: perturbed(natural, perturbation) };
        const terms: LossTerms = lossOf(classifier, { ...examples, views });
        for (const [name, term] of Object.entries(terms)) if (name !== 'total') kept[name] = tf.keep(tf.clone(term));
        return terms.total;
      },
      [...variables, perturbation],
      undefined,
      true,
    );
    const [slope] = grads.splice(-1);
    if (slope) {
      tf.tidy(() => {
        const moved = tf.clipByValue(tf.add(perturbation, tf.mul(stepSize, exactSign(slope))), -epsilon, epsilon);
        memory.set(CARRIED, withRest(moved, memory.get(CARRIED)));
      });
      slope.dispose();
    }
    const others = Object.entries(kept).map(([name, term]) => [name, tf.clone(term)]);
    return {
      terms: { ...Object.fromEntries(others), total: value },
      gradients: new Map(classifier.parameters.flatMap(({ name }, i) => (grads[i] ? [[name, grads[i]]] : []))),
    };
  } finally {
    tf.dispose([kept, perturbation]);
  }
}

/** The updated rows, followed by the carried rows that a smaller batch did not use. */
function withRest(moved: tf.Tensor, before: tf.Tensor | undefined): tf.Tensor {
  const [rows = 0] = moved.shape;
  const all = before?.shape[0] ?? 0;
  return before && all > rows ? tf.concat([moved, tf.slice(before, rows)]) : moved;
}
