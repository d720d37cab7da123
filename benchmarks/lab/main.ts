// `npm run lab`: works through the trainings and measurements of plan.ts, one after the other, at the lowest priority. It can be stopped at any time: a
// training or an evaluation continues from its last checkpoint, and each finished stage is a small file in benchmarks/lab/results, to be committed.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder, writeFileDurably } from '@st/core/node';
import { Command } from 'commander';

import { INTERRUPTED, watchInterruption } from '../../apps/command-line/interruption.ts';
import { reportError } from '../../apps/command-line/report-error.ts';
import { allTasks, openTasks, type Task } from './plan.ts';
import { renderResults } from './report/render-results.ts';
import { type Results, resultsIn } from './results.ts';
import { RUN } from './stages.ts';
import { createStatus } from './status.ts';

const OWN_RESULTS = fileURLToPath(new URL('results', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

type Options = {
  readonly state: string;
  readonly results: string;
  readonly only: string;
  readonly list: boolean;
  readonly report: boolean;
};

async function main(args: readonly string[]): Promise<number> {
  const { state, only, list, report, ...folders } = parse(args);
  const results = resultsIn(folders.results);
  if (list) {
    for (const { name, stage } of allTasks(results)) {
      process.stdout.write(`${results.has(name, stage) ? '✓' : '·'} ${name} ${stage}\n`);
    }
    return 0;
  }
  if (report) {
    await writeReport(results);
    return 0;
  }
  const interruption = watchInterruption(() => process.stdout.write('Stopping after this step.\n'));
  const lock = await lockFolder('npm run lab', state, 'laboratory');
  try {
    await workThrough({ results, state, only, signal: interruption.signal });
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stdout.write('Stopped. To continue: npm run lab\n');
    return INTERRUPTED;
  } finally {
    await lock.release();
    interruption.release();
  }
}

type Work = {
  readonly results: Results;
  readonly state: string;
  readonly only: string;
  readonly signal: AbortSignal;
};

async function workThrough({ results, state, only, signal }: Work): Promise<void> {
  const status = createStatus(process.stdout);
  try {
    for (let task = nextTask(results, only); task !== undefined; task = nextTask(results, only)) {
      const { name, stage } = task;
      const all = allTasks(results);
      const done = all.filter((entry) => results.has(entry.name, entry.stage)).length;
      const label = `${done + 1}/${all.length} ${name} ${stage}`;
      const started = performance.now();
      const result = await RUN[stage](task, {
        folder: join(state, name),
        signal,
        onLine: (line) => status.show(`${label}: ${line}`),
      });
      await results.write(name, stage, result);
      status.say(`${label}: done in ${((performance.now() - started) / 60_000).toFixed(1)} min`);
    }
  } finally {
    status.clear();
  }
}

/** Writes the page of results and its plots. */
async function writeReport(results: Results): Promise<void> {
  const { markdown, plots } = renderResults(results);
  for (const [file, svg] of Object.entries(plots)) await writeFileDurably(join(DOCS, 'results', file), svg);
  await writeFileDurably(join(DOCS, 'results.md'), markdown);
}

/** The plan grows with the results, so the next task is looked up after each. */
function nextTask(results: Results, only: string): Task | undefined {
  return openTasks(results).find(({ name, stage }) => `${name} ${stage}`.includes(only));
}

function parse(args: readonly string[]): Options {
  return new Command('npm run lab --')
    .description('Works through the trainings and measurements behind docs/results.md.')
    .option('--list', 'print every task and whether it is done', false)
    .option('--report', 'write docs/results.md and its plots from the results', false)
    .option('--only <text>', 'only tasks whose name contains this text', '')
    .option('--state <folder>', 'folder of unfinished work; may be lost, which costs the unfinished stage', 'runs/lab')
    .option('--results <folder>', 'folder of the results; an empty one repeats what is done', OWN_RESULTS)
    .parse(args, { from: 'user' })
    .opts<Options>();
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
