/** The types of a report's members, and functions for programs that print, check or compare reports. */

export { type Accuracy, accuracyOf } from './accuracy.ts';
export type { AdversarialClaims } from './adversarial-file/check-claims.ts';
export { type CountedPoint, countedPoints } from './adversarial-file/counted-points.ts';
export { differencesFromReport } from './adversarial-file/differences-from-report.ts';
export type { AttackFailure } from './attack-failure.ts';
export { confidenceInterval } from './confidence-interval.ts';
export type { FlagCode, FlagSeverity } from './flags/flag.ts';
export type {
  AttackOnExample,
  AttackSummary,
  BrokenBy,
  BrokenElsewhere,
  CurvePoint,
  DatasetReport,
  Distribution,
  ExampleReport,
  FailedAttack,
  FindingPhase,
  Judgement,
  ModelReport,
  Timing,
} from './report/robustness-report.ts';
export type { Subset } from './select-examples.ts';
