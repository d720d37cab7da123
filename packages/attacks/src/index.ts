export { type ApgdOptions, apgd } from './apgd/apgd.ts';
export { type ApgdCheckpoints, apgdCheckpoints } from './apgd/apgd-checkpoints.ts';
export type { ApgdLabels, ApgdLoss } from './apgd/apgd-loss.ts';
export { apgdOscillates } from './apgd/apgd-oscillates.ts';
export type { ApgdExamples } from './apgd/apgd-points.ts';
export { type ApgdIteration, type ApgdRun, type ApgdRunOptions, apgdRun } from './apgd/apgd-run.ts';
export { type ApgdSchedule, type ApgdScheduleOptions, apgdSchedule } from './apgd/apgd-schedule.ts';
export { apgdStart } from './apgd/apgd-start.ts';
export { l1BoxShift } from './apgd/l1-box-shift.ts';
export type { AscentLoss, PerExampleLoss } from './ascent-loss.ts';
export { type AscentPoints, type AscentStep, type AscentStepOptions, ascentStep } from './ascent-step.ts';
export type { Attack, AttackRandomness, AttackResult, AttackRunOptions, AttackTarget, Judge } from './attack.ts';
export {
  type AttackEnsemble,
  type AutoAttackOptions,
  autoAttack,
} from './auto-attack/auto-attack.ts';
export { autoAttackVersion } from './auto-attack/auto-attack-version.ts';
export type { AutoAttackBudget, AutoAttackPart, AutoAttackVersion } from './auto-attack/published-ensembles.ts';
export { type CarliniWagnerOptions, carliniWagner } from './carlini-wagner/carlini-wagner.ts';
export {
  type CarliniWagnerRun,
  type CarliniWagnerSettings,
  carliniWagnerRun,
} from './carlini-wagner/carlini-wagner-run.ts';
export type { EarlyStop } from './carlini-wagner/descend.ts';
export { checkAttacks } from './check-attacks.ts';
export type { SearchOptions } from './check-search-options.ts';
export { type CollaborativeSearchOptions, collaborativeSearch } from './collaborative-search.ts';
export { epsilonsOf } from './epsilons.ts';
export { fab } from './fab/fab.ts';
export { type FabDistances, type FabDistancesOptions, fabDistances } from './fab/fab-distances.ts';
export type { FabOptions } from './fab/fab-options.ts';
export { type FabRun, fabRun } from './fab/fab-run.ts';
export type { FabExamples, FabFindings, FabRunOptions } from './fab/fab-search.ts';
export { fabStart } from './fab/fab-start.ts';
export type { FabSteps } from './fab/fab-step.ts';
export { type BoundaryQuestion, nearestBoundary } from './fab/nearest-boundary.ts';
export { type HyperplaneProblem, projectOnHyperplane } from './fab/project-on-hyperplane.ts';
export { type FgsmOptions, fgsm } from './fgsm.ts';
export { type FgsmRsSearchOptions, fgsmRsSearch } from './fgsm-rs-search.ts';
export { type NFgsmSearchOptions, nFgsmSearch } from './n-fgsm-search.ts';
export { type PgdOptions, pgd, type Targets } from './pgd.ts';
export { type AdversarialTrainingOptions, adversarialTraining } from './presets/adversarial-training.ts';
export { type AlpOptions, alp } from './presets/alp.ts';
export { type FgsmRsOptions, fgsmRs } from './presets/fgsm-rs.ts';
export {
  type FreeAdversarialTrainingOptions,
  freeAdversarialTraining,
} from './presets/free-adversarial-training.ts';
export { type MartOptions, mart } from './presets/mart.ts';
export { type NFgsmOptions, nFgsm } from './presets/n-fgsm.ts';
export { naturalTraining } from './presets/natural-training.ts';
export {
  type BallWalk,
  CIFAR10_L2,
  CIFAR10_LINF,
  CIFAR10_TRAINING,
  CIFAR100_LINF,
  L2_TRAINING,
  type LinfWalk,
  PGD_20,
  PGD_100,
  RST_TRAINING,
  SVHN_LINF,
  SVHN_TRAINING,
  type Walk,
} from './presets/published-settings.ts';
export { type RstTradesOptions, rstTrades } from './presets/rst-trades.ts';
export { type SqueezeOptions, squeeze } from './presets/squeeze.ts';
export { type TradesOptions, trades } from './presets/trades.ts';
export { project } from './project.ts';
export { projectL1 } from './project-l1.ts';
export { projectL1Box } from './project-l1-box.ts';
export { projectL2 } from './project-l2.ts';
export { projectLinf } from './project-linf.ts';
export type { Projection } from './projection.ts';
export { GAUSSIAN_START_DEVIATION, RANDOM_STARTS, type RandomStart, randomStart } from './random-start.ts';
export { type FgsmAttackOptions, fgsmAttack } from './search-attack/fgsm-attack.ts';
export { type PgdAttackOptions, pgdAttack } from './search-attack/pgd-attack.ts';
export type { WalkLoss, WalkOptions } from './search-attack/walk-options.ts';
export { type SquareOptions, square } from './square/square.ts';
export { type BumpNorm, squareBump } from './square/square-bump.ts';
export type { SquareDraws } from './square/square-draws.ts';
export { type SquareRun, type SquareSettings, squareRun } from './square/square-run.ts';
export { type SquareSchedule, squareFraction, squareSide } from './square/square-schedule.ts';
export type { SquareLoss } from './square/square-scores.ts';
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
export { checkThreat, type LinfRadius, l1, l2, linf, withRadius } from './threat.ts';
export { sameThreat, threatJson } from './threat-json.ts';
export { type TradesSearchOptions, tradesSearch } from './trades-search.ts';
export { type TransferAttackOptions, transferAttack } from './transfer/transfer-attack.ts';
