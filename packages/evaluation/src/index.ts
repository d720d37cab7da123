export { type Accuracy, accuracyOf } from './accuracy.ts';
export {
  type AdversarialFile,
  decodeAdversarialFile,
  encodeAdversarialFile,
} from './adversarial-file/adversarial-file.ts';
export type { AdversarialClaims } from './adversarial-file/check-claims.ts';
export { type CountedPoint, countedPoints } from './adversarial-file/counted-points.ts';
export { differencesFromReport } from './adversarial-file/differences-from-report.ts';
export {
  type Verification,
  type VerifyAdversarialFileOptions,
  verifyAdversarialFile,
} from './adversarial-file/verify-adversarial-file.ts';
export type { AttackFailure } from './attack-failure.ts';
export { confidenceInterval } from './confidence-interval.ts';
export { evaluateRobustness } from './evaluate-robustness.ts';
export type {
  DistanceOptions,
  EvaluateRobustnessOptions,
  EvaluationProgress,
  FoundExamples,
} from './evaluation-options.ts';
export { FLAGS, type Flag, type FlagCode, type FlagSeverity } from './flags/flag.ts';
export { OUTCOMES, type Outcome } from './outcome.ts';
export type { CurveOptions } from './plan-curve.ts';
export {
  type AttackOnExample,
  type AttackSummary,
  type BrokenBy,
  type BrokenElsewhere,
  type CurvePoint,
  type DatasetReport,
  type Distribution,
  type ExampleReport,
  type FailedAttack,
  type FindingPhase,
  type Judgement,
  type ModelReport,
  REPORT_SCHEMA,
  REPORT_VERSION,
  type RobustnessReport,
  type Timing,
} from './report/robustness-report.ts';
export type { ExampleSelection, Subset } from './select-examples.ts';
