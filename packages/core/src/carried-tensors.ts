import * as tf from '@tensorflow/tfjs-core';

/**
 * Tensors that an objective keeps between steps, by name, such as the perturbation of free adversarial training. The training loop owns them, so that one
 * objective can serve several runs and `fit` can save them in checkpoints. Dispose it with the run.
 */
export class CarriedTensors {
  readonly #tensors = new Map<string, tf.Tensor>();

  /** The tensor last set under `name`, borrowed; undefined before the first `set`. */
  get(name: string): tf.Tensor | undefined {
    return this.#tensors.get(name);
  }

  /** Stores a copy of `tensor` and disposes the previous one. */
  set(name: string, tensor: tf.Tensor): void {
    const before = this.#tensors.get(name);
    this.#tensors.set(name, tf.keep(tf.clone(tensor)));
    before?.dispose();
  }

  /** Names and tensors, borrowed. */
  entries(): readonly (readonly [string, tf.Tensor])[] {
    return [...this.#tensors];
  }

  /** Disposes the tensors. The object is then empty and can be used again. */
  dispose(): void {
    tf.dispose([...this.#tensors.values()]);
    this.#tensors.clear();
  }
}
