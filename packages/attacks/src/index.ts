export { type ApgdOptions, apgd } from './attack/apgd/apgd.ts';
export { type ApgdCheckpoints, apgdCheckpoints } from './attack/apgd/apgd-checkpoints.ts';
export type { ApgdLabels, ApgdLoss } from './attack/apgd/apgd-loss.ts';
export { apgdOscillates } from './attack/apgd/apgd-oscillates.ts';
export type { ApgdExamples } from './attack/apgd/apgd-points.ts';
export { type ApgdIteration, type ApgdRun, type ApgdRunOptions, apgdRun } from './attack/apgd/apgd-run.ts';
export { type ApgdSchedule, type ApgdScheduleOptions, apgdSchedule } from './attack/apgd/apgd-schedule.ts';
export { apgdStart } from './attack/apgd/apgd-start.ts';
export type { Attack, AttackRandomness, AttackResult, AttackRunOptions, AttackTarget, Judge } from './attack/attack.ts';
export {
  type AttackEnsemble,
  type AutoAttackOptions,
  autoAttack,
} from './attack/auto-attack/auto-attack.ts';
export { autoAttackVersion } from './attack/auto-attack/auto-attack-version.ts';
export type { AutoAttackBudget, AutoAttackPart, AutoAttackVersion } from './attack/auto-attack/published-ensembles.ts';
export { type CarliniWagnerOptions, carliniWagner } from './attack/carlini-wagner/carlini-wagner.ts';
export {
  type CarliniWagnerRun,
  type CarliniWagnerSettings,
  carliniWagnerRun,
} from './attack/carlini-wagner/carlini-wagner-run.ts';
export type { EarlyStop } from './attack/carlini-wagner/descend.ts';
export { checkAttacks } from './attack/check-attacks.ts';
export { fab } from './attack/fab/fab.ts';
export { type FabDistances, type FabDistancesOptions, fabDistances } from './attack/fab/fab-distances.ts';
export type { FabOptions } from './attack/fab/fab-options.ts';
export { type FabRun, fabRun } from './attack/fab/fab-run.ts';
export type { FabExamples, FabFindings, FabRunOptions } from './attack/fab/fab-search.ts';
export { fabStart } from './attack/fab/fab-start.ts';
export type { FabSteps } from './attack/fab/fab-step.ts';
export { type BoundaryQuestion, nearestBoundary } from './attack/fab/nearest-boundary.ts';
export { type HyperplaneProblem, projectOnHyperplane } from './attack/fab/project-on-hyperplane.ts';
export { type FgsmAttackOptions, fgsmAttack } from './attack/pgd/fgsm-attack.ts';
export { type PgdAttackOptions, pgdAttack } from './attack/pgd/pgd-attack.ts';
export { type TransferAttackOptions, transferAttack } from './attack/pgd/transfer-attack.ts';
export type { WalkLoss, WalkOptions } from './attack/pgd/walk-options.ts';
export { type SquareOptions, square } from './attack/square/square.ts';
export { type BumpNorm, squareBump } from './attack/square/square-bump.ts';
export type { SquareDraws } from './attack/square/square-draws.ts';
export { type SquareRun, type SquareSettings, squareRun } from './attack/square/square-run.ts';
export { type SquareSchedule, squareFraction, squareSide } from './attack/square/square-schedule.ts';
export type { SquareLoss } from './attack/square/square-scores.ts';
export { epsilonsOf } from './ball/epsilons.ts';
export { l1BoxShift } from './ball/l1-box-shift.ts';
export { project } from './ball/project.ts';
export { projectL1 } from './ball/project-l1.ts';
export { projectL1Box } from './ball/project-l1-box.ts';
export { projectL2 } from './ball/project-l2.ts';
export { projectLinf } from './ball/project-linf.ts';
export type { Projection } from './ball/projection.ts';
export { GAUSSIAN_START_DEVIATION, RANDOM_STARTS, type RandomStart, randomStart } from './ball/random-start.ts';
export type { Start } from './ball/start-points.ts';
export { checkThreat, type LinfRadius, l1, l2, linf, withRadius } from './ball/threat.ts';
export { sameThreat, threatJson } from './ball/threat-json.ts';
export { L1_STEP_SHARE, steepestDirection } from './gradient/steepest-direction.ts';
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
} from './published-settings.ts';
export { type CollaborativeSearchOptions, collaborativeSearch } from './search/collaborative-search.ts';
export { type FgsmRsSearchOptions, fgsmRsSearch } from './search/fgsm-rs-search.ts';
export { type FgsmOptions, fgsm } from './search/fgsm-search.ts';
export { type NFgsmSearchOptions, nFgsmSearch } from './search/n-fgsm-search.ts';
export { type PgdOptions, pgd, type Targets } from './search/pgd-search.ts';
export { type SqueezeSearchOptions, type SqueezeStart, squeezeSearch } from './search/squeeze-search.ts';
export { type TradesSearchOptions, tradesSearch } from './search/trades-search.ts';
export type { AscentLoss, PerExampleLoss } from './step/ascent-loss.ts';
export { type AscentPoints, type AscentStep, type AscentStepOptions, ascentStep } from './step/ascent-step.ts';
export type { SearchOptions } from './step/check-search-options.ts';
export {
  POINT_CHOICES,
  type PointChoice,
  type SqueezePoints,
  type SqueezeStep,
  type SqueezeStepOptions,
  squeezeStep,
} from './step/squeeze-step.ts';
export { type AdversarialTrainingOptions, adversarialTraining } from './training/adversarial-training.ts';
export { type AlpOptions, alp } from './training/alp.ts';
export { type FgsmRsOptions, fgsmRs } from './training/fgsm-rs.ts';
export {
  type FreeAdversarialTrainingOptions,
  freeAdversarialTraining,
} from './training/free-adversarial-training.ts';
export { type MartOptions, mart } from './training/mart.ts';
export { type NFgsmOptions, nFgsm } from './training/n-fgsm.ts';
export { naturalTraining } from './training/natural-training.ts';
export { type RstTradesOptions, rstTrades } from './training/rst-trades.ts';
export { type SqueezeOptions, squeeze } from './training/squeeze.ts';
export { type TradesOptions, trades } from './training/trades.ts';
