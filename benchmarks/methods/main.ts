// `npm run methods`: trains every method with the same small budget on CIFAR-10, for several seeds; prints mean and deviation of the accuracies.
// Each outcome is saved to a JSON file when it is ready; a run that was stopped computes only the missing ones.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { BACKENDS, type BackendName, useBackend } from '@st/backend';
import { writeFileDurably } from '@st/core/node';

import { METHODS } from './methods.ts';
import { type Outcome, summaryTable } from './summary.ts';
import { type Budget, trainAndEvaluate } from './train-and-evaluate.ts';

const USAGE = `npm run methods -- [options]
  --json FILE      outcomes, one per entry; those it already holds are not computed again (methods.json)
  --seeds N        training runs of each method, with seeds 1 to N (3)
  --steps N        updates per training run (800)
  --batch N        images per update (32)
  --examples N     test images (1000)
  --backend NAME   auto, ${BACKENDS.join(', ')} (auto)

${Object.keys(METHODS).join(', ')}: WRN-10-1, epsilon 8/255, 3 inner steps of 4/255.`;

const { values } = parseArgs({
  options: {
    json: { type: 'string', default: 'methods.json' },
    seeds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '800' },
    batch: { type: 'string', default: '32' },
    examples: { type: 'string', default: '1000' },
    backend: { type: 'string', default: 'auto' },
    help: { type: 'boolean', default: false },
  },
});

/** The content of the file. */
type Comparison = { readonly budget: Budget; readonly backend: string; readonly outcomes: readonly Outcome[] };

if (values.help) console.log(USAGE);
else await compare();

async function compare(): Promise<void> {
  const budget = { steps: count('steps'), batchSize: count('batch'), examples: count('examples') };
  const { name: backend, line } = await useBackend(backendAsked());
  console.log(line);
  let comparison = resumed({ budget, backend, outcomes: [] });
  for (let seed = 1; seed <= count('seeds'); seed++) {
    for (const [method, build] of Object.entries(METHODS)) {
      if (comparison.outcomes.some((outcome) => outcome.method === method && outcome.seed === seed)) continue;
      const started = performance.now();
      const accuracies = await trainAndEvaluate(build(), seed, budget);
      const outcome = { method, seed, ...accuracies, seconds: (performance.now() - started) / 1000 };
      comparison = { ...comparison, outcomes: [...comparison.outcomes, outcome] };
      await save(comparison);
      console.log(describe(outcome));
    }
  }
  console.log(`\n${summaryTable(comparison.outcomes)}`);
}

/** The outcomes of an earlier run with the same budget. */
function resumed(fresh: Comparison): Comparison {
  if (!existsSync(values.json)) return fresh;
  const found = JSON.parse(readFileSync(values.json, 'utf8')) as Comparison;
  const same = JSON.stringify([found.budget, found.backend]) === JSON.stringify([fresh.budget, fresh.backend]);
  if (same) return found;
  throw new Error(
    `${values.json} holds a comparison with another budget or back end: ${JSON.stringify(found.budget)} on ${found.backend}. Choose another --json.`,
  );
}

async function save(comparison: Comparison): Promise<void> {
  await writeFileDurably(values.json, `${JSON.stringify(comparison, null, 2)}\n`);
}

function describe({ method, seed, natural, robust, seconds }: Outcome): string {
  return `${method}, seed ${seed}: ${natural.correct} natural, ${robust.correct} under PGD-20, of ${natural.total}; ${seconds.toFixed(0)} s`;
}

function count(name: 'seeds' | 'steps' | 'batch' | 'examples'): number {
  if (/^[1-9]\d*$/.test(values[name])) return Number(values[name]);
  throw new Error(`--${name} must be a whole number of at least 1, got '${values[name]}'.`);
}

function backendAsked(): 'auto' | BackendName {
  const known = (['auto', ...BACKENDS] as const).find((name) => name === values.backend);
  if (known !== undefined) return known;
  throw new Error(`Unknown back end '${values.backend}': use auto, ${BACKENDS.join(', ')}.`);
}
