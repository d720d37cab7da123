import { BACKENDS } from '@st/backend';
import { describeValue, NORMS } from '@st/core/kit';
import { isAttackName } from './attack-names.ts';
import type { EvaluationSettings } from './command-line.ts';
import { NORMALIZATIONS } from './normalization-option.ts';
import { parseTestSet } from './test-set.ts';

type Rule = { readonly wanted: string; readonly holds: (value: unknown) => boolean };

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const text: Rule = { wanted: 'a text', holds: isText };
const radius: Rule = { wanted: 'a number above 0', holds: (value) => isNumber(value) && value > 0 };
const attacks: Rule = {
  wanted: 'a list of attack names',
  holds: (value) => Array.isArray(value) && value.every((name) => isText(name) && isAttackName(name)),
};
const integerFrom = (min: number): Rule => ({
  wanted: `an integer >= ${min}`,
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= min,
});
const oneOf = (choices: readonly unknown[]): Rule => ({
  wanted: `one of ${choices.map(describeValue).join(', ')}`,
  holds: (value) => choices.includes(value),
});
const orNull = ({ wanted, holds }: Rule): Rule => ({
  wanted: `${wanted}, or null`,
  holds: (value) => value === null || holds(value),
});
const listOf = ({ wanted, holds }: Rule): Rule => ({
  wanted: `a list, each ${wanted}`,
  holds: (value) => Array.isArray(value) && value.every(holds),
});

const RULES: Readonly<Record<keyof EvaluationSettings, Rule>> = {
  checkpoint: text,
  attack: attacks,
  norm: oneOf(NORMS),
  epsilon: radius,
  examples: integerFrom(1),
  subsetSeed: orNull(integerFrom(0)),
  curve: listOf(radius),
  curveAttack: attacks,
  distances: oneOf([true, false]),
  seed: integerFrom(0),
  backend: oneOf(['auto', ...BACKENDS]),
  batchSize: integerFrom(1),
  data: { wanted: 'a test set, such as cifar10 or cifar100:PATH', holds: (value) => isText(value) && isTestSet(value) },
  normalization: orNull(oneOf(Object.keys(NORMALIZATIONS))),
  at: orNull(text),
  imageSize: orNull({
    wanted: '[height, width]',
    holds: (value) => Array.isArray(value) && value.length === 2 && value.every(integerFrom(1).holds),
  }),
  pool: orNull({
    wanted: "'global' or an integer >= 1",
    holds: (value) => value === 'global' || integerFrom(1).holds(value),
  }),
  projects: orNull(oneOf(['activated', 'input'])),
  prefix: orNull(text),
  leaveOut: orNull(listOf(text)),
};

function isTestSet(value: string): boolean {
  try {
    parseTestSet(value);
    return true;
  } catch {
    return false;
  }
}

/** Describes what is wrong with settings read from a file; null if they are valid. */
export function settingsFault(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `it must be an object of settings, got ${describeValue(value)}`;
  }
  for (const [name, held] of Object.entries(value)) {
    if (!Object.hasOwn(RULES, name)) return `there is no setting ${describeValue(name)}`;
    const { wanted, holds } = RULES[name as keyof EvaluationSettings];
    if (!holds(held)) return `${name} must be ${wanted}, got ${describeValue(held)}`;
  }
  return 'checkpoint' in value ? null : 'checkpoint is missing';
}
