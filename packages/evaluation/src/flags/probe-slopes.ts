import type { Classifier, Rng } from '@st/core';
import { readLogits } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { percent } from './compare-logits.ts';
import { type Flag, flag } from './flag.ts';

/** Step sizes of the difference quotients, per pixel, in descending order; points stay in [0, 1]. */
const STEPS = [1 / 128, 1 / 512, 1 / 2048] as const;
const DIRECTIONS = 3;
/** Random offsets in [0, JITTER) are added to the pixels first: equal pixels (black background) sit on kinks of max pooling and ReLU. */
const JITTER = 1 / 64;

/**
 * Tolerances as shares of the slope: between forward and backward quotient (SIDES), between the quotients of two steps (SETTLED), between
 * quotient and gradient (AGREES).
 */
const SIDES = 0.1;
const SETTLED = 0.05;
const AGREES = 0.2;
/** Tolerance at all steps where the gradient is exactly 0: the quotients of a quantized image only seem to have a slope. */
const STRICT = 0.02;

/** Tolerance between the gradients of an image alone and in its batch: rounding, and ReLU units that rounding switches. */
const IN_BATCH = 0.05;

/** Raises the flag if at least this many quotients disagree, and at least this share of those that are decided. */
const FEWEST = 2;
const SHARE = 0.25;

/**
 * Checks the input gradient of a random weighted sum of logits, for a batch of a few images: against difference quotients along random
 * directions, and against the gradient of an image alone.
 *
 * Kinks are not errors, so a quotient decides only where both sides and two step sizes agree. For a gradient of exactly 0 all step sizes must
 * agree. Where the outputs do not change at all, nothing is decided. Takes 19 forward passes and three gradients, all at points in [0, 1].
 * @param images - At least one image, in [0, 1].
 */
export async function probeSlopes(classifier: Classifier, images: tf.Tensor4D, rng: Rng): Promise<Flag[]> {
  const probe = await probePoints(classifier, images, rng);
  const together = await gradientsAt(probe, probe.points);
  const apart = await differenceAlone(probe, together);
  const { judged, disagreeing } = await compareQuotients(probe, together, rng);
  const slopesDiffer = disagreeing >= FEWEST && disagreeing >= SHARE * judged;
  if (!slopesDiffer && apart <= IN_BATCH) return [];
  const seen = [
    ...(slopesDiffer
      ? [`${disagreeing} of ${judged} slopes of the logits along random directions differ from the gradient.`]
      : []),
    ...(apart > IN_BATCH
      ? [
          `The gradient of an image in a batch of ${probe.rows} differs from that of the image alone by ${percent(apart)}.`,
        ]
      : []),
  ];
  return [flag('gradients-wrong', seen.join(' '), { judged, disagreeing, differenceAlone: apart })];
}

/** Points near some images, and the weights of the sum of logits. */
type Probe = {
  readonly classifier: Classifier;
  readonly rows: number;
  readonly shape: readonly [number, number, number];
  readonly points: Float32Array;
  readonly weights: Float32Array;
};

async function probePoints(classifier: Classifier, images: tf.Tensor4D, rng: Rng): Promise<Probe> {
  const [given, height, width, channels] = images.shape;
  const pixels = await images.data<'float32'>();
  const size = height * width * channels;
  const rows = Math.max(2, given); // a single image is duplicated, to have a batch
  const [margin] = STEPS;
  const draw = rng.split('points');
  const points = Float32Array.from({ length: rows * size }, (_, i) => {
    const pixel = Math.min(1, Math.max(0, pixels[i % pixels.length] ?? 0));
    return margin + (1 - 2 * margin - JITTER) * pixel + JITTER * draw.next();
  });
  const signs = rng.split('weights');
  // random in [-1, 1), so that logits do not cancel
  const weights = Float32Array.from({ length: classifier.classes }, () => 2 * signs.next() - 1);
  return { classifier, rows, shape: [height, width, channels], points, weights };
}

function tensorOf({ shape }: Probe, points: Float32Array): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2];
  return tf.tensor4d(points, [points.length / size, ...shape]);
}

/** The weighted sum of the logits of each point, in float64. */
async function sumsAt(probe: Probe, points: Float32Array): Promise<number[]> {
  const images = tensorOf(probe, points);
  try {
    const logits = await readLogits(probe.classifier, images);
    const { classes } = probe.classifier;
    return Array.from({ length: logits.length / classes }, (_, row) =>
      probe.weights.reduce((sum, weight, i) => sum + weight * (logits[row * classes + i] ?? Number.NaN), 0),
    );
  } finally {
    images.dispose();
  }
}

/** The gradient of those sums with respect to each point; zeros if they do not depend on the points. */
async function gradientsAt(probe: Probe, points: Float32Array): Promise<Float32Array> {
  const gradient = tf.tidy(() => {
    const images = tensorOf(probe, points);
    const weights = tf.tensor2d(probe.weights, [probe.weights.length, 1]);
    const loss = (): tf.Scalar => tf.sum(tf.matMul(probe.classifier.logits(images, 'inference'), weights));
    const { grads } = tf.engine().gradients(loss, [images], undefined, true);
    return grads[0] ?? tf.zerosLike(images);
  });
  try {
    return (await gradient.data<'float32'>()).slice();
  } finally {
    gradient.dispose();
  }
}

