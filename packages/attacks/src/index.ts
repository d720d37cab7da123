export { type ApgdAttackOptions, apgdAttack } from './attack/apgd/apgd-attack.ts';
export type { ApgdLoss } from './attack/apgd/apgd-loss.ts';
export type { Attack, AttackRandomness, AttackResult, AttackRunOptions, AttackTarget, Judge } from './attack/attack.ts';
export { type AttackEnsemble, type AutoAttackOptions, autoAttack } from './attack/auto-attack/auto-attack.ts';
export { autoAttackVersion } from './attack/auto-attack/auto-attack-version.ts';
export type { AutoAttackBudget, AutoAttackPart, AutoAttackVersion } from './attack/auto-attack/published-ensembles.ts';
export { type CarliniWagnerAttackOptions, carliniWagnerAttack } from './attack/carlini-wagner/carlini-wagner-attack.ts';
export type { EarlyStop } from './attack/carlini-wagner/descend.ts';
export { fabAttack } from './attack/fab/fab-attack.ts';
export { type FabDistances, type FabDistancesOptions, fabDistances } from './attack/fab/fab-distances.ts';
export type { FabAttackOptions } from './attack/fab/fab-options.ts';
export type { FabSteps } from './attack/fab/fab-step.ts';
export { type FgsmAttackOptions, fgsmAttack } from './attack/pgd/fgsm-attack.ts';
export { type PgdAttackOptions, pgdAttack } from './attack/pgd/pgd-attack.ts';
export { type TransferAttackOptions, transferAttack } from './attack/pgd/transfer-attack.ts';
export type { WalkLoss, WalkOptions } from './attack/pgd/walk-options.ts';
export { type SquareAttackOptions, squareAttack } from './attack/square/square-attack.ts';
export type { SquareLoss } from './attack/square/square-scores.ts';
export { project } from './ball/project.ts';
export { RANDOM_STARTS, type RandomStart, randomStart } from './ball/random-start.ts';
export type { Start } from './ball/start-points.ts';
export { type LinfRadius, l1, l2, linf, withRadius } from './ball/threat.ts';
export {
  type BallSearchSettings,
  CIFAR10_L2,
  CIFAR10_LINF,
  CIFAR10_TRAINING,
  L2_TRAINING,
  type LinfSearchSettings,
  PGD_20,
  PGD_100,
  RST_TRAINING,
  type SearchSettings,
  SVHN_TRAINING,
} from './published-settings.ts';
export { type CollaborativeSearchOptions, collaborativeSearch } from './search/collaborative-search.ts';
export { type FgsmRsSearchOptions, fgsmRsSearch } from './search/fgsm-rs-search.ts';
export { type FgsmSearchOptions, fgsmSearch } from './search/fgsm-search.ts';
export { type NFgsmSearchOptions, nFgsmSearch } from './search/n-fgsm-search.ts';
export { type PgdSearchOptions, pgdSearch, type Targets } from './search/pgd-search.ts';
export { type SqueezeSearchOptions, type SqueezeStart, squeezeSearch } from './search/squeeze-search.ts';
export { type TradesSearchOptions, tradesSearch } from './search/trades-search.ts';
export type { AscentLoss, PerExampleLoss } from './step/ascent-loss.ts';
export type { SearchOptions } from './step/check-search-options.ts';
export { POINT_CHOICES, type PointChoice } from './step/squeeze-step.ts';
export { type AdversarialTrainingOptions, adversarialTraining } from './training/adversarial-training.ts';
export { type AlpTrainingOptions, alpTraining } from './training/alp-training.ts';
export { type FgsmRsTrainingOptions, fgsmRsTraining } from './training/fgsm-rs-training.ts';
export { type FreeAdversarialTrainingOptions, freeAdversarialTraining } from './training/free-adversarial-training.ts';
export { type MartTrainingOptions, martTraining } from './training/mart-training.ts';
export { type NFgsmTrainingOptions, nFgsmTraining } from './training/n-fgsm-training.ts';
export { naturalTraining } from './training/natural-training.ts';
export { type RstTradesTrainingOptions, rstTradesTraining } from './training/rst-trades-training.ts';
export { type SqueezeTrainingOptions, squeezeTraining } from './training/squeeze-training.ts';
export { type TradesTrainingOptions, tradesTraining } from './training/trades-training.ts';
