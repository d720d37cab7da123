import type { Configuration } from '../configuration.ts';
import type { Metrics } from '../metrics-log.ts';

/** Everything that the report shows, as plain JSON. */
export type ReportData = {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly training: TrainingSummary;
  readonly metrics: readonly Metrics[];
  readonly evaluation: Evaluation;
  readonly gallery: readonly GallerySample[];
  readonly landscapes: readonly Landscape[];
};

/** Where the run took place, as far as it bears on the figures; no paths. */
export type Environment = {
  readonly backend: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** Version by package. */
  readonly versions: { readonly [name: string]: string };
};

export type TrainingSummary = {
  readonly steps: number;
  /** Time spent in training steps by this process and those it resumed, validation apart. */
  readonly seconds: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly parameters: number;
  /** The step whose weights were evaluated: the best on the validation images. */
  readonly bestStep: number;
  /** The accuracy there that they are best by. */
  readonly bestBy: 'natural' | 'robust';
};

/** Counts on test images. */
export type Evaluation = {
  readonly dataset: string;
  readonly examples: number;
  readonly attacks: readonly AttackResult[];
};

export type AttackResult = {
  /** `PGD-20`. */
  readonly name: string;
  /** What it does, for a reader who does not know the name. */
  readonly detail: string;
  /** Images still classified correctly. */
  readonly correct: number;
};

/** One test image in its three views. */
export type GallerySample = {
  readonly label: string;
  readonly views: { readonly [view in 'collaborative' | 'natural' | 'adversarial']: GalleryView };
};

export type GalleryView = {
  /** RGB pixels in [0, 255], row by row. */
  readonly pixels: readonly number[];
  /** The perturbation, scaled so that -epsilon is 0 and epsilon 255; empty for the natural view. */
  readonly perturbation: readonly number[];
  readonly predicted: string;
  /** Probability of the predicted class. */
  readonly confidence: number;
};

/** The loss along the way from the collaborative example (-1) through the natural one (0) to the adversarial one (1). */
export type Landscape = {
  readonly name: string;
  readonly examples: number;
  readonly positions: readonly number[];
  readonly mean: readonly number[];
  /** Quartiles over the images. */
  readonly low: readonly number[];
  readonly high: readonly number[];
};
