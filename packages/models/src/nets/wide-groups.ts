import { InvalidArgumentError } from '@st/core';
import { checkNumber, describeValue, type Where } from '@st/core/kit';

import { checkSizes } from './net-options.ts';
import type { Stage } from './stages.ts';

/** The sizes of a WideResNet. */
type WideSizes = {
  readonly depth: number;
  readonly widen: number;
  readonly widths?: readonly number[];
  readonly stem?: number;
};

/**
 * The three groups of a WideResNet: the first keeps the size, the others halve it.
 * @param pathOf - The path in the PyTorch module of a group, counted from 0.
 * @throws {InvalidArgumentError} with the name of an invalid option.
 */
export function checkGroups(
  where: Where,
  { depth, widen, widths = [16, 32, 64], stem }: WideSizes,
  pathOf: (group: number) => string,
): { readonly stem: number; readonly groups: readonly Stage[] } {
  const blocks = blocksOf(where, depth);
  checkNumber(where, 'widen', widen, { min: 1, integer: true });
  const narrow = checkSizes(where, 'widths', widths, 3);
  const [first = 0] = checkSizes(where, 'stem', [stem ?? narrow[0]]);
  const groups = narrow.map((width, i) => ({
    path: pathOf(i),
    width: width * widen,
    blocks,
    stride: i === 0 ? 1 : 2,
  }));
  return { stem: first, groups };
}

/** The deepest published networks have 1001 layers. */
const MAX_DEPTH = 10_000;

function blocksOf(where: Where, depth: number): number {
  const blocks = typeof depth === 'number' ? (depth - 4) / 6 : 0;
  if (Number.isInteger(blocks) && blocks >= 1 && depth <= MAX_DEPTH) return blocks;
  throw new InvalidArgumentError(
    `${where}: depth must be 6 n + 4 for n blocks per group (10, 16, 22, 28, 34 ...)${typeof depth === 'number' && depth > MAX_DEPTH ? ` of at most ${MAX_DEPTH}` : ''}, got ${describeValue(depth)}.`,
    { argument: 'depth', received: depth },
  );
}
