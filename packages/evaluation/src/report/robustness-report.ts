import type { AutoAttackVersion } from '@st/attacks';
import type { ThreatModel } from '@st/core';
import type { JsonObject } from '@st/core/kit';

import type { Accuracy } from '../accuracy.ts';
import type { AttackFailure } from '../attack-failure.ts';
import type { Flag } from '../flags/flag.ts';
import type { Outcome } from '../outcome.ts';
import type { Subset } from '../select-examples.ts';

/** Names the schema in every report. */
export const REPORT_SCHEMA = 'st-robustness-report';

/** Rises with every change of the schema that a reader has to know of. */
export const REPORT_VERSION = 1;

/**
 * What an evaluation found, as plain JSON.
 *
 * Two reports are identical if everything but `timing` is equal: that holds for an evaluation that was killed and resumed, on the same
 * back end, and one that never was.
 */
export type RobustnessReport = {
  readonly schema: typeof REPORT_SCHEMA;
  readonly version: typeof REPORT_VERSION;
  /** Null without attacks. */
  readonly threat: ThreatModel | null;
  /** On the images as they are. */
  readonly natural: Accuracy;
  /**
   * Right as they are, and of which no point of the whole run in the ball is known to be misclassified: the worst case of every example.
   * Points that the distances, the curve or the check with more steps found count as those of the attacks do.
   */
  readonly robust: Accuracy;
  /** The published version of AutoAttack that the attacks are exactly, by names, order and settings; null if they are none. */
  readonly autoAttack: AutoAttackVersion | null;
  /** In the order in which they ran; each saw only what stood after the one before. */
  readonly attacks: readonly AttackSummary[];
  /** Examples that the attacks left standing and another part of the run broke, by part, in the order of the run. */
  readonly brokenElsewhere: readonly BrokenElsewhere[];
  /** Attacks of any part of the run that could not be run on some examples. */
  readonly failures: readonly FailedAttack[];
  /**
   * The smallest perturbations known: with `fab-distances`, of every example that is right as it is and for which the run found one, FAB's or
   * a smaller one of another attack; else what FAB found within the ball of what stood before it; null without either.
   */
  readonly smallestPerturbations: { readonly attack: string; readonly norms: Distribution } | null;
  /** Robust accuracy by epsilon, never rising; at the radius of the evaluation it is `robust`. Null if none was asked for. */
  readonly curve: readonly CurvePoint[] | null;
  readonly flags: readonly Flag[];
  readonly judgement: Judgement;
  /** In the order of evaluation. */
  readonly examples: readonly ExampleReport[];
  readonly dataset: DatasetReport;
  readonly model: ModelReport;
  readonly seed: number;
  /** Images a batch, of the process that began the evaluation. */
  readonly batchSize: number;
  /** As tfjs names it. */
  readonly backend: string;
  /** By package. */
  readonly versions: { readonly [name: string]: string };
  readonly timing: Timing;
};

/** What one attack did to the examples that stood when it began. */
export type AttackSummary = {
  readonly name: string;
  readonly settings: JsonObject;
  /** Examples that it was run on. */
  readonly attacked: number;
  /** Examples that it broke: its marginal effect, as those broken before it were not tried again. */
  readonly broken: number;
  /** `broken` as a share of all examples of the evaluation. */
  readonly marginalEffect: number;
  /** Claims that did not hold when checked. */
  readonly rejected: number;
  /** The accuracy after it. */
  readonly robust: Accuracy;
  /** Of the adversarial examples found; null if none was. */
  readonly norms: Distribution | null;
  /** Forward passes, summed over the examples. */
  readonly queries: number;
  /** Input gradients, summed over the examples. */
  readonly gradientCalls: number;
  /** Why it could not be run on some examples, which then count as standing; null if it was run on all. */
  readonly failed: (AttackFailure & { readonly examples: number }) | null;
};

/** How the class of an image was decided. */
export type Judgement = {
  /** Whether passes over the same images differ beyond rounding. */
  readonly randomised: boolean;
  /** Forward passes; an image is of the class that more than half of them give, and of none (-1) where none does. 1 if not randomised. */
  readonly passes: number;
};

/** Which part of a run found something. */
export type FindingPhase = 'attack' | 'check' | 'distances' | 'curve';

/** What broke an example: a checked misclassified point in the ball. */
export type BrokenBy = {
  /** `attack`: one of the evaluation's; `check`: the walk with more steps; `distances`: FAB's nearest points; `curve`: an attack of another radius. */
  readonly phase: FindingPhase;
  readonly attack: string;
  /** The radius that it was looked for in; null for `distances`, which know none. */
  readonly epsilon: number | null;
  readonly norm: number;
  /** The class predicted there. */
  readonly predicted: number;
};

/** How many examples a part of the run other than the attacks broke. */
export type BrokenElsewhere = Pick<BrokenBy, 'phase' | 'attack' | 'epsilon'> & {
  readonly broken: number;
  /** The accuracy after it. */
  readonly robust: Accuracy;
};

/** An attack that could not be run on some examples. */
export type FailedAttack = AttackFailure & {
  readonly phase: FindingPhase;
  readonly attack: string;
  /** Its radius; null for `distances`. */
  readonly epsilon: number | null;
  readonly examples: number;
};

/** Five points of a distribution, by linear interpolation between the sorted values. */
export type Distribution = {
  readonly count: number;
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly max: number;
};

/** One radius of a robustness curve. */
export type CurvePoint = {
  readonly epsilon: number;
  readonly robust: Accuracy;
  /** The attacks that were run at this radius, on what no adversarial example in it was known of. */
  readonly attacks: readonly string[];
};

/** One example and what came of it. */
export type ExampleReport = {
  /** Its place in the data set. */
  readonly index: number;
  readonly label: number;
  /** The class predicted on the image as it is; -1 if the logits held NaN, or no class won more than half of several passes. */
  readonly predicted: number;
  readonly outcome: 'misclassified' | 'broken' | 'robust';
  /** The name of the attack that broke it; null if nothing did. */
  readonly brokenBy: string | null;
  /** The point that broke it, and which part of the run found it; null if nothing did. */
  readonly broken: BrokenBy | null;
  /** The attacks of the evaluation that were run on it. */
  readonly attacks: readonly AttackOnExample[];
};

/** What one attack did to one example. */
export type AttackOnExample = {
  readonly attack: string;
  readonly outcome: Outcome;
  /** Norm of the perturbation of a point that was claimed to be adversarial, null without a claim. */
  readonly norm: number | null;
  /** The class predicted there. */
  readonly predicted: number | null;
  readonly queries: number;
  readonly gradientCalls: number;
};

/** Which examples were evaluated. */
export type DatasetReport = {
  readonly name: string;
  readonly size: number;
  readonly classes: number;
  readonly classNames: readonly string[] | null;
  /** SHA-256 over the evaluated images and labels. */
  readonly digest: string;
  readonly subset: Subset;
  readonly indices: readonly number[];
};

/** Which model was evaluated. */
export type ModelReport = {
  readonly name: string | null;
  /** SHA-256 over weights and running statistics; null for a function that shows none. */
  readonly digest: string | null;
  /** Trained numbers. */
  readonly parameters: number;
};

/** Seconds spent, over all processes that worked on the evaluation. */
export type Timing = {
  readonly natural: number;
  readonly attacks: readonly { readonly name: string; readonly seconds: number }[];
  readonly distances: number;
  readonly curve: number;
  /** Warnings looked for: gradients, randomness, longer attacks. */
  readonly checks: number;
  readonly total: number;
};
