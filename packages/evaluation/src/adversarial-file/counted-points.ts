import { InvalidArgumentError } from '@st/core';
import { checkKind, type Where } from '@st/core/kit';

import type { FoundExamples } from '../evaluation-options.ts';
import type { BrokenBy, RobustnessReport } from '../report/robustness-report.ts';

const WHERE: Where = '[@st/evaluation] countedPoints';

/** The point that broke an example. */
export type CountedPoint = BrokenBy & {
  /** Of the example among those evaluated. */
  readonly place: number;
  /** In the data set. */
  readonly index: number;
  readonly image: Float32Array;
};

/**
 * The points that a report counts: of each example that is broken, the one that broke it, whichever part of the run found it.
 * @param found - All that `onFound` told.
 * @returns In the order of evaluation; the images are views into `found`.
 * @throws {InvalidArgumentError} if `found` lacks one of them, and for an argument of another kind.
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
      `${WHERE}: found must hold the point of every example that the report counts as broken, but holds none of example ${index} by '${broken.attack}'. Hand on all that onFound told, of this evaluation.`,
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

/** Points of the distances are told with an infinite radius, which JSON does not have. */
function keyOf(index: number, { phase, attack, epsilon }: Pick<BrokenBy, 'phase' | 'attack' | 'epsilon'>): string {
  return `${index} ${phase} ${epsilon ?? Number.POSITIVE_INFINITY} ${attack}`;
}
