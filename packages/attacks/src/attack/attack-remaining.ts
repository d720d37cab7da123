import { type Batch, type Classifier, type Rng, ShapeError, type ThreatModel } from '@st/core';
import { checkClassifier, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchFits } from '../ball/check-batch-fits.ts';
import type { AttackRandomness, AttackResult, Judge } from './attack.ts';
import { checkImages } from './check-images.ts';
import { checkRivals } from './check-rivals.ts';
import { JudgedPoints } from './judged-points.ts';
import { naturalLogits } from './natural-logits.ts';
import { joinRows, type Part, takeRows } from './take-rows.ts';

/** What an attack of several rounds is run on. */
type AttackTask = {
  readonly where: Where;
  readonly classifier: Classifier;
  readonly batch: Batch;
  readonly randomness: AttackRandomness;
  readonly threat: ThreatModel;
  /** Decides what is found where one pass of the classifier proves nothing. */
  readonly judge?: Judge | undefined;
};

/** The rounds of an attack: `restarts` of each target, target by target; of none, if there are 0 targets. */
type RoundPlan = {
  /** Labels the random streams. */
  readonly name: string;
  readonly targets: number;
  readonly restarts: number;
};

/** The examples of one round. */
export type Round = {
  readonly restart: number;
  /** Their indices in the batch. */
  readonly rows: readonly number[];
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** The classes aimed at. */
  readonly targets?: tf.Tensor1D;
  /** One an example, for this round alone. */
  readonly rngs: readonly Rng[];
};

/** What a round found: `adversarial` counts where `found` is 1; the caller disposes it. */
export type RoundResult = AttackResult;

/**
 * Runs the rounds of an attack, each on the examples that no round before has broken. Examples that the classifier gets wrong from the
 * start are left alone, and not said to be found; with a judge, all are attacked, and a round counts as having broken what the judge
 * confirms. Targets are the classes of the largest logits on the natural image, beside the label.
 * @param attack - One round; borrows the tensors.
 * @throws {InvalidArgumentError} for more targets than classes, or NaN among the logits; {ShapeError} if streams and examples differ in number.
 */
export async function attackRemaining(
  task: AttackTask,
  plan: RoundPlan,
  attack: (round: Round) => Promise<RoundResult>,
): Promise<Required<AttackResult>> {
  const { where, classifier, randomness, threat } = task;
  checkClassifier(where, classifier);
  checkBatchFits(where, task.batch, threat);
  checkRivals(where, plan.targets, classifier);
  checkStreams(where, randomness, task.batch);
  await checkImages(where, task.batch.images);
  // what rounding left outside
  const batch = { ...task.batch, images: tf.clipByValue(task.batch.images, ...threat.bounds) };
  try {
    return await runRounds({ ...task, batch }, plan, attack);
  } finally {
    batch.images.dispose();
  }
}

async function runRounds(
  { where, classifier, batch, randomness, threat, judge }: AttackTask,
  plan: RoundPlan,
  attack: (round: Round) => Promise<RoundResult>,
): Promise<Required<AttackResult>> {
  const natural = await naturalLogits(where, classifier, batch);
  const size = natural.labels.length;
  const result = {
    found: new Uint8Array(size),
    queries: new Int32Array(size).fill(1),
    gradientCalls: new Int32Array(size),
    gradientsNotFinite: new Uint8Array(size),
  };
  const parts: Part[] = [];
  const judged = judge && new JudgedPoints(batch, threat, judge);
  let rows = judged ? natural.labels.map((_, row) => row) : natural.right;
  try {
    for (let target = 0; target < Math.max(plan.targets, 1); target++) {
      const aimedAt = plan.targets > 0 ? (row: number) => natural.ranked(row)[target + 1] ?? 0 : undefined;
      for (let restart = 0; restart < plan.restarts && rows.length > 0; restart++) {
        const label = `${plan.name}: target ${target}, restart ${restart}`;
        const round = takeRound(batch, rows, aimedAt);
        const rngs = rows.map((row) => streamOf(randomness, row).split(label));
        try {
          const found = await attack({ ...round, rows, restart, rngs });
          count(rows, found, result);
          rows = judged ? await judged.take(rows, found) : gather(rows, found, result.found, parts);
        } finally {
          tf.dispose(Object.values(round));
        }
      }
    }
    if (judged) return { ...result, ...judged.result() };
    const untouched = [...result.found.keys()].filter((row) => result.found[row] === 0);
    if (untouched.length > 0) parts.push({ rows: untouched, tensor: takeRows(batch.images, untouched) });
    return { adversarial: joinRows(parts), ...result };
  } finally {
    judged?.dispose();
    tf.dispose(parts.map(({ tensor }) => tensor));
  }
}

type Counts = Required<Omit<AttackResult, 'adversarial' | 'found'>>;

/** Adds up what a round took. */
function count(rows: readonly number[], round: RoundResult, total: Counts): void {
  for (const [i, row] of rows.entries()) {
    total.queries[row] = (total.queries[row] ?? 0) + (round.queries[i] ?? 0);
    total.gradientCalls[row] = (total.gradientCalls[row] ?? 0) + (round.gradientCalls[i] ?? 0);
    if (round.gradientsNotFinite?.[i]) total.gradientsNotFinite[row] = 1;
  }
}

/** Takes over the points that a round found; returns the rows that are left. */
function gather(rows: readonly number[], round: RoundResult, found: Uint8Array, parts: Part[]): readonly number[] {
  const broken: number[] = [];
  const left: number[] = [];
  for (const [i, row] of rows.entries()) {
    if (round.found[i]) broken.push(i);
    else left.push(row);
  }
  const rowOf = (i: number): number => rows[i] ?? 0;
  if (broken.length > 0) parts.push({ rows: broken.map(rowOf), tensor: takeRows(round.adversarial, broken) });
  for (const i of broken) found[rowOf(i)] = 1;
  round.adversarial.dispose();
  return left;
}

function takeRound(
  { images, labels }: Batch,
  rows: readonly number[],
  aimedAt: ((row: number) => number) | undefined,
): Pick<Round, 'images' | 'labels' | 'targets'> {
  return {
    images: takeRows(images, rows),
    labels: takeRows(labels, rows),
    ...(aimedAt && { targets: tf.tensor1d(rows.map(aimedAt), 'int32') }),
  };
}

function streamOf({ examples }: AttackRandomness, row: number): Rng {
  return examples[row] as Rng; // one an example, as checked
}

function checkStreams(where: Where, randomness: AttackRandomness | undefined, { labels }: Batch): void {
  const examples = randomness?.examples;
  const isStream = (rng: unknown): boolean => typeof (rng as Rng | null | undefined)?.split === 'function';
  if (Array.isArray(examples) && examples.length === labels.size && examples.every(isStream)) return;
  throw new ShapeError(
    `${where}: randomness.examples must hold a stream for each of the ${labels.size} examples, got ${describeValue(examples)}. Pass { examples: indices.map((index) => rng.split(String(index))), shared: rng.split('shared') }.`,
    { argument: 'randomness', received: examples?.length },
  );
}
