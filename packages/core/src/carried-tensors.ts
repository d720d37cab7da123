import * as tf from '@tensorflow/tfjs-core';

/**
 * Tensors that an objective keeps between steps, by name: the perturbation of free adversarial training, for example. The loop owns it, so that one
 * objective can serve several runs and `fit` can keep it in checkpoints. Dispose it with the run.
 */
export class CarriedTensors {
  readonly #tensors = new Map<string, tf.Tensor>();

  /** The tensor that was last set under `name`, borrowed; undefined before the first `set`. */
  get(name: string): tf.Tensor | undefined {
    return this.#tensors.get(name);
  }

  /** Stores a copy of `tensor` and disposes the one stored before. */
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
