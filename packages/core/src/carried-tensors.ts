import * as tf from '@tensorflow/tfjs-core';

/**
 * What an objective remembers between steps, by name: the perturbation of free adversarial training. The loop owns it, so that one
 * objective can serve several runs and `fit` can keep it in checkpoints. Dispose it with the run.
 */
export class CarriedTensors {
  readonly #tensors = new Map<string, tf.Tensor>();

  /** What was set last under `name`, borrowed; undefined before. */
  get(name: string): tf.Tensor | undefined {
    return this.#tensors.get(name);
  }

  /** Keeps a copy of `tensor` in place of what was there. */
  set(name: string, tensor: tf.Tensor): void {
    const before = this.#tensors.get(name);
    this.#tensors.set(name, tf.keep(tf.clone(tensor)));
    before?.dispose();
  }

  /** Names and tensors, borrowed. */
  entries(): readonly (readonly [string, tf.Tensor])[] {
    return [...this.#tensors];
  }

  /** Frees the tensors; it is empty, and can be used again. */
  dispose(): void {
    tf.dispose([...this.#tensors.values()]);
    this.#tensors.clear();
  }
}
