import type { Attack } from '@st/attacks';
import type { Classifier } from '@st/core';
import type { ImageDataset } from '@st/data';
import {
  type EvaluateRobustnessOptions,
  evaluateRobustness,
  type FoundExamples,
  type RobustnessReport,
} from '@st/evaluation';

import type { Progress } from '../command-line/progress.ts';
import { progressState } from '../command-line/progress-state.ts';
import type { Environment } from '../train/report/report-data.ts';
import { buildAttacks, threatOf } from './attack-names.ts';
import type { EvaluationSettings } from './command-line.ts';
import type { LoadedModel } from './load-model.ts';
import type { OutputFolder } from './output-folder.ts';

/** The attacks of an evaluation and of its curve. */
export type PlannedAttacks = Pick<EvaluateRobustnessOptions, 'attacks' | 'curve'>;

/**
 * Builds every attack that the settings name, so that invalid settings are refused before anything is written.
 * @throws {StError} if an attack does not support the radius or the number of classes.
 */
export function planAttacks(settings: EvaluationSettings, { classes }: Classifier): PlannedAttacks {
  const { norm, epsilon, attack, curve, curveAttack } = settings;
  const at = (names: readonly string[], radius: number): readonly Attack[] =>
    buildAttacks(names, { threat: threatOf(norm, radius), classes });
  const further = new Map(curve.map((radius) => [radius, at(curveAttack, radius)]));
  const attacks = at(attack, epsilon);
  if (curve.length === 0) return { attacks };
  return { attacks, curve: { epsilons: curve, attacksAt: (radius) => further.get(radius) ?? [] } };
}

export type EvaluationTask = {
  readonly settings: EvaluationSettings;
  readonly attacks: PlannedAttacks;
  readonly folder: OutputFolder;
  readonly model: LoadedModel;
  readonly test: ImageDataset;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Runs the evaluation that the settings describe, or resumes it if its folder holds a part of it. */
export async function runEvaluation(
  task: EvaluationTask,
): Promise<{ report: RobustnessReport; found: readonly FoundExamples[] }> {
  const { settings, attacks, folder, model, test, environment, progress, signal } = task;
  const { subsetSeed, distances, seed, batchSize } = settings;
  const found: FoundExamples[] = [];
  const report = await evaluateRobustness({
    classifier: model.classifier,
    dataset: test,
    ...attacks,
    examples: Math.min(settings.examples, test.size),
    ...(subsetSeed === null ? {} : { subsetSeed }),
    ...(distances && settings.attack.length > 0 ? { distances: {} } : {}),
    seed,
    batchSize,
    modelName: model.name,
    versions: { node: environment.node, ...environment.versions },
    state: folder.state,
    resume: true, // `refuseExistingEvaluation` has refused a folder that holds another evaluation
    signal,
    onProgress: (at) => progress.show(progressState(at)),
    onFound: (some) => void found.push(some),
  });
  return { report, found };
}
