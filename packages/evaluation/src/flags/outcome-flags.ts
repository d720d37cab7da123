import type { JsonObject } from '@st/core';

import { isRejected, type Outcome } from '../outcome.ts';
import type { AttackSummary, ExampleReport } from '../report/robustness-report.ts';
import { type Flag, flag } from './flag.ts';

/** An attack without gradients may win a few examples by chance; the published check has the same share. */
const CHANCE = 0.002;

/** Losses that an ensemble tries, at least. */
const GRADIENT_ATTACKS = 2;

/**
 * The flags that the outcomes themselves call for.
 * @param isPublished - Whether the attacks are a published ensemble.
 */
export function outcomeFlags(
  examples: readonly ExampleReport[],
  attacks: readonly AttackSummary[],
  isPublished: boolean,
): Flag[] {
  return [
    ...naturalFlags(examples),
    ...rejectedFlags(examples),
    ...maskingFlags(examples.length, attacks),
    ...(isPublished ? [] : ensembleFlags(attacks)),
  ];
}

function naturalFlags(examples: readonly ExampleReport[]): Flag[] {
  const [first] = examples;
  const labels = new Set(examples.map(({ label }) => label)).size;
  const constant = labels > 1 && examples.every(({ predicted }) => predicted === first?.predicted);
  const seen = `All ${examples.length} images, of ${labels} classes, are predicted as class ${first?.predicted}.`;
  return [
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

/** Which attacks use gradients is read from what they did, not from their names. */
function maskingFlags(total: number, attacks: readonly AttackSummary[]): Flag[] {
  const firstWithGradients = attacks.findIndex(({ gradientCalls }) => gradientCalls > 0);
  const winners = attacks.filter(
    ({ gradientCalls, broken }, i) =>
      firstWithGradients >= 0 && i > firstWithGradients && gradientCalls === 0 && broken > CHANCE * total,
  );
  return winners.map(({ name, broken, attacked }) =>
    flag(
      'gradient-free-attack-stronger',
      `${name} broke ${broken} of the ${attacked} examples that the gradient attacks before it had left standing.`,
      { attack: name, broken, attacked },
    ),
  );
}

function ensembleFlags(attacks: readonly AttackSummary[]): Flag[] {
  if (attacks.length === 0) return [];
  // attacks that found nothing left to do are known by their place only, and count as what the list is made of
  const ran = attacks.filter(({ attacked }) => attacked > 0);
  const withGradients = ran.filter(({ gradientCalls }) => gradientCalls > 0).length;
  const whole = withGradients >= GRADIENT_ATTACKS && ran.length > withGradients;
  if (whole || ran.length < attacks.length) return [];
  const names = attacks.map(({ name }) => name).join(', ');
  return [flag('not-an-ensemble', `Attacks run: ${names}.`, { attacks: attacks.map(({ name }) => name) })];
}