/** The largest relative difference, over the first and the last point, between its gradient alone and its gradient in the batch. */
async function differenceAlone(probe: Probe, together: Float32Array): Promise<number> {
  const size = together.length / probe.rows;
  let largest = 0;
  for (const row of [0, probe.rows - 1]) {
    const alone = await gradientsAt(probe, probe.points.slice(row * size, (row + 1) * size));
    const inBatch = together.subarray(row * size, (row + 1) * size);
    const length = Math.max(lengthOf(alone), lengthOf(inBatch));
    const apart = lengthOf(alone.map((value, i) => value - (inBatch[i] ?? 0)));
    if (length > 0 && Number.isFinite(apart)) largest = Math.max(largest, apart / length);
  }
  return largest;
}

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** Slopes at one point along one direction: quotients to both sides at each step, and the directional derivative by the gradient. */
type Slopes = { readonly up: readonly number[]; readonly down: readonly number[]; readonly gradient: number };

async function compareQuotients(
  probe: Probe,
  gradients: Float32Array,
  rng: Rng,
): Promise<{ judged: number; disagreeing: number }> {
  const start = await sumsAt(probe, probe.points);
  const slopes: Slopes[][] = Array.from({ length: probe.rows }, () => []);
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const draw = rng.split(`direction ${direction}`);
    const signs = Float32Array.from(probe.points, () => (draw.next() < 0.5 ? -1 : 1));
    const found = await slopesAlong(probe, start, gradients, signs);
    for (const [row, slope] of found.entries()) slopes[row]?.push(slope);
  }
  const verdicts = slopes.flatMap(verdictsOf);
  return {
    judged: verdicts.filter((verdict) => verdict !== 'unclear').length,
    disagreeing: verdicts.filter((verdict) => verdict === 'differs').length,
  };
}

async function slopesAlong(
  probe: Probe,
  start: readonly number[],
  gradients: Float32Array,
  signs: Float32Array,
): Promise<Slopes[]> {
  const size = gradients.length / probe.rows;
  const moved = async (step: number): Promise<number[]> => {
    const sums = await sumsAt(
      probe,
      probe.points.map((value, i) => value + step * (signs[i] ?? 0)),
    );
    return sums.map((sum, row) => (sum - (start[row] ?? Number.NaN)) / step);
  };
  const up: number[][] = [];
  const down: number[][] = [];
  for (const step of STEPS) {
    up.push(await moved(step));
    down.push(await moved(-step));
  }
  return start.map((_, row) => {
    let gradient = 0;
    for (let i = row * size; i < (row + 1) * size; i++) gradient += (gradients[i] ?? 0) * (signs[i] ?? 0);
    const at = (sides: readonly number[][]): number[] => sides.map((rows) => rows[row] ?? Number.NaN);
    return { up: at(up), down: at(down), gradient };
  });
}

type Verdict = 'agrees' | 'differs' | 'unclear';

/** Verdicts on the slopes of one point along all directions. Tolerances are relative to the root mean square of all its slopes. */
function verdictsOf(slopes: readonly Slopes[]): Verdict[] {
  const all = slopes.flatMap(({ up, down, gradient }) => [...up, ...down, gradient]);
  const steepness = Math.sqrt(all.reduce((sum, slope) => sum + slope * slope, 0) / all.length);
  if (!(steepness > 0 && Number.isFinite(steepness))) return slopes.map(() => 'unclear');
  const isFlat = slopes.every(({ gradient }) => gradient === 0);
  return slopes.map((slope) => verdictOf(slope, steepness, isFlat));
}

function verdictOf({ up, down, gradient }: Slopes, steepness: number, isFlat: boolean): Verdict {
  const middle = up.map((slope, i) => (slope + (down[i] ?? Number.NaN)) / 2);
  const [sides, settled] = isFlat ? [STRICT, STRICT] : [SIDES, SETTLED];
  // outputs that do not change are a plateau, where a surrogate gradient is legitimately not 0
  const isWhole = up.map(
    (slope, i) => slope !== 0 && down[i] !== 0 && Math.abs(slope - (down[i] ?? 0)) <= sides * steepness,
  );
  const holds = (i: number): boolean =>
    isWhole[i] === true &&
    isWhole[i + 1] === true &&
    Math.abs((middle[i] ?? 0) - (middle[i + 1] ?? 0)) <= settled * steepness;
  const last = STEPS.length - 2;
  const found = isFlat
    ? Array.from({ length: last + 1 }, (_, i) => i).every(holds)
      ? last
      : -1
    : holds(last)
      ? last
      : holds(0)
        ? 0
        : -1;
  if (found < 0) return 'unclear';
  const slope = middle[found + 1] ?? Number.NaN;
  return Math.abs(slope - gradient) > AGREES * steepness ? 'differs' : 'agrees';
}
