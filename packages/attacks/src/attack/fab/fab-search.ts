import type { Classifier, ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';
import { epsilonsOf } from '../../ball/epsilons.ts';
import { betweenIterations } from '../between-iterations.ts';
import { fabFinalSearch } from './fab-final-search.ts';
import { type FabQuestion, type FabReading, readFab } from './fab-readings.ts';
import { distanceOf, type FabStepStart, type FabSteps, fabStep, fabStepBack } from './fab-step.ts';

/** The examples of a run of FAB, all of which the classifier predicts right. */
export type FabExamples = {
  /** The natural images, `[batch, height, width, channels]` in [0, 1]. */
  readonly images: tf.Tensor4D;
  /** int32 `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** int32 `[batch]`: the one class whose boundary is searched. Default: all classes but the label. */
  readonly targets?: tf.Tensor1D;
};

export type FabRunOptions = FabSteps & {
  readonly threat: ThreatModel;
  readonly iterations: number;
  /** `'smallest'`: every example is attacked to the end, as published; `'first'`: until it is found within the threat model. */
  readonly keep: 'smallest' | 'first';
  /** Steps of the final search, see `fabFinalSearch`; 0 for none. */
  readonly finalSearch: number;
  readonly signal?: AbortSignal | undefined;
};

/** The findings of a run, one entry an example. */
export type FabFindings = {
  /** The values of the misclassified point nearest to the natural image, row-major; undefined if none was found. */
  readonly points: (Float32Array | undefined)[];
  /** Its distance in the norm of the threat model; infinite if there is none. */
  readonly distances: Float64Array;
  readonly queries: Int32Array;
  readonly gradientCalls: Int32Array;
  /** 1 where a gradient had entries that are not finite, which were replaced. */
  readonly gradientsNotFinite: Uint8Array;
};

/** The state of one example, on the host, where projections are cheap and exact. */
type Runner = FabStepStart & {
  readonly row: number;
  readonly label: number;
  readonly rivals: readonly number[];
};

/**
 * One run of FAB: `iterations` steps to the nearest boundary, and part of the way back from every misclassified point. Forward passes: one
 * at the start, two an iteration, except one in the last, and 2 + n for a final search of n steps; gradients: one for each rival class at the start and in all iterations but the last.
 * Reads the device once an iteration.
 * @param start - In [0, 1], shape of the images; borrowed, as the examples are.
 * @throws {InvalidArgumentError} if logits are NaN.
 * @throws the signal's reason when it is aborted.
 * @see Croce and Hein 2020, arXiv 1907.02044, algorithm 1
 */
export async function fabSearch(
  where: Where,
  classifier: Classifier,
  examples: FabExamples,
  start: tf.Tensor4D,
  options: FabRunOptions,
): Promise<FabFindings> {
  const { threat, iterations, beta, keep } = options;
  const { norm, epsilon } = threat;
  const pause = betweenIterations(options.signal);
  const [size, ...shape] = start.shape;
  const findings: FabFindings = {
    points: new Array<Float32Array | undefined>(size).fill(undefined),
    distances: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    queries: new Int32Array(size),
    gradientCalls: new Int32Array(size),
    gradientsNotFinite: new Uint8Array(size),
  };
  const ask = async (asked: readonly Runner[], of: FabQuestion['of']): Promise<readonly FabReading[]> => {
    count(findings, asked, of);
    const readings = await readFab({ where, threat, classifier, shape, asked, of, beta });
    for (const [i, { row }] of asked.entries())
      if (readings[i]?.gradientNotFinite) findings.gradientsNotFinite[row] = 1;
    return readings;
  };
  const shares = epsilonsOf(threat, shape)?.map((radius) => radius / epsilon);
  const all = (await runnersOf(classifier, examples, start)).map((runner) => ({ ...runner, shares }));
  const lines = await ask(all, 'line');
  let runners = all.map((runner, i) => ({ ...runner, ...lines[i] }));
  for (let iteration = 0; iteration < iterations && runners.length > 0; iteration++) {
    await pause();
    const stepped = runners.map((runner) => ({ ...runner, point: fabStep(norm, runner, options) }));
    const readings = await ask(stepped, iteration < iterations - 1 ? 'both' : 'class');
    runners = stepped.flatMap((runner, i) => {
      const { isWrong = false, ...line } = readings[i] ?? {};
      if (!isWrong) return [{ ...runner, ...line }];
      const distance = distanceOf(norm, runner.point, runner.natural, runner.shares);
      note(findings, runner, distance);
      if (keep === 'first' && distance <= epsilon) return [];
      return [{ ...runner, ...line, point: fabStepBack(runner.natural, runner.point, beta) }];
    });
  }
  if (options.finalSearch > 0) await searchSegments(where, classifier, all, findings, { ...options, shape });
  return findings;
}

/** The final search for all examples with a misclassified point. */
async function searchSegments(
  where: Where,
  classifier: Classifier,
  runners: readonly Runner[],
  { points, distances, queries }: FabFindings,
  { threat, finalSearch: steps, shape }: FabRunOptions & { readonly shape: readonly [number, number, number] },
): Promise<void> {
  const segments = runners.flatMap(({ row, label, natural, shares }) => {
    const point = points[row];
    return point ? [{ row, label, natural, point, shares }] : [];
  });
  if (segments.length === 0) return;
  const nearer = await fabFinalSearch(where, classifier, segments, { steps, shape });
  for (const [i, { row, natural, shares }] of segments.entries()) {
    const point = nearer[i] ?? natural;
    points[row] = point;
    distances[row] = distanceOf(threat.norm, point, natural, shares);
    queries[row] = (queries[row] ?? 0) + 2 + steps;
  }
}

function count({ queries, gradientCalls }: FabFindings, asked: readonly Runner[], of: FabQuestion['of']): void {
  for (const { row, rivals } of asked) {
    queries[row] = (queries[row] ?? 0) + (of === 'both' ? 2 : 1);
    if (of !== 'class') gradientCalls[row] = (gradientCalls[row] ?? 0) + rivals.length;
  }
}

/** Keeps the nearest misclassified point. */
function note({ points, distances }: FabFindings, { row, point }: Runner, distance: number): void {
  if (!(distance < (distances[row] ?? 0))) return;
  distances[row] = distance;
  points[row] = point;
}

async function runnersOf(
  { classes }: Classifier,
  { images, labels, targets }: FabExamples,
  start: tf.Tensor4D,
): Promise<Runner[]> {
  const [naturals, points] = await Promise.all([images.data(), start.data()]);
  const [truth, aims] = await Promise.all([labels.data(), targets?.data()]);
  const size = start.size / start.shape[0];
  const rowOf = (values: ArrayLike<number>, row: number): Float32Array =>
    Float32Array.from({ length: size }, (_, i) => values[row * size + i] ?? Number.NaN);
  return Array.from(truth, (label, row) => {
    const aim = aims?.[row];
    const rivals = aim === undefined ? Array.from({ length: classes }, (_, r) => r).filter((r) => r !== label) : [aim];
    const at = { natural: rowOf(naturals, row), point: rowOf(points, row) };
    return { row, label, rivals, ...at, normal: [], difference: Number.NaN };
  });
}
