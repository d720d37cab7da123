import { InvalidArgumentError } from '@st/core';
import { checkKind, type Where } from '@st/core/kit';

import type { FoundExamples } from '../evaluation-options.ts';
import type { BrokenBy, RobustnessReport } from '../report/robustness-report.ts';

const WHERE: Where = '[@st/evaluation] countedPoints';

/** The point that broke an example. */
export type CountedPoint = BrokenBy & {
  /** The position of the example among those evaluated. */
  readonly place: number;
  /** The index of the example in the data set. */
  readonly index: number;
  readonly image: Float32Array;
};

/**
 * The points that a report counts: for each broken example the point that broke it, whichever part of the run found it.
 * @param found - All arguments that `onFound` was called with.
 * @returns The points in the order of evaluation; their images are subarrays of `found`.
 * @throws {InvalidArgumentError} if `found` lacks the point of a broken example, and for an argument of the wrong kind.
 */
export function countedPoints(
  report: Pick<RobustnessReport, 'examples'>,
  found: readonly FoundExamples[],
): CountedPoint[] {
  checkArguments(report, found);
  const images = new Map<string, Float32Array>();
  for (const { phase, attack, epsilon, indices, images: pixels } of found) {
    const size = pixels.length / indices.length;
    for (const [i, index] of indices.entries()) {
      images.set(keyOf(index, { phase, attack, epsilon }), pixels.subarray(i * size, (i + 1) * size));
    }
  }
  return report.examples.flatMap(({ index, broken }, place) => {
    if (!broken) return [];
    const image = images.get(keyOf(index, broken)) ?? images.get(keyOf(index, { ...broken, epsilon: broken.norm }));
    if (image) return [{ ...broken, place, index, image }];
    throw new InvalidArgumentError(
      `${WHERE}: found must hold the point of every example that the report counts as broken, but lacks that of example ${index} by '${broken.attack}'. Pass everything that onFound was called with in this evaluation.`,
      { argument: 'found', received: index },
    );
  });
}

function checkArguments(report: Pick<RobustnessReport, 'examples'>, found: readonly FoundExamples[]): void {
  checkKind(WHERE, 'report', report, 'options');
  checkKind(WHERE, 'report.examples', report.examples, 'list');
  for (const [i, example] of report.examples.entries()) checkKind(WHERE, `report.examples[${i}]`, example, 'options');
  checkKind(WHERE, 'found', found, 'list');
  for (const [i, examples] of found.entries()) {
    checkKind(WHERE, `found[${i}]`, examples, 'options');
    checkKind(WHERE, `found[${i}].indices`, examples.indices, 'numbers');
    checkKind(WHERE, `found[${i}].images`, examples.images, 'numbers');
  }
}

/** `onFound` reports points of `distances` with radius infinity; the report has null instead, since JSON has no infinity. */
function keyOf(index: number, { phase, attack, epsilon }: Pick<BrokenBy, 'phase' | 'attack' | 'epsilon'>): string {
  return `${index} ${phase} ${epsilon ?? Number.POSITIVE_INFINITY} ${attack}`;
}
