import { asClassifier, loadCheckpoint } from '@st/core';
import { writeFileDurably } from '@st/core/node';
import type { Cifar10 } from '@st/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describeEnvironment } from '../command-line/environment.ts';
import type { Progress } from '../command-line/progress.ts';
import { trainBaseline } from './baseline.ts';
import { buildModel } from './build-model.ts';
import type { Configuration } from './configuration.ts';
import { evaluateFinally } from './final-evaluation.ts';
import { collectGallery } from './gallery.ts';
import { traceLandscape } from './landscape.ts';
import type { Metrics, TrainingMetrics } from './metrics.ts';
import { readMetrics } from './metrics-log.ts';
import { renderReport } from './report/render-report.ts';
import type { Landscape, ReportData, TrainingSummary } from './report/report-data.ts';
import type { RunFolder } from './run-folder.ts';

/** A run whose training has ended. */
export type FinishedRun = {
  readonly configuration: Configuration;
  readonly folder: RunFolder;
  readonly model: LayersModel;
  readonly data: Cifar10;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/**
 * Evaluates the best checkpoint of a finished run on the test images; writes `results.json` and `report.html`.
 * @throws `signal.reason` if the signal is aborted.
 */
export async function writeReport(run: FinishedRun): Promise<ReportData> {
  const { configuration, folder, model, data, progress, signal } = run;
  const classifier = asClassifier(model);
  const { epoch, step } = await loadCheckpoint(model, folder.path, 'best');
  const { metrics } = readMetrics(folder.metrics);
  const evaluation = await evaluateFinally(classifier, data.test, {
    configuration,
    signal,
    onProgress: (attack, done, total) => progress.show({ task: `testing ${attack}`, unit: 'image', done, total }),
  });
  const gallery = await collectGallery(classifier, data.test, configuration);
  const landscapes = await traceLandscapes(run);
  const replays = configuration.method === 'free' ? configuration.replays : 1;
  const stepsPerEpoch = replays * Math.ceil(data.train.size / configuration.batchSize);
  const report: ReportData = {
    configuration,
    environment: describeEnvironment(configuration.backend),
    training: summarize(metrics, run, (epoch - 1) * stepsPerEpoch + step),
    metrics,
    evaluation,
    gallery,
    landscapes,
  };
  const { environment, training } = report;
  await writeFileDurably(
    folder.results,
    `${JSON.stringify({ evaluation, training, environment, landscapes }, null, 2)}\n`,
  );
  await writeFileDurably(folder.report, renderReport(report));
  return report;
}

async function traceLandscapes({ configuration, model, data, progress, signal }: FinishedRun): Promise<Landscape[]> {
  const total = configuration.pathExamples;
  const trace = (of: LayersModel, name: string): Promise<Landscape> =>
    traceLandscape(asClassifier(of), data.test, {
      name,
      configuration,
      onProgress: (done) => {
        signal.throwIfAborted();
        progress.show({ task: `landscape, ${name}`, unit: 'image', done, total });
      },
    });
  const trained = await trace(model, 'this model');
  if (configuration.baselineSteps === 0 || configuration.method === 'natural') return [trained];
  const baseline = buildModel(configuration);
  try {
    await trainBaseline(asClassifier(baseline), { configuration, train: data.train, progress, signal });
    return [trained, await trace(baseline, `naturally trained, ${configuration.baselineSteps} steps`)];
  } finally {
    baseline.dispose();
  }
}

function summarize(
  metrics: readonly Metrics[],
  { configuration, data, model }: FinishedRun,
  bestStep: number,
): TrainingSummary {
  const steps = metrics.filter((line): line is TrainingMetrics => line.kind === 'step');
  return {
    steps: steps.length,
    seconds: steps.reduce((sum, { imagesPerSecond }) => sum + configuration.batchSize / imagesPerSecond, 0),
    trainExamples: data.train.size,
    validationExamples: data.validation.size,
    parameters: asClassifier(model).parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    bestStep,
    bestBy: configuration.bestBy ?? (configuration.method === 'natural' ? 'natural' : 'robust'),
  };
}
