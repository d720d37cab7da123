import type { Batch, ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { onSurface } from '../ball/on-surface.ts';
import { projectUnchecked } from '../ball/project.ts';
import type { AttackResult, Judge } from './attack.ts';
import { replaceRows, takeRows } from './take-rows.ts';

/** From this share of wrong passes on, an example is left alone: so far above one half that a second judgement comes to the same. */
export const SETTLED: number = 2 / 3;

/** From this share on a point is misclassified. */
const WRONG = 1 / 2;

/**
 * What the rounds of an attack found on a model whose outputs are random, as a judge has it: of each example the point that most of the passes get
 * wrong. Judged are the points of a round, whether the round says that they are found or not, and, since a point next to the boundary is wrong
 * in half of the passes, the same perturbations made as long as the radius.
 */
export class JudgedPoints {
  readonly #batch: Batch;
  readonly #threat: ThreatModel;
  readonly #judge: Judge;
  readonly #shares: Float64Array;
  #points: tf.Tensor4D;

  /** @param batch - Borrowed. */
  constructor(batch: Batch, threat: ThreatModel, judge: Judge) {
    this.#batch = batch;
    this.#threat = threat;
    this.#judge = judge;
    this.#shares = new Float64Array(batch.labels.size);
    this.#points = tf.clone(batch.images);
  }

  /** Takes over and disposes the points of a round on `rows`; returns the rows that are to be attacked further. */
  async take(
    rows: readonly number[],
    { adversarial, found }: Pick<AttackResult, 'adversarial' | 'found'>,
  ): Promise<number[]> {
    const images = takeRows(this.#batch.images, rows);
    const points = this.#inBall(images, adversarial, found);
    adversarial.dispose();
    try {
      await this.#ask(rows, points);
      const places = rows.flatMap((row, place) => (this.#isSettled(row) ? [] : [place]));
      if (places.length > 0) await this.#askOnSurface(rows, places, images, points);
      return rows.filter((row) => !this.#isSettled(row));
    } finally {
      tf.dispose([images, points]);
    }
  }

  /** The points, which the caller disposes, and which of them are misclassified. */
  result(): Pick<AttackResult, 'adversarial' | 'found'> {
    return {
      adversarial: tf.clone(this.#points),
      found: Uint8Array.from(this.#shares, (share) => Number(share >= WRONG)),
    };
  }

  dispose(): void {
    this.#points.dispose();
  }

  /** Rounds return points outside the ball where they found nothing inside it. */
  #inBall(images: tf.Tensor4D, points: tf.Tensor4D, found: Uint8Array): tf.Tensor4D {
    return tf.tidy(() => {
      const isFound = tf.tensor4d([...found], [found.length, 1, 1, 1], 'bool');
      return tf.where(isFound, points, projectUnchecked(this.#threat, points, images));
    });
  }

  async #askOnSurface(
    rows: readonly number[],
    places: readonly number[],
    images: tf.Tensor4D,
    points: tf.Tensor4D,
  ): Promise<void> {
    const moved = tf.tidy(() => onSurface(this.#threat, takeRows(points, places), takeRows(images, places)));
    try {
      await this.#ask(
        places.map((place) => rows[place] ?? -1),
        moved,
      );
    } finally {
      moved.dispose();
    }
  }

  async #ask(rows: readonly number[], points: tf.Tensor4D): Promise<void> {
    const labels = takeRows(this.#batch.labels, rows);
    try {
      const shares = await this.#judge(points, labels);
      const better = rows.flatMap((row, place) => ((shares[place] ?? 0) > (this.#shares[row] ?? 0) ? [place] : []));
      if (better.length === 0) return;
      for (const place of better) this.#shares[rows[place] ?? -1] = shares[place] ?? 0;
      this.#replace(
        better.map((place) => rows[place] ?? -1),
        better,
        points,
      );
    } finally {
      labels.dispose();
    }
  }

  #replace(rows: readonly number[], places: readonly number[], points: tf.Tensor4D): void {
    const next = tf.tidy(() => replaceRows(this.#points, rows, takeRows(points, places)));
    this.#points.dispose();
    this.#points = next;
  }

  #isSettled(row: number): boolean {
    return (this.#shares[row] ?? 0) >= SETTLED;
  }
}
