import * as tf from '@tensorflow/tfjs-core';

import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { assignWeights, copyWeights, stateVariables, type WeightValues } from '../classifier/weight-values.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { Progress } from '../schedules/schedule.ts';
import type { Averaging } from './averaging.ts';
import { checkAveraging } from './check-averaging.ts';

/**
 * The running average of a classifier's weights. Call `update` after each training step, and `during` to run code with the averaged weights in place of
 * the raw ones; `fit` does both. Dispose it with the run.
 * @example
 * const average = new WeightAverage(classifier, ema({ decay: 0.995 }));
 * trainStep(classifier, batch, options);
 * average.update(progress);
 * const { natural } = await average.during(() => evaluate(classifier, test));
 */
export class WeightAverage {
  readonly #classifier: Classifier;
  readonly #averaging: Averaging;
  readonly #values: Map<string, tf.Tensor>;
  #updates = 0;
  /** Whether the stored statistics belong to the averaged weights. */
  #hasStatistics: boolean;

  /** Starts with the current weights. */
  constructor(classifier: Classifier, averaging: Averaging) {
    this.#classifier = checkClassifier('[@st/core] WeightAverage', classifier);
    checkAveraging('[@st/core] WeightAverage', averaging);
    this.#averaging = averaging;
    this.#values = copyWeights(classifier);
    this.#hasStatistics = this.#averagesStatistics();
  }

  /** Number of weights that have entered the average; if 0, there is no average yet. */
  get updates(): number {
    return this.#updates;
  }

  /** Whether the averaged weights can be used: always with `statistics: 'averaged'`; with `'recomputed'` from `recompute` to the next update. */
  get hasStatistics(): boolean {
    return this.#hasStatistics;
  }

  /** Adds the current weights, with the share that the averaging gives them. Synchronous. */
  update(progress: Progress): void {
    const share = this.#averaging.share(this.#updates, progress);
    if (share === 0) return;
    for (const { name, variable } of stateVariables(this.#classifier)) {
      if (name.startsWith('statistics/') && this.#averaging.statistics === 'recomputed') continue;
      this.#set(
        name,
        tf.tidy(() => this.#mixed(name, variable, share)),
      );
    }
    this.#updates++;
    this.#hasStatistics = this.#averagesStatistics();
  }

  /**
   * Runs `run` with the averaged weights and their statistics in the classifier, then restores the raw ones, also if `run` throws. Take no training step
   * meanwhile.
   * @throws {InvalidArgumentError} if nothing was averaged yet, or the statistics have not been recomputed.
   */
  async during<T>(run: () => Promise<T>): Promise<T> {
    this.#requireUpdates('during');
    if (!this.#hasStatistics) {
      throw new InvalidArgumentError(
        "[@st/core] WeightAverage.during: the averaged weights have no running statistics of their own yet: statistics: 'recomputed' needs recompute(...) after the last update. Call it, or average the statistics along: statistics: 'averaged'.",
        { argument: 'statistics' },
      );
    }
    return this.#swapped(this.#values, run);
  }

  /**
   * Recomputes the statistics of the averaged weights: runs `measure` with the averaged weights in the classifier, stores the statistics that it leaves,
   * and restores the raw weights.
   * @param measure - Such as `() => recomputeStatistics(classifier, train, { batchSize, rng })`.
   */
  async recompute(measure: () => Promise<void>): Promise<void> {
    this.#requireUpdates('recompute');
    const statistics = await this.#swapped(this.#values, async () => {
      await measure();
      return this.#classifier.statistics.map(({ name, variable }) => [name, tf.clone(variable)] as const);
    });
    for (const [name, value] of statistics) this.#set(`statistics/${name}`, value);
    this.#hasStatistics = true;
  }

  /** The averages: `weights/<name>` and, if known, `statistics/<name>`; borrowed. */
  entries(): readonly (readonly [string, tf.Tensor])[] {
    return [...this.#values].filter(([name]) => this.#hasStatistics || !name.startsWith('statistics/'));
  }

  /** Restores the averages from earlier `entries` and `updates`; borrows the values. */
  restore(values: WeightValues, updates: number): void {
    for (const [name, value] of values) if (this.#values.has(name)) this.#set(name, tf.clone(value));
    this.#updates = updates;
    this.#hasStatistics =
      this.#averagesStatistics() || this.#classifier.statistics.every(({ name }) => values.has(`statistics/${name}`));
  }

  /** Frees the averaged weights. */
  dispose(): void {
    tf.dispose([...this.#values.values()]);
    this.#values.clear();
  }

  #averagesStatistics(): boolean {
    return this.#averaging.statistics === 'averaged' || this.#classifier.statistics.length === 0;
  }

  #mixed(name: string, variable: tf.Variable, share: number): tf.Tensor {
    const before = this.#values.get(name);
    if (!before || share === 1 || variable.dtype !== 'float32') return tf.clone(variable);
    return tf.add(before, tf.mul(share, tf.sub(variable, before)));
  }

  #set(name: string, value: tf.Tensor): void {
    this.#values.get(name)?.dispose();
    this.#values.set(name, tf.keep(value));
  }

  async #swapped<T>(values: WeightValues, run: () => Promise<T>): Promise<T> {
    const own = copyWeights(this.#classifier);
    assignWeights(this.#classifier, values);
    try {
      return await run();
    } finally {
      assignWeights(this.#classifier, own);
      tf.dispose([...own.values()]);
    }
  }

  #requireUpdates(method: string): void {
    if (this.#updates > 0) return;
    throw new InvalidArgumentError(
      `[@st/core] WeightAverage.${method}: there is no average yet: no weights have entered it. Call update after each step; swa starts at the end of its epoch start.`,
      { argument: 'average', received: 0 },
    );
  }
}
