// Evaluates the robustness of a model: `npm run evaluate -- --help`.
import { useBackend } from '@st/backend';
import { checkDatasetFits } from '@st/core/kit';
import { lockFolder } from '@st/core/node';

import { claimFolder, removeIfEmpty } from '../command-line/claim-folder.ts';
import { describeEnvironment } from '../command-line/environment.ts';
import { INTERRUPTED, watchInterruption } from '../command-line/interruption.ts';
import { createProgress, type Progress } from '../command-line/progress.ts';
import { reportError } from '../command-line/report-error.ts';
import {
  completeSettings,
  type EvaluationCommand,
  type EvaluationSettings,
  parseEvaluationCommand,
} from './command-line.ts';
import { loadModel } from './load-model.ts';
import {
  defaultOutputPath,
  type OutputFolder,
  outputFolder,
  readSettings,
  refuseExistingEvaluation,
  startEvaluation,
} from './output-folder.ts';
import { resultLines } from './result-lines.ts';
import { planAttacks, runEvaluation } from './run-evaluation.ts';
import { loadTestSet } from './test-set.ts';
import { writeResults } from './write-results.ts';

async function main(args: readonly string[]): Promise<number> {
  const command = parseEvaluationCommand(args);
  if ('help' in command) {
    process.stdout.write(command.help);
    return 0;
  }
  const { folder, settings } = prepare(command);
  const progress = createProgress(process.stdout);
  const interruption = watchInterruption(() =>
    progress.say('Stopping; Ctrl-C again quits at once. No finished batch is lost.'),
  );
  const lock = await lockFolder('npm run evaluate', folder.path, 'evaluation');
  try {
    await evaluate(settings, folder, { progress, signal: interruption.signal, resume: command.resume });
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    progress.clear();
    progress.say(`Stopped. To resume: npm run evaluate -- --resume --out ${folder.path}`);
    return INTERRUPTED;
  } finally {
    await lock.release();
    if (command.out === undefined) removeIfEmpty(folder.path);
    interruption.release();
    progress.clear();
  }
}

function prepare({ given, out, resume }: EvaluationCommand): { folder: OutputFolder; settings: EvaluationSettings } {
  if (resume) {
    const folder = outputFolder(out ?? '');
    return { folder, settings: completeSettings({ ...readSettings(folder), ...given }) };
  }
  const settings = completeSettings(given);
  const folder = outputFolder(out ?? claimFolder(defaultOutputPath(settings.attack, new Date())));
  refuseExistingEvaluation(folder);
  return { folder, settings };
}

type Surroundings = { readonly progress: Progress; readonly signal: AbortSignal; readonly resume: boolean };

async function evaluate(
  settings: EvaluationSettings,
  folder: OutputFolder,
  { progress, signal, resume }: Surroundings,
): Promise<void> {
  const { name, line } = await useBackend(settings.backend);
  const model = await loadModel(settings.checkpoint, settings);
  try {
    progress.say(`${model.line}; ${line}; ${folder.path}`);
    const test = await loadTestSet(settings, model.classifier);
    const environment = describeEnvironment(name);
    checkDatasetFits('[@st/evaluation] npm run evaluate', model.classifier, test);
    const attacks = planAttacks(settings, model.classifier);
    if (!resume) {
      refuseExistingEvaluation(folder); // checked again: the folder is now locked
      await startEvaluation(folder, { ...settings, backend: name }); // written only after every check passed
    }
    const { report, found } = await runEvaluation({
      settings,
      attacks,
      folder,
      model,
      test,
      environment,
      progress,
      signal,
    });
    await writeResults({ report, found, folder, test, settings, environment });
    progress.clear();
    for (const row of resultLines(report)) progress.say(row);
    progress.say(`\nReport: ${folder.html}`);
  } finally {
    model.dispose();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
