import * as tf from '@tensorflow/tfjs-core';

import { joinRows, type Part, takeRows } from './take-rows.ts';

type Movers = { readonly natural: tf.Tensor4D; readonly examples: readonly number[] };

/** The points of one run: those of the examples that are still attacked, packed, and those of the others. */
export class Standing {
  private members: Movers;
  private points: tf.Tensor4D;
  private readonly retired: Part[] = [];

  /** @param start - Makes the first points; the images are borrowed. */
  constructor(images: tf.Tensor4D, start: (movers: Movers) => tf.Tensor4D) {
    const examples = Array.from({ length: images.shape[0] }, (_, example) => example);
    this.points = start({ examples, natural: images });
    this.members = { examples, natural: tf.clone(images) };
  }

  /** Indices in the batch, ascending. */
  get examples(): readonly number[] {
    return this.members.examples;
  }

  /** Their best points. */
  get best(): tf.Tensor4D {
    return this.points;
  }

  /** Makes candidates, has them judged, and keeps those to be kept. */
  async try(
    propose: (movers: Movers, best: tf.Tensor4D) => tf.Tensor4D,
    judge: (candidates: tf.Tensor4D) => Promise<readonly boolean[]>,
  ): Promise<void> {
    const candidates = propose(this.members, this.points);
    try {
      const kept = await judge(candidates);
      if (kept.includes(true)) this.become(tf.tidy(() => tf.where(rowMask(kept), candidates, this.points)));
    } finally {
      candidates.dispose();
    }
  }

  /** Puts aside the examples for which `isDone` holds. */
  retire(isDone: (example: number) => boolean): void {
    const { examples, natural } = this.members;
    const rows = [...examples.keys()];
    const done = rows.filter((row) => isDone(examples[row] ?? -1));
    const staying = rows.filter((row) => !done.includes(row));
    if (done.length === 0) return;
    const examplesAt = (chosen: readonly number[]): number[] => chosen.map((row) => examples[row] ?? -1);
    this.retired.push({ rows: examplesAt(done), tensor: takeRows(this.points, done) });
    this.members = { examples: examplesAt(staying), natural: takeRows(natural, staying) };
    natural.dispose();
    this.become(takeRows(this.points, staying));
  }

  /** The best points of the whole batch; the caller disposes them. */
  result(): tf.Tensor4D {
    const rest = { rows: this.examples, tensor: this.points };
    return joinRows([...this.retired, ...(rest.rows.length > 0 ? [rest] : [])]);
  }

  dispose(): void {
    tf.dispose([this.members.natural, this.points, this.retired.map(({ tensor }) => tensor)]);
  }

  private become(points: tf.Tensor4D): void {
    this.points.dispose();
    this.points = points;
  }
}

function rowMask(kept: readonly boolean[]): tf.Tensor4D {
  return tf.tensor4d(kept.map(Number), [kept.length, 1, 1, 1], 'bool');
}
