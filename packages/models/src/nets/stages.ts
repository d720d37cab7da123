import type { Where } from '@st/core/kit';

import { checkSizes } from './net-options.ts';

/** The widths of the four stages in He et al. 2016. */
export const STAGE_WIDTHS: readonly number[] = [64, 128, 256, 512];

/** One stage of a residual network. */
export type Stage = {
  readonly path: string;
  readonly width: number;
  readonly blocks: number;
  readonly stride: number;
};

/**
 * The stages `layer1`, `layer2` ... of a ResNet: the first keeps the size, the others halve it.
 * @param pathOf - The path in the PyTorch module of a stage, counted from 0. Default: `layer1` for stage 0.
 */
export function checkStages(
  where: Where,
  widths: unknown,
  blocks: unknown,
  pathOf: (stage: number) => string = (stage) => `layer${stage + 1}`,
): readonly Stage[] {
  const checked = checkSizes(where, 'widths', widths);
  const counts = checkSizes(where, 'blocks', blocks, checked.length);
  return checked.map((width, i) => ({
    path: pathOf(i),
    width,
    blocks: counts[i] ?? 0,
    stride: i === 0 ? 1 : 2,
  }));
}
