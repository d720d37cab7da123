import { createRng } from '@st/core';

import type { Golden } from './golden.ts';
import { type Case, fails, type Report } from './report.ts';

/** How far the images are moved, at most: about what float32 rounds the activations by that they cause. */
const NUDGE = 2 ** -22;
const ATTEMPTS = 8;

/**
 * Runs checks of what comes of gradients of ReLU networks, and if one fails, again with the images moved by rounding.
 *
 * Such a gradient jumps where the input of a ReLU crosses 0. An input that is 0 but for rounding comes out on either side, as the order of
 * summation has it, and one such unit changes the gradient of a small network by up to a percent. The reference then is not the value of
 * the gradient there but the value on one side; images moved by 2^-22 reach both. What is wrong for another reason stays wrong.
 * @param run - Makes its cases anew from `golden`, the same ones on every call.
 */
export async function withinRounding(
  golden: Golden,
  report: Report,
  run: (golden: Golden, report: Report) => void | Promise<void>,
): Promise<void> {
  const first = await record(golden, run);
  let cases = first;
  for (let attempt = 1; attempt <= ATTEMPTS && cases.some(fails); attempt++) {
    cases = await record(nudged(golden, attempt), run);
  }
  const isWithin = !cases.some(fails);
  first.forEach((asStored, i) => {
    const shown = (isWithin && fails(asStored) && cases[i]) || asStored;
    const { name, error, bound, note } = shown;
    const moved = shown === asStored ? '' : `images moved by rounding; as stored: ${asStored.error.toExponential(1)}`;
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
  return { ...golden, nudge: (pixels) => pixels.map((pixel) => pixel + NUDGE * (2 * rng.next() - 1)) };
}
