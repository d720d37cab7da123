import type { Batch, Classifier, Rng, ThreatModel } from '@st/core';
import type { JsonObject } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * The random streams of one run of an attack. They belong to examples, not to batches, so that an example meets the same draws whatever
 * the batch it comes in and wherever an interrupted evaluation goes on.
 */
export type AttackRandomness = {
  /** One stream an example of the batch: random starts. */
  readonly examples: readonly Rng[];
  /** The same stream in every batch, for attacks that draw once for all examples; split it by iteration. */
  readonly shared: Rng;
};

/** What an attack claims; whoever counts accuracies checks it again. */
export type AttackResult = {
  /** Shape of the batch's images: the adversarial example where one was found, else the natural image. The caller disposes it. */
  readonly adversarial: tf.Tensor4D;
  /** 1 where the attack says that it changed the prediction. */
  readonly found: Uint8Array;
  /** Forward passes each example went through. */
  readonly queries: Int32Array;
  /** Input gradients taken of each example. */
  readonly gradientCalls: Int32Array;
  /** 1 where a gradient had entries that are not finite, which the attack left out. Not there for attacks without gradients. */
  readonly gradientsNotFinite?: Uint8Array;
};

/**
 * The share of forward passes that get each point wrong, in [0, 1]: for models whose outputs are random, of which one pass proves nothing.
 * @param points - In [0, 1]; borrowed, as the labels are.
 */
export type Judge = (points: tf.Tensor4D, labels: tf.Tensor1D) => Promise<ArrayLike<number>>;

/** What a run of an attack may be given beside its examples. */
export type AttackRunOptions = {
  /** Stops the attack between two iterations. */
  readonly signal?: AbortSignal;
  /**
   * For a model whose outputs are random: an example is broken where this says so, not where one pass of the attack does; restarts, targets and
   * queries go on until then. Its passes are not counted as the attack's queries.
   */
  readonly judge?: Judge;
};

/** What is to be attacked: a classifier will do, with the images' shape where its own is open. */
export type AttackTarget = Pick<Classifier, 'classes' | 'imageShape'>;

/**
 * An attack as evaluations run it. Unlike a `Search`, which is one sync half of a training step, it reads from the device between its
 * iterations, to leave alone the examples that are broken already; hence async.
 */
export type Attack = {
  /** As papers name it, such as `apgd-ce`; unique within an evaluation. */
  readonly name: string;
  readonly threat: ThreatModel;
  /** Every setting that decides the result, for reports and for refusing to resume under other ones. */
  readonly settings: JsonObject;
  /**
   * Refuses what the attack cannot be run on, before anything runs: a loss that needs more classes, radii made for other images.
   * @throws {StError} naming what is missing.
   */
  check?(target: AttackTarget): void;
  /**
   * Attacks the examples of a batch, all of which the classifier predicts right so far. Runs the model in mode `'inference'`.
   * @param batch - Borrowed.
   * @throws the signal's reason when it is aborted between two iterations.
   */
  run(
    classifier: Classifier,
    batch: Batch,
    randomness: AttackRandomness,
    options?: AttackRunOptions,
  ): Promise<AttackResult>;
};
