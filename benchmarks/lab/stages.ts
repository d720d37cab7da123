import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@st/core/kit';
import type { RobustnessReport } from '@st/evaluation';

import { readMetrics } from '../../apps/train/metrics-log.ts';
import type { Environment, Evaluation, TrainingSummary } from '../../apps/train/report/report-data.ts';
import { runFolder } from '../../apps/train/run-folder.ts';
import { trainingFlags } from './experiment.ts';
import { originOf, recordCommit } from './origin.ts';
import type { Task } from './plan.ts';
import type {
  AutoAttackResult,
  MeasuredCost,
  MeasuredLosses,
  Origin,
  ResultOf,
  Stage,
  TrainingResult,
} from './results.ts';
import { type ChildOptions, runChild } from './run-child.ts';

export type StageOptions = Omit<ChildOptions, 'log'> & {
  /** The folder of the experiment's state: its run, and what the measurements have so far. */
  readonly folder: string;
};

/** Runs a stage to its end, from where it was interrupted if it was. */
export const RUN: { readonly [S in Stage]: (task: Task, options: StageOptions) => Promise<ResultOf[S]> } = {
  training: train,
  autoattack: attack,
  collaborative: (_, options) => measure<MeasuredLosses>('collaborative', options),
  cost: (_, options) => measure<MeasuredCost>('cost', options),
};

/** What is written into `results.json` of a run. */
type RunResults = {
  readonly evaluation: Evaluation;
  readonly training: TrainingSummary;
  readonly environment: Environment;
};

async function train({ experiment }: Task, { folder, ...child }: StageOptions): Promise<TrainingResult> {
  const run = runFolder(join(folder, 'run'));
  await recordCommit(folder);
  const args = existsSync(run.config) ? ['--resume', run.path] : [...trainingFlags(experiment), '--out', run.path];
  if (!existsSync(run.results))
    await runChild('apps/train/main.ts', args, { ...child, log: join(folder, 'training.log') });
  const { evaluation, training, environment } = read<RunResults>(run.results);
  const validations = readMetrics(run.metrics).metrics.filter((entry) => entry.kind === 'validation');
  const correct = evaluation.attacks.map((result) => [result.name, result.correct] as const);
  return {
    experiment,
    ...originOf(folder, environment.backend),
    steps: training.steps,
    seconds: training.seconds,
    imagesPerSecond: (training.steps * BATCH) / training.seconds,
    parameters: training.parameters,
    bestStep: training.bestStep,
    validations: validations.map(({ step, examples, naturalCorrect, robustCorrect }) => {
      return { step, examples, natural: naturalCorrect, robust: robustCorrect };
    }),
    test: { examples: evaluation.examples, correct: Object.fromEntries(correct) },
  };
}

/** Images of a training step. The last one of an epoch has fewer. */
const BATCH = 128;

async function attack(_: Task, { folder, ...child }: StageOptions): Promise<AutoAttackResult> {
  const out = join(folder, 'autoattack');
  const run = join(folder, 'run');
  const options = { ...child, log: join(folder, 'autoattack.log') };
  await recordCommit(out);
  const started = existsSync(join(out, 'settings.json'));
  const args = ['--checkpoint', run, '--attack', 'autoattack', '--examples', '1000', '--out', out];
  const reportFile = join(out, 'report.json');
  if (!existsSync(reportFile))
    await runChild('apps/evaluate/main.ts', started ? ['--resume', '--out', out] : args, options);
  await runChild(
    'apps/evaluate/verify.ts',
    ['--checkpoint', run, '--file', join(out, 'adversarial.safetensors')],
    options,
  );
  const report = read<RobustnessReport>(reportFile);
  const { natural, robust, flags, timing, autoAttack } = report;
  return {
    ...originOf(out, report.backend),
    version: autoAttack,
    examples: natural.total,
    natural: natural.correct,
    robust: robust.correct,
    outcomes: report.examples.map(({ outcome }) => LETTERS[outcome]).join(''),
    flags: flags.map(({ code }) => code),
    seconds: timing.total,
    verified: true, // verify has thrown otherwise
  };
}

const LETTERS: Readonly<Record<RobustnessReport['examples'][number]['outcome'], string>> = {
  misclassified: 'w',
  broken: 'b',
  robust: 'r',
};

/** Runs measure.ts on the trained model. */
async function measure<M>(what: Stage, { folder, ...child }: StageOptions): Promise<Origin & M> {
  const out = join(folder, `${what}.json`);
  await recordCommit(folder);
  const args = ['--what', what, '--checkpoint', join(folder, 'run'), '--out', out];
  await runChild('benchmarks/lab/measure.ts', args, { ...child, log: join(folder, `${what}.log`) });
  const measured = read<M & { readonly backend: string }>(out);
  return { ...originOf(folder, measured.backend), ...measured };
}

function read<T>(file: string): T {
  return readJson(file, readFileSync(file, 'utf8')) as T;
}
