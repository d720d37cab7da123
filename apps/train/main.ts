// Trains a robust classifier on CIFAR-10 and writes a report of it: `npm start -- --help`.
import { useBackend } from '@st/backend';
import { asClassifier, StError } from '@st/core';
import { lockFolder } from '@st/core/node';
import { type Cifar10, cifar10, take } from '@st/data';
import { claimFolder, removeIfEmpty } from '../command-line/claim-folder.ts';
import { INTERRUPTED, watchInterruption } from '../command-line/interruption.ts';
import { createProgress, type Progress } from '../command-line/progress.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { percent } from '../report/percent.ts';
import { imageAugmentations } from './augmentation.ts';
import { buildModel } from './build-model.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import type { Configuration } from './configuration.ts';
import { checkResumable, resolveConfiguration } from './resolve-configuration.ts';
import { defaultRunPath, type RunFolder, readRun, refuseExistingRun, runFolder, startRun } from './run-folder.ts';
import { trainRun } from './train.ts';
import { writeReport } from './write-report.ts';

/** Exit code of a command that cannot be run as given. */
const UNUSABLE = 2;
/** Exit code after an error of the program. */
const DEFECT = 1;

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  if ('help' in command) {
    process.stdout.write(command.help);
    return 0;
  }
  const progress = createProgress(process.stdout);
  const { folder, configuration } = await prepare(command, progress);
  const resume = resumeCommand(folder, command);
  const interruption = watchInterruption(() =>
    progress.say('Stopping after this step; Ctrl-C again quits at once and loses the steps since the last checkpoint.'),
  );
  const lock = await lockFolder('npm start', folder.path, 'run');
  try {
    return await run({ command, folder, configuration, progress, signal: interruption.signal });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    progress.clear();
    progress.say(`Stopped. To resume: ${resume}`);
    return INTERRUPTED;
  } finally {
    await lock.release();
    if (command.out === undefined) removeIfEmpty(folder.path);
    interruption.release();
    progress.clear();
  }
}

type Run = {
  readonly command: CommandLine;
  readonly folder: RunFolder;
  readonly configuration: Configuration;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

async function run({ command, folder, configuration, progress, signal }: Run): Promise<number> {
  const data = await loadData(configuration, command.dataDir);
  const model = buildModel(configuration);
  try {
    if (!command.resume) {
      refuseExistingRun(folder); // checked again: the folder is now locked
      await startRun(folder, configuration); // written only after every check passed
    }
    const result = await trainRun({
      configuration,
      folder,
      classifier: asClassifier(model),
      ...data,
      progress,
      signal,
    });
    if (result.status === 'interrupted') signal.throwIfAborted();
    const { evaluation } = await writeReport({ configuration, folder, model, data, progress, signal });
    progress.clear();
    for (const { name, correct } of evaluation.attacks) {
      const share = percent(correct, evaluation.examples);
      progress.say(`${name.padEnd(8)} ${share.padStart(7)}  ${correct} of ${evaluation.examples} test images right`);
    }
    progress.say(`Report: ${folder.report}`);
    return 0;
  } finally {
    model.dispose();
  }
}

/** Chooses the back end and resolves the configuration, before anything that takes time. */
async function prepare(
  command: CommandLine,
  progress: Progress,
): Promise<{ folder: RunFolder; configuration: Configuration }> {
  if (command.resume) {
    const folder = runFolder(command.out ?? '');
    const configuration = readRun(folder);
    checkResumable(configuration, command.given);
    const { line } = await useBackend(configuration.backend);
    progress.say(`${line}; ${describe(configuration)}; ${folder.path}`);
    return { folder, configuration };
  }
  if (command.out !== undefined) refuseExistingRun(runFolder(command.out));
  const { name, line } = await useBackend(command.given.backend ?? 'auto');
  const configuration = resolveConfiguration(command, name);
  const folder = runFolder(
    command.out ?? claimFolder(defaultRunPath(configuration.method, configuration.model, new Date())),
  );
  progress.say(`${line}; ${describe(configuration)}; ${folder.path}`);
  return { folder, configuration };
}

async function loadData(configuration: Configuration, dir?: string): Promise<Cifar10> {
  const { validation, seed, trainExamples } = configuration;
  const data = await cifar10({
    validation,
    seed,
    augment: imageAugmentations(configuration),
    ...(dir === undefined ? {} : { dir }),
  });
  return trainExamples === null ? data : { ...data, train: take(data.train, trainExamples) };
}

function describe({ preset, method, model, seed }: Configuration): string {
  return `preset ${preset}, ${method}, ${model}, seed ${seed}`;
}

function resumeCommand({ path }: RunFolder, { dataDir }: CommandLine): string {
  return `npm start -- --resume ${path}${dataDir === undefined ? '' : ` --data-dir ${dataDir}`}`;
}

/** Prints one line for an error that the user can fix, the stack trace for a defect of the program. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof UsageError || error instanceof StError) {
    process.stderr.write(`${error.message}\n`);
    return UNUSABLE;
  }
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    const hint =
      error.code === 'ENOSPC' ? 'The disk is full: free some space, then add --resume.' : 'Check the folder.';
    process.stderr.write(`${error.message}. ${hint}\n`);
    return UNUSABLE;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return DEFECT;
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
