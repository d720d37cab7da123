import { type Attack, withRadius } from '@st/attacks';
import { epsilonsOf } from '@st/attacks/parts';
import { type Dataset, InvalidArgumentError, type ThreatModel } from '@st/core';
import { checkKind, checkNumber, type Where } from '@st/core/kit';
import { sharedThreat } from './shared-threat.ts';

/** The radii of a robustness curve and the attacks at each. */
export type CurveOptions = {
  /** In any order; duplicates are ignored. */
  readonly epsilons: readonly number[];
  /**
   * Returns the attacks at a radius. They must have that radius and the norm of the evaluation. If radii differ by pixel, `epsilon` is the
   * largest of them, and the threat model must be that of the evaluation, scaled: `withRadius(threat, epsilon)`.
   */
  readonly attacksAt: (epsilon: number) => readonly Attack[];
};

/** The attacks at one radius. */
export type CurveAttacks = { readonly epsilon: number; readonly attacks: readonly Attack[] };

/** What the attacks of a curve must match. */
type Evaluated = { readonly threat: ThreatModel | null; readonly imageShape: Dataset['imageShape'] };

/** Bounds the rounding error of scaling radii, relative to the radius. */
const ROUNDING = 1e-6;

/**
 * Builds the attacks of a curve, from the smallest radius up. All must have one norm, and radii that differ by pixel must be those of the
 * evaluation, scaled: only then does a point found at one radius count at the others.
 * @throws {InvalidArgumentError} naming the radius.
 */
export function planCurve(
  where: Where,
  { epsilons, attacksAt }: CurveOptions,
  { threat, imageShape }: Evaluated,
): readonly CurveAttacks[] {
  checkKind(where, 'curve.epsilons', epsilons, 'list');
  checkKind(where, 'curve.attacksAt', attacksAt, 'function');
  const sorted = [...new Set(epsilons)].sort((a, b) => a - b);
  let reference = threat;
  return sorted.map((epsilon) => {
    checkNumber(where, 'curve.epsilons', epsilon, { min: 0, aboveMin: true });
    // at its own radius, the evaluation itself gives the point of the curve
    const attacks = epsilon === threat?.epsilon ? [] : attacksAt(epsilon);
    const found = sharedThreat(where, attacks, 'curve.attacksAt');
    reference ??= found;
    if (found && reference) checkScaled(where, found, { threat: withRadius(reference, epsilon), imageShape });
    return { epsilon, attacks };
  });
}

function checkScaled(
  where: Where,
  found: ThreatModel,
  { threat, imageShape }: Evaluated & { threat: ThreatModel },
): void {
  const { norm, epsilon } = threat;
  if (found.epsilon !== epsilon || found.norm !== norm) {
    throw new InvalidArgumentError(
      `${where}: curve: the attacks at epsilon ${epsilon} must have that radius and norm ${norm}, got ${found.norm} ${found.epsilon}.`,
      { argument: 'curve', received: found.epsilon },
    );
  }
  const [wanted, got] = [epsilonsOf(threat, imageShape), epsilonsOf(found, imageShape)];
  if (!wanted && !got) return;
  if (wanted && got && wanted.every((radius, i) => Math.abs(radius - (got[i] ?? 0)) <= ROUNDING * epsilon)) return;
  throw new InvalidArgumentError(
    `${where}: curve: the radii of the pixels at epsilon ${epsilon} must be those of the evaluation, scaled, got different ones. Write attacksAt: (epsilon) => [apgdAttack({ threat: withRadius(threat, epsilon), loss: 'ce' })].`,
    { argument: 'curve', received: found.epsilons },
  );
}
