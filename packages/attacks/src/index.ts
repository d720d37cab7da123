export type { AscentLoss, PerExampleLoss } from './ascent-loss.ts';
export { type AscentPoints, type AscentStep, type AscentStepOptions, ascentStep } from './ascent-step.ts';
export type { Attack, AttackRandomness, AttackResult } from './attack.ts';
export type { SearchOptions } from './check-search-options.ts';
export { type CollaborativeSearchOptions, collaborativeSearch } from './collaborative-search.ts';
export { type FgsmOptions, fgsm } from './fgsm.ts';
export { type PgdOptions, pgd, type Targets } from './pgd.ts';
export { type AdversarialTrainingOptions, adversarialTraining } from './presets/adversarial-training.ts';
export { naturalTraining } from './presets/natural-training.ts';
export {
  CIFAR10_L2,
  CIFAR10_LINF,
  CIFAR10_TRAINING,
  CIFAR100_LINF,
  type LinfWalk,
  PGD_20,
  PGD_100,
  SVHN_LINF,
  SVHN_TRAINING,
  type Walk,
} from './presets/published-settings.ts';
export { type SqueezeOptions, squeeze } from './presets/squeeze.ts';
export { type TradesOptions, trades } from './presets/trades.ts';
export { project } from './project.ts';
export { projectL1 } from './project-l1.ts';
export { projectL1Box } from './project-l1-box.ts';
export { projectL2 } from './project-l2.ts';
export { projectLinf } from './project-linf.ts';
export { GAUSSIAN_START_DEVIATION, RANDOM_STARTS, type RandomStart, randomStart } from './random-start.ts';
export { type SqueezeSearchOptions, type SqueezeStart, squeezeSearch } from './squeeze-search.ts';
export {
  POINT_CHOICES,
  type PointChoice,
  type SqueezePoints,
  type SqueezeStep,
  type SqueezeStepOptions,
  squeezeStep,
} from './squeeze-step.ts';
export type { Start } from './start-points.ts';
export { L1_STEP_SHARE, steepestDirection } from './steepest-direction.ts';
export { checkThreat, l1, l2, linf } from './threat.ts';
export { type TradesSearchOptions, tradesSearch } from './trades-search.ts';
