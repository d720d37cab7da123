/**
 * The checked result of an attack on one example:
 * - `survived`: the attack claims nothing;
 * - `broken`: the claimed point is finite, in [0, 1], in the ball, and misclassified;
 * - the others name the first condition that the claimed point violates. The attack does not count as having broken the example.
 */
export const OUTCOMES = [
  'survived',
  'broken',
  'not-finite',
  'outside-bounds',
  'outside-ball',
  'not-misclassified',
] as const;

/** One of `OUTCOMES`. */
export type Outcome = (typeof OUTCOMES)[number];

/** Whether the attack made a claim that failed the check. */
export function isRejected(outcome: Outcome): boolean {
  return outcome !== 'survived' && outcome !== 'broken';
}
