import type { Batch } from '@st/core';
import type { JsonObject } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { detectRandomness } from '../detect-randomness.ts';
import type { EvaluationRun } from '../evaluation-run.ts';
import type { ExaminedData } from '../examine-data.ts';
import { type ExampleState, standingOf } from '../example-state.ts';
import type { AttackOnExample } from '../report/robustness-report.ts';
import { runAttack } from '../run-attack.ts';
import { flagsIn, numberIn } from '../state/entry-values.ts';
import { percent } from './compare-logits.ts';
import { dataFlags, predictionFlags } from './data-flags.ts';
import { epsilonFlags } from './epsilon-flags.ts';
import { type Flag, flag } from './flag.ts';
import { countGradients, type GradientCount, gradientFlags } from './probe-gradients.ts';
import { longerAttack, longerAttackFlags } from './probe-longer-attack.ts';
import { probeOutputs } from './probe-outputs.ts';
import { probeSlopes } from './probe-slopes.ts';

/** Images whose outputs are probed: for randomness, probabilities, ... */
const OUTPUTS_PROBED = 32;

/** Images whose gradient is probed. */
const GRADIENTS_PROBED = 100;

/** Images whose gradient is compared with difference quotients. */
const SLOPES_PROBED = 4;

/** Standing examples that the longer attack runs on. */
const LONGER_PROBED = 64;

/** The number of steps assumed for an attack whose settings do not state it. */
const USUAL_STEPS = 20;

/** The flags that a probe raises, and its duration. */
export type Probed = { readonly flags: readonly Flag[]; readonly seconds: number };

/**
 * Probes whether the outputs are random, before anything is predicted.
 * @returns `share`: the largest difference as a share of the largest logit; 0 if the outputs are deterministic.
 */
export async function probeRandomness(run: EvaluationRun): Promise<{ share: number; seconds: number }> {
  const { plan } = run;
  const { values } = await run.journal.step('randomness', async () => {
    const begun = performance.now();
    const batch = plan.dataset.batch(plan.indices.subarray(0, Math.min(OUTPUTS_PROBED, plan.batchSize)));
    try {
      const share = await detectRandomness(plan.classifier, batch.images);
      return { values: { share, seconds: (performance.now() - begun) / 1000 }, arrays: new Map() };
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  });
  return { share: numberIn(values, 'share'), seconds: numberIn(values, 'seconds') };
}

/** Probes images, radius, outputs and gradients, before the attacks. */
export async function probeBefore(
  run: EvaluationRun,
  data: ExaminedData,
  examples: readonly ExampleState[],
  randomShare: number,
): Promise<Probed> {
  const { plan } = run;
  const isRandom = randomShare > 0;
  return probe(run, 'checks before the attacks', async () => {
    const outputs = (
      await onBatches(run, examples.slice(0, Math.min(OUTPUTS_PROBED, plan.batchSize)), (batch) =>
        probeOutputs(plan.classifier, batch, isRandom),
      )
    ).flat();
    return [
      ...dataFlags(data, examples.length),
      ...(plan.threat ? epsilonFlags(plan.threat, plan.dataset.imageShape, data.sample) : []),
      ...outputs,
      ...(isRandom ? [randomnessFlag(run, randomShare)] : predictionFlags(examples, outputs)),
      ...(plan.threat ? await probeGradients(run, standingOf(examples), isRandom ? null : outputs) : []),
    ];
  });
}

function randomnessFlag({ passes }: EvaluationRun, share: number): Flag {
  const seen = `Passes over the same images differ by ${percent(share)} of the largest logit. Up to ${passes} passes decided each prediction.`;
  return flag('outputs-randomised', seen, { largestDifference: share, passes });
}

/** Probes, after the attacks, whether more steps break more examples. Examples that it breaks count as broken. */
export async function probeAfter(run: EvaluationRun, examples: readonly ExampleState[]): Promise<Probed> {
  const { threat, attacks } = run.plan;
  const done = examples.flatMap((example) => example.attacks);
  const withGradients = new Set(done.filter(({ gradientCalls }) => gradientCalls > 0).map(({ attack }) => attack));
  const standing = standingOf(examples).slice(0, LONGER_PROBED);
  if (!threat || withGradients.size === 0 || standing.length === 0) return { flags: [], seconds: 0 };
  const ran = attacks.filter(({ name }) => withGradients.has(name));
  const steps = Math.max(...ran.map(({ settings }) => stepsOf(settings)));
  const name = 'check with more steps';
  const part = { phase: 'check', name, label: name, partsLeft: 0, isSilent: true } as const;
  const outcomes: AttackOnExample[] = [];
  const { seconds } = await runAttack(run, part, longerAttack(threat, steps), standing, (_, outcome) =>
    outcomes.push(outcome),
  );
  return { flags: longerAttackFlags(outcomes, steps), seconds };
}

function stepsOf({ steps, iterations }: JsonObject): number {
  const found = steps ?? iterations;
  return typeof found === 'number' ? found : USUAL_STEPS;
}

/**
 * Probes the gradients of standing examples. Slopes are not probed if outputs are random or depend on the batch: gradients then vary too.
 * @param outputs - Flags of the outputs; null if they are random.
 */
async function probeGradients(
  run: EvaluationRun,
  standing: readonly ExampleState[],
  outputs: readonly Flag[] | null,
): Promise<Flag[]> {
  if (standing.length === 0) return [];
  const { classifier } = run.plan;
  const probed = standing.slice(0, GRADIENTS_PROBED);
  const counts: (GradientCount | string)[] = await onBatches(run, probed, (batch) => countGradients(classifier, batch));
  const isSound = outputs && !outputs.some(({ code }) => code === 'outputs-depend-on-batch');
  if (!isSound || counts.some((count) => typeof count === 'string')) return gradientFlags(counts);
  const few = standing.slice(0, Math.min(SLOPES_PROBED, run.plan.batchSize));
  const rng = run.rng.split('slopes');
  const slopes = await onBatches(run, few, ({ images }) => probeSlopes(classifier, images, rng));
  return [...gradientFlags(counts), ...slopes.flat()];
}

/** Runs a probe as one step of the journal, so that a resumed evaluation reads its flags back. */
async function probe(run: EvaluationRun, label: string, work: () => Promise<Flag[]>): Promise<Probed> {
  const { values } = await run.journal.step(label, async () => {
    const begun = performance.now();
    const flags = await work();
    return { values: { flags, seconds: (performance.now() - begun) / 1000 }, arrays: new Map() };
  });
  return { flags: flagsIn(values), seconds: numberIn(values, 'seconds') };
}

async function onBatches<T>(
  { plan }: EvaluationRun,
  examples: readonly ExampleState[],
  compute: (batch: Batch) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < examples.length; start += plan.batchSize) {
    plan.signal?.throwIfAborted();
    const batch = plan.dataset.batch(
      Int32Array.from(examples.slice(start, start + plan.batchSize), ({ index }) => index),
    );
    try {
      found.push(await compute(batch));
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }
  return found;
}
