import { type Attack, checkThreat } from '@st/attacks';
import {
  type CheckpointStore,
  type Classifier,
  checkDatasetFits,
  checkKnownOptions,
  checkLabelled,
  checkNumber,
  classifierOf,
  type Dataset,
  InvalidArgumentError,
  type ThreatModel,
  type Where,
} from '@st/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { DistanceOptions } from './measure-distances.ts';
import { type ExampleSelection, type SelectedExamples, selectExamples } from './select-examples.ts';

/** Starts the messages of an evaluation. */
export const WHERE: Where = '[@st/evaluation] evaluateRobustness';

/** Settings of `evaluateRobustness`. */
export type EvaluateRobustnessOptions = ExampleSelection & {
  /** Evaluated in mode `'inference'`. */
  readonly classifier: Classifier | LayersModel;
  readonly dataset: Dataset;
  /** In this order, each on what those before it left standing; all of one threat model. Empty: natural accuracy alone. */
  readonly attacks: readonly Attack[];
  /** Seeds all randomness of the attacks. */
  readonly seed: number;
  /** Images a batch. Default 100. Results do not depend on it, as far as the back end judges an image alike in any company. */
  readonly batchSize?: number;
  /** Robust accuracy at further radii. */
  readonly curve?: CurveOptions;
  /** Looks for the nearest misclassified point of every example, by FAB, for the distribution of their distances. Needs attacks, whose norm it takes. */
  readonly distances?: DistanceOptions;
  /** Shown in the report. */
  readonly modelName?: string;
  /** Versions to add to the report, by package. */
  readonly versions?: { readonly [name: string]: string };
  /** Folder (Node) or store where every finished batch of every attack is written down. Default: nothing is kept. */
  readonly state?: string | CheckpointStore;
  /** Goes on with the evaluation in `state`, or begins it where there is none. Default false: a store with one is refused. */
  readonly resume?: boolean;
  /** Stops between two batches, and between two iterations of an attack. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: EvaluationProgress) => void | Promise<void>;
  /** Called with the adversarial examples of each batch, those read back from `state` included. */
  readonly onFound?: (found: FoundExamples) => void | Promise<void>;
};

/** The radii of a robustness curve and what to attack with at each. */
export type CurveOptions = {
  /** In any order; each once. */
  readonly epsilons: readonly number[];
  /** The attacks at a radius: of that radius, and of the norm of the evaluation. */
  readonly attacksAt: (epsilon: number) => readonly Attack[];
};

/** Where an evaluation stands. */
export type EvaluationProgress = {
  readonly phase: 'natural' | 'attack' | 'distances' | 'curve';
  /** What is at work: an attack's name, `natural images`, ... */
  readonly name: string;
  /** Examples done in this part, out of those that it is run on. */
  readonly done: number;
  readonly total: number;
  /** Examples not yet broken, among all that were right as they are. */
  readonly standing: number;
  /** What is left of this part, from the pace of this process; null before the first batch that it did itself. */
  readonly etaSeconds: number | null;
  /** Parts left after this one. */
  readonly partsLeft: number;
};

/** Adversarial examples of one batch, each checked. */
export type FoundExamples = {
  readonly attack: string;
  /** Radius of the threat model that they were found in. */
  readonly epsilon: number;
  /** Their places in the data set. */
  readonly indices: readonly number[];
  /** Their pixels, one image after the other. */
  readonly images: Float32Array;
};

/** Options with everything settled. */
export type EvaluationPlan = Omit<EvaluateRobustnessOptions, 'curve' | 'classifier'> &
  SelectedExamples & {
    readonly classifier: Classifier;
    readonly threat: ThreatModel | null;
    readonly batchSize: number;
    readonly curve: readonly CurveAttacks[];
  };

/** The attacks at one radius. */
type CurveAttacks = { readonly epsilon: number; readonly attacks: readonly Attack[] };

const KNOWN = [
  ...[
    'classifier',
    'dataset',
    'attacks',
    'seed',
    'batchSize',
    'curve',
    'distances',
    'modelName',
    'versions',
    'state',
    'resume',
  ],
  ...['signal', 'onProgress', 'onFound', 'examples', 'subsetSeed', 'indices'],
];

/** Few enough images for the memory of any attack, enough for speed. */
const BATCH_SIZE = 100;

/**
 * Checks all that can be wrong before anything is computed.
 * @throws {InvalidArgumentError} naming the option and the mend.
 * @throws {ShapeError} if the images do not fit the model.
 */
export function planEvaluation(options: EvaluateRobustnessOptions): EvaluationPlan {
  checkKnownOptions(WHERE, options, KNOWN);
  const { dataset, attacks, curve, batchSize = BATCH_SIZE, seed } = options;
  const classifier = classifierOf(options.classifier);
  checkDatasetFits(WHERE, classifier, dataset);
  checkLabelled(WHERE, dataset, 'Accuracy is counted by labels: evaluate on labelled images.');
  checkNumber(WHERE, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  const threat = checkAttacks(attacks);
  if (options.distances && !threat) {
    throw new InvalidArgumentError(
      `${WHERE}: distances must come with attacks, whose threat model they are measured in, got none.`,
      { argument: 'distances', received: options.distances },
    );
  }
  return {
    ...options,
    ...selectExamples(WHERE, dataset, options),
    classifier,
    threat,
    batchSize,
    curve: curve ? planCurve(curve, threat) : [],
  };
}

/** The one threat model of the attacks; null without attacks. */
function checkAttacks(attacks: readonly Attack[]): ThreatModel | null {
  const names = new Set<string>();
  let threat: ThreatModel | null = null;
  for (const attack of attacks) {
    const { norm, epsilon } = checkThreat(WHERE, attack.threat);
    if (names.has(attack.name)) {
      throw new InvalidArgumentError(
        `${WHERE}: attacks must have different names, got two called '${attack.name}'. Leave one out; they would draw the same random numbers.`,
        { argument: 'attacks', received: attack.name },
      );
    }
    names.add(attack.name);
    if (threat && (threat.norm !== norm || threat.epsilon !== epsilon)) {
      throw new InvalidArgumentError(
        `${WHERE}: attacks must share one threat model, got ${threat.norm} ${threat.epsilon} and, for '${attack.name}', ${norm} ${epsilon}. Evaluate each threat model by itself.`,
        { argument: 'attacks', received: attack.threat },
      );
    }
    threat ??= attack.threat;
  }
  return threat;
}

function planCurve({ epsilons, attacksAt }: CurveOptions, threat: ThreatModel | null): readonly CurveAttacks[] {
  const sorted = [...new Set(epsilons)].sort((a, b) => a - b);
  return sorted.map((epsilon) => {
    // the evaluation itself is the point of its own radius
    const attacks = epsilon === threat?.epsilon ? [] : attacksAt(epsilon);
    const found = checkAttacks(attacks);
    if (!found || (found.epsilon === epsilon && found.norm === (threat?.norm ?? found.norm)))
      return { epsilon, attacks };
    throw new InvalidArgumentError(
      `${WHERE}: curve: the attacks at epsilon ${epsilon} must be of that radius and norm, got ${found.norm} ${found.epsilon}.`,
      { argument: 'curve', received: found.epsilon },
    );
  });
}
