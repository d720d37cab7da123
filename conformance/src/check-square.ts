import { type SquareDraws, squareBump, squareFraction, squareRun, squareSide } from '@st/attacks/parts';
import { asClassifier, type Classifier, type Norm } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS, SAME_PIXEL } from './bounds.ts';
import type { Checker } from './checker.ts';
import { differingShare, mismatches, relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { imagesOf, inTorchOrder, labelsOf } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

const NORMS = ['linf', 'l2', 'l1'] as const satisfies readonly Norm[];

/**
 * Share of the pixels that may differ after a whole run. In l2 and l1 the content of a window is scaled up, even if it is only rounding error: moving
 * the images by 2^-24 changes 0.7 % of the pixels of a reference run of 120 iterations, but none of its margins.
 */
const PIXELS: Readonly<Record<Norm, number>> = { linf: BOUNDS.pixels, l2: 10 * BOUNDS.pixels, l1: 10 * BOUNDS.pixels };

/** Square: schedules, sizes and content of its windows, and whole runs from the stored draws. */
export const checkSquare: Checker = async (golden, report) => {
  for (const name of golden.names) {
    checkSchedule(golden, report, name);
    checkBump(golden, report, name);
  }
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  for (const norm of NORMS.filter((name) => golden.has(`square_${name}/rand`))) {
    // whether a candidate with the same loss up to rounding is kept depends on the back end
    await withinRounding(golden, report, (images, cases) => checkRun(images, cases, classifier, norm));
  }
  model.dispose();
};

/** `p/N`, `p_norescale/N` and `size/N`: one entry per iteration of N. */
function checkSchedule(golden: Golden, report: Report, name: string): void {
  const [, kind, count] = /^(p|p_norescale|size)\/(\d+)$/.exec(name) ?? [];
  if (kind === undefined) return;
  const schedule = { pInit: golden.number('p_init'), queries: Number(count), rescale: kind !== 'p_norescale' };
  const expected = golden.values(name);
  const fractions = Array.from(expected, (_, iteration) => squareFraction(iteration, schedule));
  if (kind !== 'size') {
    report.check(name, relativeError(fractions, expected), BOUNDS.pure);
    return;
  }
  const shape = [golden.number('h'), golden.number('w'), golden.tensor('x').shape[1] ?? 0] as const;
  const sides = fractions.map((fraction) => squareSide('linf', fraction, shape));
  report.check(name, mismatches(sides, expected), 0, 'sizes');
}

/** `eta_rect_l2/AxB`. */
function checkBump(golden: Golden, report: Report, name: string): void {
  const [, norm, rows, columns] = /^eta_rect_(l2|l1)\/(\d+)x(\d+)$/.exec(name) ?? [];
  if (norm === undefined) return;
  const bump = squareBump(norm === 'l2' ? 'l2' : 'l1', Number(rows), Number(columns));
  report.check(name, relativeError(bump, golden.values(name)), BOUNDS.pure);
}

async function checkRun(golden: Golden, report: Report, classifier: Classifier, norm: Norm): Promise<void> {
  const stored = (name: string): Float64Array => golden.values(`square_${norm}/${name}`);
  const { draws, sizes } = replayed(stored('rand'));
  const batch = { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
  const threat = { norm, epsilon: golden.number(`${norm}_eps`), bounds: [0, 1] } as const;
  const queries = golden.number(`${norm}_queries`);
  const settings = { threat, queries, pInit: golden.number('p_init'), rescale: true, loss: 'margin' } as const;
  const run = await squareRun(classifier, batch, settings, draws);
  const best = inTorchOrder(run.best);
  tf.dispose([batch.images, batch.labels, run.best]);
  report.check(`square_${norm}/rand_sizes`, mismatches(sizes, stored('rand_sizes')), 0, 'draws');
  report.check(`square_${norm}/n_queries`, mismatches(run.queries, stored('n_queries')), 0, 'examples');
  report.check(`square_${norm}/margin`, relativeError(run.margins, stored('margin')), BOUNDS.values);
  if (!golden.has(`square_${norm}/x_best`)) return; // compact files lack it
  const note = `share of pixels off by more than ${SAME_PIXEL}`;
  report.check(`square_${norm}/x_best`, differingShare(best, stored('x_best')), PIXELS[norm], note);
}

/** Returns the stored numbers in order, then zeros, and records the size of each call. */
function replayed(numbers: Float64Array): { readonly draws: SquareDraws; readonly sizes: number[] } {
  const sizes: number[] = [];
  let position = 0;
  const take = (count: number): Float64Array => {
    sizes.push(count);
    const taken = new Float64Array(count);
    taken.set(numbers.subarray(position, position + count));
    position += count;
    return taken;
  };
  return { sizes, draws: { shared: take, each: (examples, count) => take(examples.length * count) } };
}
