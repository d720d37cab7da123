import { type Batch, type Classifier, type Rng, ShapeError, type ThreatModel } from '@st/core';
import { checkClassifier, checkKinds, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchFits } from '../ball/check-batch-fits.ts';
import type { AttackRandomness, AttackResult, Judge } from './attack.ts';
import { checkImages } from './check-images.ts';
import { checkRivals } from './check-rivals.ts';
import { JudgedPoints } from './judged-points.ts';
import { naturalLogits } from './natural-logits.ts';
import { joinRows, type Part, takeRows } from './take-rows.ts';

/** The classifier and examples of an attack of several rounds. */
type AttackTask = {
  readonly where: Where;
  readonly classifier: Classifier;
  readonly batch: Batch;
  readonly randomness: AttackRandomness;
  readonly threat: ThreatModel;
  /** Stops the attack; checked here, used by the rounds. */
  readonly signal?: AbortSignal | undefined;
  /** Decides which examples are broken on a model whose outputs are random. */
  readonly judge?: Judge | undefined;
};

/** The rounds of an attack: `restarts` rounds for each target, target by target; 0 targets is an untargeted attack of `restarts` rounds. */
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
  /** The target classes. */
  readonly targets?: tf.Tensor1D;
  /** One stream an example, for this round alone. */
  readonly rngs: readonly Rng[];
};

/** The result of a round: `adversarial` is read where `found` is 1. */
export type RoundResult = AttackResult;

/**
 * Runs the rounds of an attack, each on the active examples: those that no earlier round has broken. Examples whose natural image is misclassified are
 * never active, and their `found` is 0. With a judge all examples are active at first, and an example is broken if the judge confirms it. The targets
 * are the classes of the largest logits on the natural image, without the label.
 * @param attack - One round; borrows the tensors. The points that it returns are disposed here.
 * @throws {InvalidArgumentError} for an argument of another type, more targets than classes, or NaN among the logits; {ShapeError} if streams and examples differ in number.
 */
export async function attackInRounds(
  task: AttackTask,
  plan: RoundPlan,
  attack: (round: Round) => Promise<RoundResult>,
): Promise<Required<AttackResult>> {
  const { where, classifier, randomness, threat } = task;
  checkClassifier(where, classifier);
  checkBatchFits(where, task.batch, threat);
  checkRivals(where, plan.targets, classifier);
  checkStreams(where, randomness, task.batch);
  checkKinds(where, { signal: task.signal, judge: task.judge }, { signal: 'signal', judge: 'function' });
  await checkImages(where, task.batch.images);
  // rounding may have left pixels outside [0, 1]
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

/** Adds the counts of a round to the totals. */
function count(rows: readonly number[], round: RoundResult, total: Counts): void {
  for (const [i, row] of rows.entries()) {
    total.queries[row] = (total.queries[row] ?? 0) + (round.queries[i] ?? 0);
    total.gradientCalls[row] = (total.gradientCalls[row] ?? 0) + (round.gradientCalls[i] ?? 0);
    if (round.gradientsNotFinite?.[i]) total.gradientsNotFinite[row] = 1;
  }
}

/** Stores the points of the examples that a round broke, and disposes the rest; returns the rows of the examples that are still active. */
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
  return examples[row] as Rng; // checkStreams has counted them
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
