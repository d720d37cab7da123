export {
  type AdversarialFile,
  decodeAdversarialFile,
  encodeAdversarialFile,
} from './adversarial-file/adversarial-file.ts';
export {
  type Verification,
  type VerifyAdversarialFileOptions,
  verifyAdversarialFile,
} from './adversarial-file/verify-adversarial-file.ts';
export { evaluateRobustness } from './evaluate-robustness.ts';
export type {
  DistanceOptions,
  EvaluateRobustnessOptions,
  EvaluationProgress,
  FoundExamples,
} from './evaluation-options.ts';
export { FLAGS, type Flag } from './flags/flag.ts';
export { OUTCOMES, type Outcome } from './outcome.ts';
export type { CurveOptions } from './plan-curve.ts';
export { REPORT_SCHEMA, REPORT_VERSION, type RobustnessReport } from './report/robustness-report.ts';
export type { ExampleSelection } from './select-examples.ts';
