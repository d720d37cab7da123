import type { AutoAttackVersion } from '@st/attacks';
import type { ThreatModel } from '@st/core';
import type { JsonObject } from '@st/core/kit';

import type { Accuracy } from '../accuracy.ts';
import type { AttackFailure } from '../attack-failure.ts';
import type { Flag } from '../flags/flag.ts';
import type { Outcome } from '../outcome.ts';
import type { Subset } from '../select-examples.ts';

/** The `schema` member of every report. */
export const REPORT_SCHEMA = 'st-robustness-report';

/** Increases with every change of the schema that a reader must handle. */
export const REPORT_VERSION = 1;

/**
 * The result of an evaluation, as plain JSON.
 *
 * On one back end, an evaluation that was killed and resumed gives the same report as one that was not, except for `timing`.
 */
export type RobustnessReport = {
  readonly schema: typeof REPORT_SCHEMA;
  readonly version: typeof REPORT_VERSION;
  /** Null without attacks. */
  readonly threat: ThreatModel | null;
  /** Accuracy on the natural images. */
  readonly natural: Accuracy;
  /**
   * The share of examples that are classified correctly and for which the run found no misclassified point in the ball: the worst case per example.
   * Points found by the distances, the curve or the check with more steps count like those of the attacks.
   */
  readonly robust: Accuracy;
  /** The published version of AutoAttack that the attacks equal in names, order and settings; null if there is none. */
  readonly autoAttack: AutoAttackVersion | null;
  /** In the order of the run; each ran only on the examples that the ones before it did not break. */
  readonly attacks: readonly AttackSummary[];
  /** Examples that no attack broke but another part of the run did, by part, in the order of the run. */
  readonly brokenElsewhere: readonly BrokenElsewhere[];
  /** Attacks of any part of the run that could not be run on some examples. */
  readonly failures: readonly FailedAttack[];
  /**
   * Norms of the smallest known perturbations. With `fab-distances`: of every correctly classified example for which the run found one, by FAB or
   * by another attack if that is smaller. Else, if FAB is among the attacks: of the points that it found in the ball. Null otherwise.
   */
  readonly smallestPerturbations: { readonly attack: string; readonly norms: Distribution } | null;
  /** Robust accuracy by epsilon; it never rises, and at the radius of the evaluation it is `robust`. Null without the option `curve`. */
  readonly curve: readonly CurvePoint[] | null;
  readonly flags: readonly Flag[];
  readonly judgement: Judgement;
  /** In the order of evaluation. */
  readonly examples: readonly ExampleReport[];
  readonly dataset: DatasetReport;
  readonly model: ModelReport;
  readonly seed: number;
  /** Images per batch, of the process that started the evaluation. */
  readonly batchSize: number;
  /** The name of the tfjs back end. */
  readonly backend: string;
  /** By package name. */
  readonly versions: { readonly [name: string]: string };
  readonly timing: Timing;
};

/** The result of one attack on the examples that stood when it began. */
export type AttackSummary = {
  readonly name: string;
  readonly settings: JsonObject;
  /** Examples that it ran on. */
  readonly attacked: number;
  /** Examples that it broke. Examples broken by earlier attacks are not attacked again, so this is its marginal effect. */
  readonly broken: number;
  /** `broken` as a share of all examples of the evaluation. */
  readonly marginalEffect: number;
  /** Claims that failed the check. */
  readonly rejected: number;
  /** Robust accuracy after it. */
  readonly robust: Accuracy;
  /** Norms of the perturbations of the adversarial examples found; null if none was. */
  readonly norms: Distribution | null;
  /** Forward passes, summed over the examples. */
  readonly queries: number;
  /** Input gradients, summed over the examples. */
  readonly gradientCalls: number;
  /** Why it could not run on some examples, which then count as standing; null if it ran on all. */
  readonly failed: (AttackFailure & { readonly examples: number }) | null;
};

/** How predictions were decided. */
export type Judgement = {
  /** Whether passes over the same images differ beyond rounding. */
  readonly randomised: boolean;
  /** Forward passes per prediction: the class that more than half of them give, -1 if there is none. 1 if the outputs are deterministic. */
  readonly passes: number;
};

/** The part of a run that found a point. */
export type FindingPhase = 'attack' | 'check' | 'distances' | 'curve';

/** The checked misclassified point in the ball that broke an example. */
export type BrokenBy = {
  /** `attack`: an attack of the evaluation; `check`: PGD with more steps; `distances`: FAB's nearest points; `curve`: an attack at another radius. */
  readonly phase: FindingPhase;
  readonly attack: string;
  /** The radius of the attack that found it; null for `distances`, which has none. */
  readonly epsilon: number | null;
  readonly norm: number;
  /** The class predicted at the point. */
  readonly predicted: number;
};

/** How many examples a part of the run other than the attacks broke. */
export type BrokenElsewhere = Pick<BrokenBy, 'phase' | 'attack' | 'epsilon'> & {
  readonly broken: number;
  /** Robust accuracy after it. */
  readonly robust: Accuracy;
};

/** An attack that could not be run on some examples. */
export type FailedAttack = AttackFailure & {
  readonly phase: FindingPhase;
  readonly attack: string;
  /** Its radius; null for `distances`, which has none. */
  readonly epsilon: number | null;
  readonly examples: number;
};

/** Minimum, quartiles and maximum of a distribution, by linear interpolation between the sorted values. */
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
  /** The attacks that ran at this radius, on the examples without a known adversarial example within it. */
  readonly attacks: readonly string[];
};

/** The result for one example. */
export type ExampleReport = {
  /** Its index in the data set. */
  readonly index: number;
  readonly label: number;
  /** The class predicted on the natural image; -1 if a logit is NaN, or if no class won more than half of several passes. */
  readonly predicted: number;
  readonly outcome: 'misclassified' | 'broken' | 'robust';
  /** The name of the attack that broke it; null if nothing did. */
  readonly brokenBy: string | null;
  /** The point that broke it, and the part of the run that found it; null if nothing did. */
  readonly broken: BrokenBy | null;
  /** The attacks of the evaluation that ran on it. */
  readonly attacks: readonly AttackOnExample[];
};

/** The result of one attack on one example. */
export type AttackOnExample = {
  readonly attack: string;
  readonly outcome: Outcome;
  /** Norm of the perturbation of the claimed point; null without a claim. */
  readonly norm: number | null;
  /** The class predicted at the claimed point; null without a claim. */
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
  /** SHA-256 over weights and running statistics; null for a classifier that does not expose them. */
  readonly digest: string | null;
  /** The number of trainable parameters. */
  readonly parameters: number;
};

/** Seconds spent, summed over all processes of the evaluation. */
export type Timing = {
  readonly natural: number;
  readonly attacks: readonly { readonly name: string; readonly seconds: number }[];
  readonly distances: number;
  readonly curve: number;
  /** The probes behind flags: randomness, outputs, gradients, longer attack. */
  readonly checks: number;
  readonly total: number;
};
