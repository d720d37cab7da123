import { createRng } from '@st/core';

import type { Golden } from './golden.ts';
import { type Case, fails, type Report } from './report.ts';

/** Largest movement of the images, by attempt: around 2^-24, the spacing of float32 numbers in [0.5, 1). */
const NUDGES = [2 ** -23, 2 ** -24, 2 ** -22];
/** Full-size networks have three or four units whose sign depends on rounding, which makes about ten combinations. */
const ATTEMPTS = 24;
/** After this many attempts without a change, no unit depends on rounding. */
const PATIENCE = 8;
/** An error whose relative change is at most this counts as unchanged. */
const UNCHANGED = 0.01;

/**
 * Runs checks that depend on gradients of ReLU networks. If one fails, it runs them again with the images moved by about the rounding error.
 *
 * Such a gradient jumps where the input of a ReLU crosses 0. The order of summation determines the sign of an input that is 0 up to rounding, and one such
 * unit changes the gradient of a small network by up to a percent. The reference then holds the gradient on one side of the jump; images moved by about
 * 2^-23 reach both sides. Errors with another cause remain.
 * @param run - Computes its cases from `golden`, the same ones on every call.
 */
export async function withinRounding(
  golden: Golden,
  report: Report,
  run: (golden: Golden, report: Report) => void | Promise<void>,
): Promise<void> {
  const asStored = await record(golden, run);
  let shown = asStored;
  let jumps = false;
  for (let attempt = 0; attempt < (jumps ? ATTEMPTS : PATIENCE) && shown.some(fails); attempt++) {
    const moved = await record(nudged(golden, attempt), run);
    shown = shown.map((result, i) => {
      const other = moved[i];
      if (!fails(result) || !other) return result;
      jumps ||= Math.abs(other.error - result.error) > UNCHANGED * result.error;
      return fails(other) ? result : other;
    });
  }
  shown.forEach(({ name, error, bound, note }, i) => {
    const stored = asStored[i]?.error ?? Number.NaN;
    const moved =
      stored === error || Number.isNaN(stored) ? '' : `images moved by rounding; as stored: ${stored.toExponential(1)}`;
    report.check(name, error, bound, [note, moved].filter(Boolean).join('; '));
  });
}

type Recorded = Omit<Case, 'file'>;

async function record(
  golden: Golden,
  run: (golden: Golden, report: Report) => void | Promise<void>,
): Promise<readonly Recorded[]> {
  const cases: Recorded[] = [];
  const recorder: Report = {
    check: (name, error, bound, note = '') => cases.push({ name, error, bound, note }),
    skip: () => undefined,
  };
  await run(golden, recorder);
  return cases;
}

function nudged(golden: Golden, attempt: number): Golden {
  const rng = createRng(attempt);
  const size = NUDGES[attempt % NUDGES.length] ?? 0;
  return { ...golden, nudge: (pixels) => pixels.map((pixel) => pixel + size * (2 * rng.next() - 1)) };
}
