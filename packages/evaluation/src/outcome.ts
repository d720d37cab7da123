/**
 * What came of an attack on one example, as re-checked:
 * - `survived`: the attack claims nothing;
 * - `broken`: the point that it returned is finite, in [0, 1], in the ball, and misclassified;
 * - the others: the attack claimed to have broken it, and the point is not what it has to be. The example counts as standing.
 */
export const OUTCOMES = [
  'survived',
  'broken',
  'not-finite',
  'outside-bounds',
  'outside-ball',
  'not-misclassified',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Whether the outcome is a claim that did not hold. */
export function isRejected(outcome: Outcome): boolean {
  return outcome !== 'survived' && outcome !== 'broken';
}
