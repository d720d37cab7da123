import type { Batch, ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { onSurface } from '../ball/on-surface.ts';
import { projectUnchecked } from '../ball/project.ts';
import type { AttackResult, Judge } from './attack.ts';
import { replaceRows, takeRows } from './take-rows.ts';

/** An example is retired at this share of wrong passes: far enough above one half that a second judgment would agree. */
export const SETTLED: number = 2 / 3;

/** A point counts as misclassified at this share of wrong passes. */
const WRONG = 1 / 2;

/**
 * The best points of an attack on a model whose outputs are random: for each example the point with the largest share of wrong passes, by a judge. It
 * judges all points of a round, found or not; and, since a point next to the boundary is misclassified in only half of the passes, also the same
 * perturbations scaled to the length of the radius.
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

  /** Judges and disposes the points of a round on `rows`; returns the rows that stay active. */
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

  /** A round may return points outside the ball where it found none inside. */
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
