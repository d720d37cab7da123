import * as tf from '@tensorflow/tfjs-core';
import type { JsonObject } from '../checkpoints/json.ts';
import type { NamedVariable } from '../classifier/classifier.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { Progress, Schedule } from '../schedules/schedule.ts';
import { type SgdRule, sgdUpdate } from './sgd-update.ts';
import type { OptimizerState, TrainOptimizer } from './train-optimizer.ts';

const WHERE = '[@st/core] SGD';
const SLOT = 'momentum/';

/** Settings of `SGD`. */
export type SgdOptions = {
  /** Finite and >= 0, or a schedule. */
  readonly learningRate: number | Schedule;
  /** In [0, 1). Default 0. */
  readonly momentum?: number;
  /** Coupled L2 decay, >= 0: added to the gradient before momentum. Default 0. */
  readonly weightDecay?: number;
  /** Nesterov's form of momentum. Default false. */
  readonly nesterov?: boolean;
};

/**
 * Stochastic gradient descent as in PyTorch's `torch.optim.SGD`: g' = g + weightDecay * w; v = momentum * v + g' (v = g' at the first step);
 * w = w - learningRate * v, or with Nesterov w - learningRate * (g' + momentum * v). Parameters without a gradient are unchanged.
 *
 * It is a `tf.Optimizer`: `sgd.minimize(f, false, variables)` works in any loop. Momentum is stored under the parameters' stable names, so that it can be
 * saved and restored. Dispose it to free the momentum.
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning"
 */
export class SGD extends tf.Optimizer implements TrainOptimizer {
  /** The name under which tfjs registers the class. */
  static readonly className = 'StSGD';
  readonly #learningRate: number | Schedule;
  readonly #rule: Omit<SgdRule, 'learningRate'>;
  readonly #velocities = new Map<string, tf.Tensor>();
  readonly #names = new WeakMap<tf.Variable, string>();
  #progress: Progress | undefined;

  /** @throws {InvalidArgumentError} if a setting is out of range, or for Nesterov without momentum. */
  constructor(options: SgdOptions) {
    super();
    checkKnownOptions(WHERE, options, ['learningRate', 'momentum', 'weightDecay', 'nesterov']);
    const { learningRate, momentum = 0, weightDecay = 0, nesterov = false } = options;
    this.#learningRate =
      typeof learningRate === 'function' ? learningRate : checkNumber(WHERE, 'learningRate', learningRate, { min: 0 });
    checkNumber(WHERE, 'momentum', momentum, { min: 0, max: 1, belowMax: true });
    checkNumber(WHERE, 'weightDecay', weightDecay, { min: 0 });
    if (nesterov && momentum === 0) {
      throw new InvalidArgumentError(`${WHERE}: nesterov needs momentum > 0, got 0. Pass momentum: 0.9, for example.`, {
        argument: 'nesterov',
        received: nesterov,
      });
    }
    this.#rule = { momentum, weightDecay, nesterov };
  }

  /**
   * The rate that the next update uses.
   * @throws {InvalidArgumentError} if it is a schedule and `setProgress` was never called.
   */
  get learningRate(): number {
    if (typeof this.#learningRate === 'number') return this.#learningRate;
    if (this.#progress) return this.learningRateAt(this.#progress);
    throw new InvalidArgumentError(
      `${WHERE}: learningRate is a schedule, so setProgress({ epoch, step, stepsPerEpoch, epochs }) must be called before each step of a custom loop; fit does it.`,
      { argument: 'learningRate', received: this.#learningRate },
    );
  }

  learningRateAt(progress: Progress): number {
    if (typeof this.#learningRate === 'number') return this.#learningRate;
    return checkNumber(WHERE, 'the rate from the schedule', this.#learningRate(progress), { min: 0 });
  }

  setProgress(progress: Progress): void {
    this.#progress = progress;
  }

  update(parameters: readonly NamedVariable[], gradients: ReadonlyMap<string, tf.Tensor>): void {
    const rule = { ...this.#rule, learningRate: this.learningRate };
    tf.tidy(() => {
      for (const { name, variable } of parameters) {
        this.#names.set(variable, name);
        const gradient = gradients.get(name);
        if (gradient) this.#step(name, variable, gradient, rule);
      }
    });
    this.incrementIterations();
  }

  /** Called by `minimize`, with gradients by the names of variables in the tfjs engine. */
  override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor] as const)
      : Object.entries(gradients);
    const rule = { ...this.#rule, learningRate: this.learningRate };
    tf.tidy(() => {
      for (const [name, gradient] of named) {
        if (!gradient) continue; // tfjs passes null or undefined for a variable that the loss does not depend on
        const variable = registeredVariable(name);
        this.#step(this.#names.get(variable) ?? name, variable, gradient, rule);
      }
    });
    this.incrementIterations();
  }

  #step(name: string, variable: tf.Variable, gradient: tf.Tensor, rule: SgdRule): void {
    const before = this.#velocities.get(name);
    const velocity = sgdUpdate(variable, gradient, before, rule);
    if (velocity === null) return;
    // a clone, because the first velocity may be the caller's gradient
    this.#velocities.set(name, tf.keep(tf.clone(velocity)));
    before?.dispose();
  }

  state(): OptimizerState {
    const slots = [...this.#velocities].map(([name, velocity]) => [SLOT + name, tf.clone(velocity)] as const);
    return { steps: this.iterations, slots: new Map(slots) };
  }

  /** @throws {InvalidArgumentError} if the state holds a slot that SGD does not have, or an invalid step count. */
  restore({ steps, slots }: OptimizerState): void {
    checkNumber(`${WHERE}.restore`, 'steps', steps, { min: 0, integer: true });
    const foreign = [...slots.keys()].find((slot) => !slot.startsWith(SLOT));
    if (foreign !== undefined) {
      throw new InvalidArgumentError(
        `${WHERE}.restore: slots must be named '${SLOT}<parameter>', got ${describeValue(foreign)}. Is it the state of another optimizer?`,
        { argument: 'slots', received: foreign },
      );
    }
    this.#clear();
    for (const [slot, tensor] of slots) this.#velocities.set(slot.slice(SLOT.length), tf.keep(tf.clone(tensor)));
    this.iterations_ = steps;
  }

  hyperparameters(): JsonObject {
    return { name: 'SGD', ...this.#rule };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const learningRate = typeof this.#learningRate === 'number' ? this.#learningRate : null;
    return { learningRate, ...this.#rule };
  }

  /** Frees the momentum; the optimizer can be used again, starting without momentum. */
  override dispose(): void {
    this.#clear();
    super.dispose();
  }

  #clear(): void {
    tf.dispose([...this.#velocities.values()]);
    this.#velocities.clear();
  }
}

function registeredVariable(name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable) return variable;
  throw new InvalidArgumentError(
    `${WHERE}.applyGradients: each gradient must have the name of a variable of the tfjs engine, got '${name}'. Was the variable disposed?`,
    { argument: 'gradients', received: name },
  );
}
