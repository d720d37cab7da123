// Measures how one model's time grows with threads, batch and search steps, and prints one line of JSON. All points of a series alternate in this one
// process, so that other load on the machine affects them equally.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { useBackend } from '@st/backend';
import { setThreads } from '@st/backend-native';
import { asClassifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { modelNamed } from './model-named.ts';
import type { Measure } from './row.ts';
import type { Series } from './scaling-series.ts';
import { warmUp } from './warm-up.ts';
import { type Workload, workload } from './workload.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'wrn-10-2' },
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    rounds: { type: 'string', default: '2' },
    backend: { type: 'string', default: 'auto' },
  },
});

/** Series of short points take more turns than requested, until they have lasted this long. */
const SERIES_SECONDS = 8;

const { name: backend } = await useBackend(values.backend as Parameters<typeof useBackend>[0]);
const [batch, steps, threads] = [Number(values.batch), Number(values.steps), Number(values.threads)];
const series: Series[] = [];
if (backend === 'native' && threads > 1) {
  series.push(ofThreads('full-gradient'), ofThreads('squeeze-step'));
  setThreads(threads);
}
series.push(ofBatches(), ofSteps('pgd-10'), ofSteps('squeeze-step'));
console.log(JSON.stringify(series));

/** The same work on one thread and on all. */
function ofThreads(measure: Measure): Series {
  const [run] = workloadsOf(measure, [{ batch, steps }]) as [Workload];
  const at = (count: number) => {
    setThreads(count);
    run();
  };
  return { varied: 'threads', measure, batch, points: interleaved([1, threads], at) };
}

function ofBatches(): Series {
  const sizes = [batch / 4, batch / 2, batch, batch * 2].filter(Number.isInteger);
  const runs = workloadsOf(
    'full-gradient',
    sizes.map((size) => ({ batch: size, steps })),
  );
  const points = interleaved(sizes, (_, i) => runs[i]?.());
  return { varied: 'batch', measure: 'full-gradient', batch, points };
}

/** The steps of an attack all cost the same. A step of a squeeze search forwards a third view if some example selects the natural one. */
function ofSteps(measure: Measure): Series {
  const counts = [0.5, 1, 2].map((factor) => Math.max(1, Math.round(steps * factor)));
  const runs = workloadsOf(
    measure,
    counts.map((count) => ({ batch, steps: count })),
  );
  const points = interleaved(counts, (_, i) => runs[i]?.());
  return { varied: 'search steps', measure, batch, points };
}

/** Workloads on a new model; the model of the previous series is freed. */
function workloadsOf(measure: Measure, cases: readonly { batch: number; steps: number }[]): Workload[] {
  warmUp(values.model, measure, steps);
  const classifier = asClassifier(modelNamed(values.model));
  return cases.map(({ batch: size, steps: count }) => workload(classifier, { batch: size, measure }, count));
}

/** Seconds of the fastest turn of each value. */
function interleaved(points: readonly number[], run: (value: number, index: number) => void): Series['points'] {
  const seconds = points.map(() => Number.POSITIVE_INFINITY);
  points.forEach(run); // warm-up: allocates memory and transforms filters
  const enough = performance.now() + SERIES_SECONDS * 1000;
  for (let round = 0; round < Number(values.rounds) || performance.now() < enough; round++) {
    points.forEach((value, i) => {
      const started = performance.now();
      run(value, i);
      seconds[i] = Math.min(seconds[i] ?? Number.POSITIVE_INFINITY, (performance.now() - started) / 1000);
    });
  }
  tf.disposeVariables();
  return points.map((value, i) => ({ value, seconds: seconds[i] ?? Number.NaN }));
}
