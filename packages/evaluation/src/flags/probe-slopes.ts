import type { Classifier, Rng } from '@st/core';
import { readLogits } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { percent } from './compare-logits.ts';
import { type Flag, flag } from './flag.ts';

/** How far every pixel moves, from the largest step down; points stay in [0, 1]. */
const STEPS = [1 / 128, 1 / 512, 1 / 2048] as const;
const DIRECTIONS = 3;
/** Pixels are spread at random by this much first, so that equal ones (black ground) are no kinks of max pooling or ReLU. */
const JITTER = 1 / 64;

/** Shares of a slope up to which: the quotients to both sides agree, those of two steps agree, a gradient agrees with them. */
const SIDES = 0.1;
const SETTLED = 0.05;
const AGREES = 0.2;
/** Where a gradient is 0 all steps have to agree by this: the quotients of a quantised image only seem to have a slope. */
const STRICT = 0.02;

/** The gradients of an image alone and in its batch agree up to this share: rounding, and units of a ReLU that it switches. */
const IN_COMPANY = 0.05;

/** Disagreeing quotients that it takes, at least, and as a share of those that have settled. */
const FEWEST = 2;
const SHARE = 0.25;

/**
 * Checks the gradient of a random sum of logits with respect to a few images, in their batch: against difference quotients along random
 * directions, and against the gradient of an image alone.
 *
 * A kink is no fault: a quotient is judged only where both sides and two step sizes agree, a gradient of exactly 0 only where all do, and
 * where the outputs do not move at all nothing is. Asks the model inside [0, 1] only, 19 forward passes and three gradients.
 * @param images - At least one, in [0, 1]; the first ones are taken.
 */
export async function probeSlopes(classifier: Classifier, images: tf.Tensor4D, rng: Rng): Promise<Flag[]> {
  const probe = await probePoints(classifier, images, rng);
  const together = await gradientsAt(probe, probe.points);
  const apart = await differenceAlone(probe, together);
  const { judged, disagreeing } = await compareQuotients(probe, together, rng);
  const slopesDiffer = disagreeing >= FEWEST && disagreeing >= SHARE * judged;
  if (!slopesDiffer && apart <= IN_COMPANY) return [];
  const seen = [
    ...(slopesDiffer
      ? [`${disagreeing} of ${judged} slopes of the logits along random directions differ from the gradient.`]
      : []),
    ...(apart > IN_COMPANY
      ? [
          `The gradient of an image in a batch of ${probe.rows} differs from that of the image alone by ${percent(apart)}.`,
        ]
      : []),
  ];
  return [flag('gradients-wrong', seen.join(' '), { judged, disagreeing, differenceAlone: apart })];
}

/** What is probed: points near some images, and weights of the logits. */
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
  const rows = Math.max(2, given); // an image that is evaluated alone keeps itself company
  const [margin] = STEPS;
  const draw = rng.split('points');
  const points = Float32Array.from({ length: rows * size }, (_, i) => {
    const pixel = Math.min(1, Math.max(0, pixels[i % pixels.length] ?? 0));
    return margin + (1 - 2 * margin - JITTER) * pixel + JITTER * draw.next();
  });
  const signs = rng.split('weights');
  // of either sign and different, so that no two logits cancel
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

/** The gradient of those sums with respect to each point; zeros where they do not depend on it. */
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

/** By what share the gradients of the first and the last point alone differ, at most, from those in the batch. */
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

/** Slopes of one point along one direction: to both sides at each step, and what the gradient says. */
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

/** Of the slopes of one point along all directions: how steep it is there decides what is a small difference. */
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
  // outputs that do not move are a plateau: its slope is 0 and that of a surrogate gradient is not
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
