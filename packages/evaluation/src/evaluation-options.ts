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

/** The prefix of error messages. */
export const WHERE: Where = '[@st/evaluation] evaluateRobustness';

/** Settings of `evaluateRobustness`. */
export type EvaluateRobustnessOptions = ExampleSelection & {
  /** Evaluated in mode `'inference'`. */
  readonly classifier: Classifier | LayersModel;
  readonly dataset: Dataset;
  /**
   * Run in this order, each on the examples that the ones before it did not break. All must share one threat model. Empty: natural accuracy
   * only.
   */
  readonly attacks: readonly Attack[];
  /** Seeds all randomness of the attacks. */
  readonly seed: number;
  /** Images per batch. Default 100. It does not change the results if the back end gives an image the same logits in any batch. */
  readonly batchSize?: number;
  /**
   * Forward passes per decision if the model's outputs are random (dropout at test time, noise layers): the predicted class is the one that
   * more than half of them give. At most 10 000, default 51. A deterministic model takes one pass.
   */
  readonly passes?: number;
  /** Robust accuracy at further radii. */
  readonly curve?: CurveOptions;
  /**
   * If given, FAB searches for the nearest misclassified point of every example, and the report holds the distribution of the distances.
   * Needs attacks, because it uses their norm.
   */
  readonly distances?: DistanceOptions;
  /** Shown in the report. */
  readonly modelName?: string;
  /** Further package versions for the report, by package name. */
  readonly versions?: { readonly [name: string]: string };
  /** Folder (Node) or store to which every finished batch is written. Default: nothing is stored. */
  readonly state?: string | CheckpointStore;
  /** Continues the evaluation in `state`, or starts it if there is none. Default false: throws if `state` holds an evaluation. */
  readonly resume?: boolean;
  /** Aborts between two batches, and between two iterations of an attack. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: EvaluationProgress) => void | Promise<void>;
  /** Called with the adversarial examples of each batch, including batches read back from `state`. */
  readonly onFound?: (found: FoundExamples) => void | Promise<void>;
};

/** Options of the search for nearest misclassified points; the threat model is that of the evaluation. */
export type DistanceOptions = Omit<FabDistancesOptions, 'threat'>;

/** The progress of an evaluation. */
export type EvaluationProgress = {
  readonly phase: 'natural' | FindingPhase;
  /** The current part: an attack's name, `natural images`, ... */
  readonly name: string;
  /** Examples done in this part, out of `total`, those that it runs on. */
  readonly done: number;
  readonly total: number;
  /** Examples that are classified correctly and that nothing has broken yet. */
  readonly standing: number;
  /** Estimated seconds left in this part, at the pace of this process; null until this process has computed a batch. */
  readonly etaSeconds: number | null;
  /** Parts that follow this one. */
  readonly partsLeft: number;
};

/** The adversarial examples of one batch; each has been checked. */
export type FoundExamples = {
  /** Which part of the run found them. */
  readonly phase: FindingPhase;
  readonly attack: string;
  /**
   * The radius that they lie within: that of the attack; infinity for `distances`; for a point that an attack found outside its ball, the norm
   * of its perturbation.
   */
  readonly epsilon: number;
  /** Their indices in the data set. */
  readonly indices: readonly number[];
  /** Their pixels, one image after the other. */
  readonly images: Float32Array;
};

/** Checked options with all defaults filled in. */
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

/** Odd, so that one of two classes wins. For an image that 71 % of passes classify correctly, the majority is wrong with probability 1/1000. */
const PASSES = 51;

/** Small enough for the memory of any attack, large enough for speed. */
const BATCH_SIZE = 100;

/**
 * Checks all options before anything is computed, and fills in defaults.
 * @throws {InvalidArgumentError} naming the option and how to correct it.
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
  // a classifier may accept images of any size; here they have the size of the data set's
  const target = { classes: classifier.classes, imageShape: dataset.imageShape };
  for (const attack of [...attacks, ...planned.flatMap((point) => point.attacks)]) attack.check?.(target);
  if (options.distances && !threat) {
    throw new InvalidArgumentError(
      `${WHERE}: distances needs attacks, because it uses their threat model, got no attacks.`,
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
