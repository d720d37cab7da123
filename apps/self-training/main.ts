// Robust self-training on CIFAR-10: trains a teacher on labeled images, labels other images with it, and trains a robust classifier on both.
// Run: node scripts/run-typescript.mjs apps/self-training/main.ts --help
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CIFAR10_LINF, naturalTraining, PGD_20, pgdSearch } from '@st/attacks';
import { useBackend } from '@st/backend';
import { asClassifier, type Classifier, type Dataset, evaluate, type Objective } from '@st/core';
import { cifar10, holdOut, semiSupervised } from '@st/data';
import { resnet18 } from '@st/models';

import { INTERRUPTED, watchInterruption } from '../command-line/interruption.ts';
import { createProgress, type Progress } from '../command-line/progress.ts';
import { reportError } from '../command-line/report-error.ts';
import { parseRstCommand, type RstSettings } from './command-line.ts';
import { type ResultRow, resultTable } from './result-table.ts';
import { labelByTeacher, loadSecondImages, teacherLabels, withAugmentation } from './second-set.ts';
import { robustObjective, trainStage } from './train-stage.ts';

async function main(args: readonly string[]): Promise<number> {
  const settings = parseRstCommand(args);
  if ('help' in settings) {
    process.stdout.write(settings.help);
    return 0;
  }
  const progress = createProgress(process.stdout);
  const interruption = watchInterruption(() => progress.say('Stopping after this step; Ctrl-C again quits at once.'));
  try {
    const { line } = await useBackend(settings.backend);
    progress.say(line);
    if (settings.out !== undefined) mkdirSync(settings.out, { recursive: true });
    const rows = await run(settings, progress, interruption.signal);
    progress.clear();
    progress.say(resultTable(rows, settings.evalExamples));
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    progress.clear();
    progress.say(settings.out === undefined ? 'Stopped.' : 'Stopped. Run the same command to resume.');
    return INTERRUPTED;
  } finally {
    interruption.release();
    progress.clear();
  }
}

async function run(settings: RstSettings, progress: Progress, signal: AbortSignal): Promise<ResultRow[]> {
  const { seed, labelled: wanted, labelledFraction, widths, epochs, method, out } = settings;
  const data = await cifar10({
    ...{ validation: 0, seed, augment: [] },
    ...(settings.dataDir === undefined ? {} : { dir: settings.dataDir }),
  });
  const { rest, held: labeled } = holdOut(data.train, { validation: wanted, seed });
  const images = await loadSecondImages(settings, rest);
  const rows: ResultRow[] = [];

  /** Trains a new network, evaluates it, and passes it to `use` before it is disposed. */
  async function stage<T>(
    name: string,
    title: string,
    plan: { readonly train: Dataset; readonly objective: Objective; readonly epochs: number },
    use: (classifier: Classifier) => Promise<T>,
  ): Promise<T> {
    const model = resnet18({ classes: 10, widths, seed });
    try {
      const classifier = asClassifier(model);
      await trainStage({ name, classifier, settings, progress, signal, ...plan });
      const search = pgdSearch({ threat: CIFAR10_LINF, ...PGD_20 });
      const evaluation = await evaluate(classifier, data.test, {
        ...{ search, examples: settings.evalExamples, batchSize: settings.batchSize, seed, signal },
        onProgress: (_evaluation, done) =>
          progress.show({ task: `${name}, PGD-20`, done, total: settings.evalExamples, unit: 'image' }),
      });
      rows.push({ name: title, evaluation });
      return await use(classifier);
    } finally {
      model.dispose();
    }
  }

  const train = withAugmentation(labeled);
  const noFollowUp = async (): Promise<void> => undefined;
  const second = teacherLabels(settings)
    ? await stage(
        'teacher',
        `natural training on ${labeled.size} labeled`,
        { train, objective: naturalTraining(), epochs: settings.teacherEpochs },
        (teacher) => {
          const file = out === undefined ? undefined : join(out, 'pseudo-labels.safetensors');
          return labelByTeacher(teacher, images, settings, { file, progress, signal });
        },
      )
    : images;
  const objective = robustObjective(settings);
  if (settings.baseline) {
    const plan = { train, objective, epochs: Math.round(epochs / labelledFraction) };
    await stage('baseline', `${method} on ${labeled.size} labeled`, plan, noFollowUp);
  }
  const mix = semiSupervised(train, withAugmentation(second), { labeledFraction: labelledFraction });
  await stage('student', `${method} self-training, ${second.size} more`, { train: mix, objective, epochs }, noFollowUp);
  return rows;
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
