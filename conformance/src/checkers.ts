import { checkAdversarialTraining } from './check-adversarial-training.ts';
import { checkApgd } from './check-apgd.ts';
import { checkAwp } from './check-awp.ts';
import { checkAwpAttack } from './check-awp-attack.ts';
import { checkCollaborative } from './check-collaborative.ts';
import { checkFab } from './check-fab.ts';
import { checkFormulaModels } from './check-formula-models.ts';
import { checkLinfAttacks } from './check-linf-attacks.ts';
import { checkMart } from './check-mart.ts';
import { checkModel } from './check-model.ts';
import { checkRegularizers } from './check-regularizers.ts';
import { checkSchedules } from './check-schedules.ts';
import { checkSquare } from './check-square.ts';
import { checkSqueeze } from './check-squeeze.ts';
import { checkRstTrades, checkTrades } from './check-trades.ts';
import type { Checker } from './checker.ts';

/** A kind of reference file and its checker. */
type Kind = { readonly pattern: RegExp; readonly check: Checker };

const KINDS: readonly Kind[] = [
  { pattern: /^model_[a-z0-9]+\.safetensors$/, check: checkModel },
  { pattern: /^formula_models\.safetensors$/, check: checkFormulaModels },
  { pattern: /^regularizers\.safetensors$/, check: checkRegularizers },
  { pattern: /^schedules\.safetensors$/, check: checkSchedules },
  { pattern: /^attack_linf\.safetensors$/, check: checkLinfAttacks },
  { pattern: /^attack_collab\.safetensors$/, check: checkCollaborative },
  { pattern: /^loss_trades_(linf|l2)\.safetensors$/, check: checkTrades },
  { pattern: /^loss_rst_trades\.safetensors$/, check: checkRstTrades },
  { pattern: /^loss_mart\.safetensors$/, check: checkMart },
  { pattern: /^loss_at\.safetensors$/, check: checkAdversarialTraining },
  { pattern: /^st_(resnet|wrn|rst)\.safetensors$/, check: checkSqueeze },
  { pattern: /^awp_(at|trades)\.safetensors$/, check: checkAwp },
  { pattern: /^attack_awp\.safetensors$/, check: checkAwpAttack },
  { pattern: /^aa_square\.safetensors$/, check: checkSquare },
  { pattern: /^aa_apgd\.safetensors$/, check: checkApgd },
  { pattern: /^aa_fab\.safetensors$/, check: checkFab },
];

/** The checker of a reference file of that name; undefined if no kind of file is named so. */
export function checkerOf(file: string): Checker | undefined {
  return KINDS.find(({ pattern }) => pattern.test(file))?.check;
}
