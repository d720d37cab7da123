import type { ImageDataset } from '@st/data';
import { type EvaluationProgress, evaluateRobustness, type FoundExamples, type RobustnessReport } from '@st/evaluation';

import type { Progress } from '../cifar10/progress.ts';
import type { ProgressState } from '../cifar10/progress-line.ts';
import type { Environment } from '../cifar10/report/report-data.ts';
import { buildAttacks, threatOf } from './attack-names.ts';
import type { EvaluationSettings } from './command-line.ts';
import type { LoadedModel } from './load-model.ts';
import type { OutputFolder } from './output-folder.ts';

export type EvaluationTask = {
  readonly settings: EvaluationSettings;
  readonly folder: OutputFolder;
  readonly model: LoadedModel;
  readonly test: ImageDataset;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Runs the evaluation that the settings describe, or goes on with it where its folder holds a part of it. */
export async function runEvaluation(
  task: EvaluationTask,
): Promise<{ report: RobustnessReport; found: readonly FoundExamples[] }> {
  const { settings, folder, model, test, environment, progress, signal } = task;
  const { norm, epsilon, attack, curve, curveAttack, subsetSeed, seed, batchSize } = settings;
  const found: FoundExamples[] = [];
  const attacksAt = (names: readonly string[], radius: number) =>
    buildAttacks(names, { threat: threatOf(norm, radius), classes: model.classifier.classes });
  const report = await evaluateRobustness({
    classifier: model.classifier,
    dataset: test,
    attacks: attacksAt(attack, epsilon),
    examples: Math.min(settings.examples, test.size),
    ...(subsetSeed === null ? {} : { subsetSeed }),
    ...(curve.length > 0 ? { curve: { epsilons: curve, attacksAt: (radius) => attacksAt(curveAttack, radius) } } : {}),
    seed,
    batchSize,
    modelName: model.name,
    versions: { node: environment.node, ...environment.versions },
    state: folder.state,
    resume: true, // the folder itself was refused if it held another one
    signal,
    onProgress: (at) => progress.show(stateOf(at)),
    onFound: (some) => void found.push(some),
  });
  return { report, found };
}

function stateOf({ name, done, total, standing, etaSeconds, partsLeft }: EvaluationProgress): ProgressState {
  return {
    task: name,
    unit: 'image',
    done,
    total,
    values: { standing, 'parts left after this': partsLeft },
    ...(etaSeconds === null ? {} : { etaSeconds }),
  };
}
