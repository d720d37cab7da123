import type { JsonObject } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import type { EvaluationRun } from '../evaluation-run.ts';
import type { ExaminedData } from '../examine-data.ts';
import { type ExampleState, standingOf } from '../example-state.ts';
import { epsilonFlags } from './epsilon-flags.ts';
import { type Flag, flag } from './flag.ts';
import { countGradients, type GradientCount, gradientFlags } from './probe-gradients.ts';
import { longerAttackFlags, type Standing, walkFarther } from './probe-longer-attack.ts';
import { probeOutputs } from './probe-outputs.ts';

/** Images looked at for what shows on any: outputs that are random, probabilities, ... */
const OUTPUTS_PROBED = 32;

/** Images whose gradient is looked at. */
const GRADIENTS_PROBED = 100;

/** Standing examples that a longer attack is tried on. */
const LONGER_PROBED = 64;

/** Steps of the longer attack's reference where no attack of the evaluation says how many it takes. */
const USUAL_STEPS = 20;

/** What a probe saw, and how long it looked. */
export type Probed = { readonly flags: readonly Flag[]; readonly seconds: number };

/** Looks at images, radius, outputs and gradients before the attacks. */
export async function probeBefore(
  run: EvaluationRun,
  data: ExaminedData,
  examples: readonly ExampleState[],
): Promise<Probed> {
  const { plan } = run;
  return probe(run, 'checks before the attacks', async () => [
    ...boundsFlags(data, examples.length),
    ...(plan.threat ? epsilonFlags(plan.threat, data.sample, data.labels) : []),
    ...(
      await onBatches(run, examples.slice(0, Math.min(OUTPUTS_PROBED, plan.batchSize)), (batch) =>
        probeOutputs(plan.classifier, batch),
      )
    ).flat(),
    ...(plan.threat ? await gradients(run, standingOf(examples).slice(0, GRADIENTS_PROBED)) : []),
  ]);
}

/** Tries, after the attacks, whether more steps would have broken more. */
export async function probeAfter(run: EvaluationRun, examples: readonly ExampleState[]): Promise<Probed> {
  const { classifier, threat, attacks, signal } = run.plan;
  const done = examples.flatMap((example) => example.attacks);
  const climbing = new Set(done.filter(({ gradientCalls }) => gradientCalls > 0).map(({ attack }) => attack));
  const standing = standingOf(examples).slice(0, LONGER_PROBED);
  if (!threat || climbing.size === 0 || standing.length === 0) return { flags: [], seconds: 0 };
  const ran = attacks.filter(({ name }) => climbing.has(name));
  const steps = Math.max(...ran.map(({ settings }) => stepsOf(settings)));
  const rng = run.rng.split('longer attack');
  return probe(run, 'checks after the attacks', async () => {
    const walks: Standing[][] = await onBatches(run, standing, (batch, indices) => {
      const streams = Array.from(indices, (index) => rng.split(`example ${index}`));
      return walkFarther(classifier, batch, { threat, steps, streams, signal });
    });
    return longerAttackFlags(walks, standing.length);
  });
}

function stepsOf({ steps, iterations }: JsonObject): number {
  const found = steps ?? iterations;
  return typeof found === 'number' ? found : USUAL_STEPS;
}

async function gradients(run: EvaluationRun, standing: readonly ExampleState[]): Promise<Flag[]> {
  if (standing.length === 0) return [];
  const { classifier } = run.plan;
  const counts: (GradientCount | string)[] = await onBatches(run, standing, (batch) =>
    countGradients(classifier, batch),
  );
  return gradientFlags(counts);
}

function boundsFlags({ outside }: ExaminedData, total: number): Flag[] {
  if (outside.examples === 0) return [];
  const seen = `${outside.examples} of ${total} images; the values reach from ${outside.lowest} to ${outside.highest}.`;
  return [flag('inputs-outside-bounds', seen, outside)];
}

/** Does the probe once: its flags are written down like a batch. */
async function probe(run: EvaluationRun, label: string, look: () => Promise<Flag[]>): Promise<Probed> {
  const { values } = await run.journal.step(label, async () => {
    const begun = performance.now();
    const flags = await look();
    return { values: { flags, seconds: (performance.now() - begun) / 1000 }, arrays: new Map() };
  });
  return values as unknown as Probed; // JSON of this very shape, as written above
}

async function onBatches<T>(
  { plan }: EvaluationRun,
  examples: readonly ExampleState[],
  look: (batch: ReturnType<typeof plan.dataset.batch>, indices: Int32Array) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < examples.length; start += plan.batchSize) {
    plan.signal?.throwIfAborted();
    const indices = Int32Array.from(examples.slice(start, start + plan.batchSize), ({ index }) => index);
    const batch = plan.dataset.batch(indices);
    try {
      found.push(await look(batch, indices));
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }
  return found;
}
