import type { JsonObject } from '@st/core/kit';

import { MISSING_GRADIENT } from '../attack-failure.ts';
import { isRejected, type Outcome } from '../outcome.ts';
import type { AttackSummary, BrokenElsewhere, ExampleReport, FailedAttack } from '../report/robustness-report.ts';
import { type Flag, flag } from './flag.ts';

/** Share of examples that a gradient-free attack may break by chance. The flags of AutoAttack's reference implementation use it too. */
const CHANCE = 0.002;

/** The least number of gradient attacks in an ensemble. */
const GRADIENT_ATTACKS = 2;

/** The results of an evaluation that flags are derived from. */
export type Outcomes = {
  readonly examples: readonly ExampleReport[];
  readonly attacks: readonly AttackSummary[];
  readonly brokenElsewhere: readonly BrokenElsewhere[];
  /** Whether the attacks are a published ensemble. */
  readonly isPublished: boolean;
};

/** The flags that follow from the outcomes. */
export function outcomeFlags({ examples, attacks, brokenElsewhere, isPublished }: Outcomes): Flag[] {
  return [
    ...naturalFlags(examples),
    ...rejectedFlags(examples),
    ...maskingFlags(examples.length, attacks),
    ...elsewhereFlags(brokenElsewhere),
    ...(isPublished ? [] : ensembleFlags(attacks)),
  ];
}

/** The flags for attacks that could not be run. @param raised - Flags already raised. */
export function failureFlags(failures: readonly FailedAttack[], raised: readonly Flag[]): Flag[] {
  if (failures.length === 0) return [];
  const missing = failures.find(({ code }) => code === MISSING_GRADIENT);
  const isRaised = raised.some(({ code }) => code === 'gradients-missing');
  const seen = failures.map((failure) => `${nameOf(failure)}, on ${failure.examples} examples: ${failure.message}`);
  return [
    flag('attack-failed', seen.join(' '), { failures: failures.map((failure) => ({ ...failure })) }),
    ...(missing && !isRaised ? [flag('gradients-missing', missing.message)] : []),
  ];
}

/** How many examples gave an attack gradients with non-finite entries; the attack ignored those entries. */
export type NotFiniteGradients = { readonly attack: string; readonly examples: number; readonly attacked: number };

/**
 * The flag for non-finite gradients at the iterates of attacks.
 * @param raised - Flags already raised; if they include `gradients-not-finite` for the natural images, it is not raised again.
 */
export function notFiniteFlags(met: readonly NotFiniteGradients[], raised: readonly Flag[]): Flag[] {
  if (met.length === 0 || raised.some(({ code }) => code === 'gradients-not-finite')) return [];
  const seen = met.map(({ attack, examples, attacked }) => `${attack}: on ${examples} of ${attacked} examples.`);
  return [flag('gradients-not-finite', seen.join(' '), { attacks: met.map((one) => ({ ...one })) })];
}

function elsewhereFlags(brokenElsewhere: readonly BrokenElsewhere[]): Flag[] {
  if (brokenElsewhere.length === 0) return [];
  const seen = brokenElsewhere.map((part) => `${nameOf(part)}: ${part.broken}.`).join(' ');
  const evidence = brokenElsewhere.map(({ phase, attack, epsilon, broken }) => ({ phase, attack, epsilon, broken }));
  return [flag('broken-elsewhere', seen, { parts: evidence })];
}

/** `pgd-20 (curve, epsilon 0.02)`. */
function nameOf({ phase, attack, epsilon }: Pick<BrokenElsewhere, 'phase' | 'attack' | 'epsilon'>): string {
  if (phase === 'attack') return attack;
  return `${attack} (${phase}${phase === 'curve' && epsilon !== null ? `, epsilon ${Number(epsilon.toPrecision(3))}` : ''})`;
}

function naturalFlags(examples: readonly ExampleReport[]): Flag[] {
  const [first] = examples;
  const labels = new Set(examples.map(({ label }) => label)).size;
  const constant = labels > 1 && examples.every(({ predicted }) => predicted === first?.predicted);
  const seen = `All ${examples.length} images, of ${labels} classes, are predicted as class ${first?.predicted}.`;
  return [
    ...(labels === 1 && examples.length > 1 && examples.every(({ label, predicted }) => predicted === label)
      ? [flag('one-class-labelled', `All ${examples.length} images are of class ${first?.label}.`)]
      : []),
    ...(constant ? [flag('one-class-predicted', seen, { examples: examples.length, labels })] : []),
    ...(examples.every(({ outcome }) => outcome === 'misclassified')
      ? [flag('nothing-right', `0 of ${examples.length} images are classified correctly.`)]
      : []),
  ];
}

function rejectedFlags(examples: readonly ExampleReport[]): Flag[] {
  const counts = new Map<string, { [outcome in Outcome]?: number }>();
  for (const { attack, outcome } of examples.flatMap(({ attacks }) => attacks)) {
    if (!isRejected(outcome)) continue;
    const ofAttack = counts.get(attack) ?? {};
    counts.set(attack, { ...ofAttack, [outcome]: (ofAttack[outcome] ?? 0) + 1 });
  }
  if (counts.size === 0) return [];
  const evidence: JsonObject = Object.fromEntries(counts);
  const seen = [...counts].map(([attack, reasons]) => {
    const list = Object.entries(reasons).map(([reason, count]) => `${count} ${reason.replaceAll('-', ' ')}`);
    return `${attack}: ${list.join(', ')}.`;
  });
  return [flag('claims-rejected', seen.join(' '), evidence)];
}

/** Whether an attack uses gradients is decided by its gradient calls, not by its name. */
function maskingFlags(total: number, attacks: readonly AttackSummary[]): Flag[] {
  const firstWithGradients = attacks.findIndex(({ gradientCalls }) => gradientCalls > 0);
  const winners = attacks.filter(
    ({ gradientCalls, broken }, i) =>
      firstWithGradients >= 0 && i > firstWithGradients && gradientCalls === 0 && broken > CHANCE * total,
  );
  return winners.map(({ name, broken, attacked }) =>
    flag(
      'gradient-free-attack-stronger',
      `${name} broke ${broken} of the ${attacked} examples that the gradient attacks before it did not break.`,
      { attack: name, broken, attacked },
    ),
  );
}

function ensembleFlags(attacks: readonly AttackSummary[]): Flag[] {
  if (attacks.length === 0) return [];
  // if an attack ran on no example, whether it uses gradients is unknown, and the flag is not raised
  const ran = attacks.filter(({ attacked }) => attacked > 0);
  const withGradients = ran.filter(({ gradientCalls }) => gradientCalls > 0).length;
  const isEnsemble = withGradients >= GRADIENT_ATTACKS && ran.length > withGradients;
  if (isEnsemble || ran.length < attacks.length) return [];
  const names = attacks.map(({ name }) => name).join(', ');
  return [flag('not-an-ensemble', `Attacks run: ${names}.`, { attacks: attacks.map(({ name }) => name) })];
}
