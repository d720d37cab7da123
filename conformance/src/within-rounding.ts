import { createRng } from '@st/core';

import type { Golden } from './golden.ts';
import { type Case, fails, type Report } from './report.ts';

/** How far images are moved, at most, attempt by attempt: around the spacing of float32 numbers in [0.5, 1), 2^-24. */
const NUDGES = [2 ** -23, 2 ** -24, 2 ** -22];
/** Three or four units that hang on rounding, as full-size networks have, make some ten combinations of sides. */
const ATTEMPTS = 24;
/** After so many attempts that change nothing no unit hangs on rounding. */
const PATIENCE = 8;
/** An error that stays within this part of itself has not changed. */
const UNCHANGED = 0.01;

/**
 * Runs checks of what comes of gradients of ReLU networks, and if one fails, again with the images moved by rounding.
 *
 * Such a gradient jumps where the input of a ReLU crosses 0. An input that is 0 but for rounding comes out on either side, as the order of
 * summation has it, and one such unit changes the gradient of a small network by up to a percent. The reference then is not the value of
 * the gradient there but the value on one side; images moved by 2^-23 or so reach both. What is wrong for another reason stays wrong.
 * @param run - Makes its cases anew from `golden`, the same ones on every call.
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
