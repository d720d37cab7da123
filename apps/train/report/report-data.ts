import type { Configuration } from '../configuration.ts';
import type { Metrics } from '../metrics.ts';

/** The data of the report, as plain JSON. */
export type ReportData = {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly training: TrainingSummary;
  readonly metrics: readonly Metrics[];
  readonly evaluation: Evaluation;
  readonly gallery: readonly GallerySample[];
  readonly landscapes: readonly Landscape[];
};

/** The machine and the software of the run, as far as they affect the results; no paths. */
export type Environment = {
  readonly backend: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** Versions by package. */
  readonly versions: { readonly [name: string]: string };
};

export type TrainingSummary = {
  readonly steps: number;
  /** Time spent in training steps, over all processes of the run, without validation. */
  readonly seconds: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly parameters: number;
  /** The step whose weights were evaluated: the best on the validation images. */
  readonly bestStep: number;
  /** The accuracy by which they were chosen. */
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
  /** Description, for a reader who does not know the name. */
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

/** The loss along the path from the collaborative example (-1) through the image (0) to the adversarial example (1). */
export type Landscape = {
  readonly name: string;
  readonly examples: number;
  readonly positions: readonly number[];
  readonly mean: readonly number[];
  /** Quartiles over the images. */
  readonly low: readonly number[];
  readonly high: readonly number[];
};
