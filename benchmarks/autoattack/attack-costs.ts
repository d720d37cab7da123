import type { RobustnessReport } from '@st/evaluation';

import { markdown, significant } from '../src/table.ts';
import { PUBLISHED_GRADIENT_CALLS } from './published-gradient-calls.ts';

/** The cost and the result of attacking some images. */
type Cost = {
  readonly images: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Input gradients, summed over the images. */
  readonly gradientCalls: number;
  /** Forward passes, summed over the images. */
  readonly queries: number;
  /** Images still classified correctly afterwards, of all evaluated images. */
  readonly correct: number;
  readonly robustAccuracy: number;
};

/** The cost of one attack, on the images not broken before it. */
type AttackCost = Cost & {
  readonly attack: string;
  /** Input gradients of a surviving image: the maximum over all of them. Null if none survived. */
  readonly gradientCallsOfSurvivor: number | null;
  /** The same number for the published implementation; null if the attack does not belong to AutoAttack. */
  readonly publishedGradientCallsOfSurvivor: number | null;
};

/** The cost of an evaluation: per attack, and in total for all evaluated images. */
export type AttackCosts = { readonly attacks: readonly AttackCost[]; readonly total: Cost };

/** Computes the costs from a report. */
export function attackCosts({ natural, robust, attacks, examples, timing }: RobustnessReport): AttackCosts {
  const costs = attacks.map(({ name, attacked, gradientCalls, queries, robust: after }, i): AttackCost => {
    const seconds = timing.attacks[i]?.seconds ?? Number.NaN;
    const survived = examples.flatMap((example) =>
      example.attacks.filter(({ attack, outcome }) => attack === name && outcome === 'survived'),
    );
    return {
      attack: name,
      images: attacked,
      seconds,
      imagesPerSecond: attacked / seconds,
      gradientCalls,
      gradientCallsOfSurvivor: survived.length > 0 ? Math.max(...survived.map((one) => one.gradientCalls)) : null,
      publishedGradientCallsOfSurvivor: PUBLISHED_GRADIENT_CALLS[name] ?? null,
      queries,
      correct: after.correct,
      robustAccuracy: after.accuracy,
    };
  });
  const sum = (key: 'seconds' | 'gradientCalls' | 'queries'): number =>
    costs.reduce((total, cost) => total + cost[key], 0);
  return {
    attacks: costs,
    total: {
      images: natural.total,
      seconds: sum('seconds'),
      imagesPerSecond: natural.total / sum('seconds'),
      gradientCalls: sum('gradientCalls'),
      queries: sum('queries'),
      correct: robust.correct,
      robustAccuracy: robust.accuracy,
    },
  };
}

const TITLES = [
  ...['attack', 'images', 'seconds', 'images/s', 'gradients', 'queries', 'robust accuracy'],
  ...['gradients of a survivor', 'published'],
];

/** The costs as a Markdown table, with the total in the last row. */
export function costTable({ attacks, total }: AttackCosts): string {
  const rows = attacks.map((cost) => [
    ...[cost.attack, ...cellsOf(cost)],
    ...[cost.gradientCallsOfSurvivor, cost.publishedGradientCallsOfSurvivor].map((calls) => `${calls ?? '-'}`),
  ]);
  return markdown(TITLES, [...rows, ['total', ...cellsOf(total), '', '']]);
}

function cellsOf({
  images,
  seconds,
  imagesPerSecond,
  gradientCalls,
  queries,
  correct,
  robustAccuracy,
}: Cost): string[] {
  const accuracy = `${(100 * robustAccuracy).toFixed(1)} % (${correct})`;
  return [`${images}`, seconds.toFixed(1), significant(imagesPerSecond), `${gradientCalls}`, `${queries}`, accuracy];
}
