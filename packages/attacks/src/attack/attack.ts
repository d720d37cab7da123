import type { Batch, Classifier, Rng, ThreatModel } from '@st/core';
import type { JsonObject } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * The random streams of one run of an attack. They belong to examples, not to batches, so that an example gets the same draws in any batch, and after
 * an interrupted evaluation is resumed.
 */
export type AttackRandomness = {
  /** One stream an example of the batch, for random starts and the like. */
  readonly examples: readonly Rng[];
  /** The same stream in every batch, for attacks that draw once for all examples; split it by iteration. */
  readonly shared: Rng;
};

/** The claims of an attack; an evaluation verifies them by a forward pass of its own. */
export type AttackResult = {
  /** Shape of the batch's images: the adversarial example if one was found, else the natural image. The caller disposes it. */
  readonly adversarial: tf.Tensor4D;
  /** 1 where the attack says that it changed the prediction. */
  readonly found: Uint8Array;
  /** Forward passes each example went through. */
  readonly queries: Int32Array;
  /** Input gradients computed for each example. */
  readonly gradientCalls: Int32Array;
  /** 1 if a gradient of the example had entries that are not finite, which the attack replaced. Absent for attacks without gradients. */
  readonly gradientsNotFinite?: Uint8Array;
};

/**
 * The fraction of forward passes that misclassify each point, in [0, 1]; for models whose outputs are random, where one pass proves nothing.
 * @param points - In [0, 1]; borrowed, as the labels are.
 */
export type Judge = (points: tf.Tensor4D, labels: tf.Tensor1D) => Promise<ArrayLike<number>>;

/** Options of a run. */
export type AttackRunOptions = {
  /** Stops the attack between two iterations. */
  readonly signal?: AbortSignal;
  /**
   * For a model whose outputs are random: an example is broken once the judge says so, not after one wrong pass of the attack; until then restarts,
   * targets and queries go on. The judge's passes do not count as queries of the attack.
   */
  readonly judge?: Judge;
};

/** The target of an attack: a classifier, with the shape of the images if the classifier leaves it open. */
export type AttackTarget = Pick<Classifier, 'classes' | 'imageShape'>;

/**
 * An attack, run by evaluations. Unlike a `Search`, which is a synchronous part of a training step, it reads from the device between its
 * iterations, to drop the examples that are already broken; therefore it is async.
 */
export type Attack = {
  /** As papers name it, such as `apgd-ce`; unique within an evaluation. */
  readonly name: string;
  readonly threat: ThreatModel;
  /** Every setting that the result depends on, for reports; a resumed evaluation must have the same. */
  readonly settings: JsonObject;
  /**
   * Refuses a classifier or an image shape that the attack cannot run on, before anything runs: too few classes for the loss, radii of another shape.
   * @throws {StError} naming the reason.
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
