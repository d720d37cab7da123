import * as tf from '@tensorflow/tfjs-core';

import { joinRows, type Part, takeRows } from './take-rows.ts';

/** Tensors by name, all with one row an example. */
type RowTensors = { readonly [name: string]: tf.Tensor };

/** The names of the tensors that have the form of images. */
type ImageName<T extends RowTensors> = { [N in keyof T]: T[N] extends tf.Tensor4D ? N : never }[keyof T] & string;

/**
 * The tensors of a run, packed to its active examples, those that are still attacked: row i of each belongs to example `examples[i]`. Examples that
 * are done are retired: their rows leave the tensors, and only those of the tensors named by `kept` are stored, until `join` restores the batch's order.
 */
export class ActiveRows<T extends RowTensors, Kept extends ImageName<T> = ImageName<T>> {
  readonly #retired: ReadonlyMap<Kept, Part[]>;
  #examples: readonly number[];
  #tensors: T;

  /** @param tensors - Of all examples; owned from now on, as are the tensors given to `replace`. */
  constructor(tensors: T, kept: readonly Kept[]) {
    const [some] = kept.map((name) => tensors[name]);
    this.#examples = [...Array(some?.shape[0] ?? 0).keys()];
    this.#tensors = tensors;
    this.#retired = new Map(kept.map((name) => [name, []]));
  }

  /** Indices of the active examples in the batch, ascending. */
  get examples(): readonly number[] {
    return this.#examples;
  }

  /** Borrowed, until they are replaced or examples retire. */
  get tensors(): T {
    return this.#tensors;
  }

  /** Replaces tensors and disposes those that were there before. */
  replace(changes: Partial<T>): void {
    const before = this.#tensors;
    this.#tensors = { ...before, ...changes };
    tf.dispose(Object.keys(changes).map((name) => before[name]));
  }

  /** Replaces the rows of one tensor for which `isReplaced` holds by those of `others`, which stays the caller's. */
  replaceWhere(name: Kept, isReplaced: readonly boolean[], others: tf.Tensor4D): void {
    if (!isReplaced.includes(true)) return;
    const next = tf.tidy(() => {
      const mask = tf.tensor4d(isReplaced.map(Number), [isReplaced.length, 1, 1, 1], 'bool');
      return tf.where(mask, others, this.#imagesOf(name));
    });
    this.replace({ [name]: next } as Partial<T>); // the name of one of T's tensors
  }

  /** Retires the examples for which `isDone` holds. It is called once for each, in ascending order. */
  retire(isDone: (example: number, row: number) => boolean): void {
    const examples = this.#examples;
    const done = [...examples.keys()].filter((row) => isDone(examples[row] ?? -1, row));
    if (done.length === 0) return;
    const examplesAt = (rows: readonly number[]): number[] => rows.map((row) => examples[row] ?? -1);
    for (const [name, parts] of this.#retired)
      parts.push({ rows: examplesAt(done), tensor: takeRows(this.#imagesOf(name), done) });
    const active = [...examples.keys()].filter((row) => !done.includes(row));
    this.#examples = examplesAt(active);
    if (active.length === 0) return; // nothing reads the tensors any more
    const entries = Object.entries(this.#tensors).map(([name, tensor]) => [name, takeRows(tensor, active)]);
    this.replace(Object.fromEntries(entries)); // the same names, each tensor with the rank it had
  }

  /** A kept tensor of the whole batch, each example's row as it was when it retired, or as it is; the caller disposes it. */
  join(name: Kept): tf.Tensor4D {
    const active = { rows: this.#examples, tensor: this.#imagesOf(name) };
    return joinRows([...(this.#retired.get(name) ?? []), ...(active.rows.length > 0 ? [active] : [])]);
  }

  dispose(): void {
    const retired = [...this.#retired.values()].flat().map(({ tensor }) => tensor);
    tf.dispose([Object.values(this.#tensors), retired]);
  }

  #imagesOf(name: Kept): tf.Tensor4D {
    return this.#tensors[name] as tf.Tensor4D; // by the constraint of Kept
  }
}
