import type { Attack, FabDistancesOptions } from '@st/attacks';
import { type CheckpointStore, type Classifier, type Dataset, InvalidArgumentError, type ThreatModel } from '@st/core';
import { checkDatasetFits, checkKinds, checkKnownOptions, checkLabeled, checkNumber, type Where } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkedDataset, checkOwnDataset } from './checked-dataset.ts';
import { evaluatedClassifier } from './evaluated-classifier.ts';
import { type CurveAttacks, type CurveOptions, planCurve } from './plan-curve.ts';
import { MOST_PASSES } from './predict.ts';
import type { FindingPhase } from './report/robustness-report.ts';
import { type ExampleSelection, type SelectedExamples, selectExamples } from './select-examples.ts';
import { sharedThreat } from './shared-threat.ts';

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
  /**
   * Forward passes that decide the class of an image where the model's outputs are random (dropout at test time, noise layers): the class
   * that more than half of them give. At most 10 000, default 51. A model whose outputs are not random takes one.
   */
  readonly passes?: number;
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

/** How the nearest misclassified points are looked for; the radius is that of the evaluation. */
export type DistanceOptions = Omit<FabDistancesOptions, 'threat'>;

/** Where an evaluation stands. */
export type EvaluationProgress = {
  readonly phase: 'natural' | FindingPhase;
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
  /** Which part of the run found them. */
  readonly phase: FindingPhase;
  readonly attack: string;
  /** Radius that they lie in: that of the attack; infinite for `distances`; its own norm for a point that an attack found outside its ball. */
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
    readonly passes: number;
    readonly curve: readonly CurveAttacks[];
  };

const KNOWN = [
  ...[
    'classifier',
    'dataset',
    'attacks',
    'seed',
    'batchSize',
    'passes',
    'curve',
    'distances',
    'modelName',
    'versions',
    'state',
    'resume',
  ],
  ...['signal', 'onProgress', 'onFound', 'examples', 'subsetSeed', 'indices'],
];

const OPTION_KINDS = {
  distances: 'options',
  curve: 'options',
  versions: 'options',
  modelName: 'text',
  state: 'store',
  resume: 'switch',
  signal: 'signal',
  onProgress: 'function',
  onFound: 'function',
  indices: 'numbers',
  subsetSeed: 'number',
} as const;

/** Odd, so that one of two classes wins. By chance the wrong one does so in 1 of 1000 images that 71 % of passes get right. */
const PASSES = 51;

/** Few enough images for the memory of any attack, enough for speed. */
const BATCH_SIZE = 100;

/**
 * Checks all that can be wrong before anything is computed.
 * @throws {InvalidArgumentError} naming the option and the mend.
 * @throws {ShapeError} if the images do not fit the model.
 */
export function planEvaluation(options: EvaluateRobustnessOptions): EvaluationPlan {
  checkKnownOptions(WHERE, options, KNOWN);
  checkKinds(WHERE, options, OPTION_KINDS);
  const { dataset, attacks, curve, batchSize = BATCH_SIZE, passes = PASSES, seed } = options;
  const classifier = evaluatedClassifier(WHERE, options.classifier);
  checkOwnDataset(WHERE, dataset);
  checkDatasetFits(WHERE, classifier, dataset);
  checkLabeled(WHERE, dataset, 'Accuracy needs labels: evaluate on labeled images.');
  checkNumber(WHERE, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  checkNumber(WHERE, 'passes', passes, { min: 1, max: MOST_PASSES, integer: true });
  const threat = sharedThreat(WHERE, attacks);
  const planned = curve ? planCurve(WHERE, curve, { threat, imageShape: dataset.imageShape }) : [];
  // a classifier whose images may be of any size meets those of the set
  const target = { classes: classifier.classes, imageShape: dataset.imageShape };
  for (const attack of [...attacks, ...planned.flatMap((point) => point.attacks)]) attack.check?.(target);
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
    dataset: checkedDataset(WHERE, dataset),
    threat,
    batchSize,
    passes,
    curve: planned,
  };
}
