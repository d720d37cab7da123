// `npm run bench:autoattack -- --checkpoint RUN_OR_FILE`: the cost of the complete standard AutoAttack on a trained network, per attack.
import { availableParallelism } from 'node:os';
import { autoAttack, linf } from '@st/attacks';
import { BACKENDS, type BackendName, useBackend } from '@st/backend';
import { writeFileDurably } from '@st/core/node';
import { cifar10 } from '@st/data';
import { type EvaluateRobustnessOptions, evaluateRobustness } from '@st/evaluation';
import { Command, Option } from 'commander';

import { numberIn } from '../../apps/command-line/parse-number.ts';
import { createProgress } from '../../apps/command-line/progress.ts';
import { progressState } from '../../apps/command-line/progress-state.ts';
import { reportError } from '../../apps/command-line/report-error.ts';
import { loadModel } from '../../apps/evaluate/load-model.ts';
import { type NormalizationName, normalizationOption } from '../../apps/evaluate/normalization-option.ts';
import { attackCosts, costTable } from './attack-costs.ts';

type Options = {
  readonly checkpoint: string;
  readonly normalization?: NormalizationName;
  readonly examples: number;
  readonly batch: number;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
  readonly state?: string;
  readonly json?: string;
};

async function main(args: readonly string[]): Promise<number> {
  const { checkpoint, normalization = null, examples, batch: batchSize, seed, backend: asked, ...files } = parse(args);
  const progress = createProgress(process.stdout);
  const { name: backend, line } = await useBackend(asked);
  const model = await loadModel(checkpoint, { normalization });
  try {
    progress.say(`${model.line}; ${line}`);
    const { classifier } = model;
    const { name, attacks } = autoAttack({ threat: linf(8 / 255), classes: classifier.classes });
    const { test } = await cifar10({ augment: [] });
    const report = await evaluateRobustness({
      ...{ classifier, dataset: test, attacks, examples, batchSize, seed },
      ...stateIn(files.state),
      onProgress: (at) => progress.show(progressState(at)),
    });
    progress.clear();
    const costs = attackCosts(report);
    const setting = { name, checkpoint: model.line, examples, batch: batchSize, seed, backend };
    progress.say(
      `\n${name}, ${examples} images, batches of ${batchSize}, seed ${seed}, ${availableParallelism()} cores\n`,
    );
    progress.say(costTable(costs));
    progress.say(`Natural accuracy ${(100 * report.natural.accuracy).toFixed(1)} %; ${report.flags.length} flags`);
    if (files.json !== undefined) {
      const flags = report.flags.map(({ code }) => code);
      const outcomes = report.examples.map(({ index, outcome, brokenBy }) => ({ index, outcome, brokenBy }));
      await writeFileDurably(files.json, `${JSON.stringify({ ...setting, ...costs, flags, outcomes }, null, 2)}\n`);
    }
    return 0;
  } finally {
    progress.clear();
    model.dispose();
  }
}

/** An interrupted benchmark resumes from its state folder. */
function stateIn(state: string | undefined): Pick<EvaluateRobustnessOptions, 'state' | 'resume'> {
  return state === undefined ? {} : { state, resume: true };
}

function parse(args: readonly string[]): Options {
  const whole = numberIn({ min: 0, integer: true });
  const positive = numberIn({ min: 1, integer: true });
  return new Command('npm run bench:autoattack --')
    .description(
      'Measures the cost of the complete standard AutoAttack, l-infinity 8/255, on CIFAR-10 test images, per attack.',
    )
    .requiredOption('--checkpoint <path>', 'folder of a run of npm start, or a weight file')
    .addOption(normalizationOption())
    .option('--examples <n>', 'number of test images, from the first', positive, 200)
    .option('--batch <n>', 'images per batch', positive, 100)
    .option('--seed <n>', 'seed of the attacks', whole, 0)
    .addOption(new Option('--backend <name>', 'TensorFlow.js back end').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--state <folder>', 'folder that stores every finished batch; a later run resumes from it')
    .option('--json <file>', 'write the costs and the outcome of every image')
    .parse([...args], { from: 'user' })
    .opts<Options>();
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
