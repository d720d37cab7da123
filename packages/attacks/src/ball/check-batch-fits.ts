import type { Batch, ThreatModel } from '@st/core';
import { checkBatch, type Where } from '@st/core/kit';

import { checkRadiusFits } from './threat.ts';

/**
 * Refuses what is no batch, or one whose images the threat model is not made for. Values are checked where reading them is free, as by `checkBatch`.
 * @throws {InvalidArgumentError} or {ShapeError} naming the argument.
 */
export function checkBatchFits(where: Where, batch: Batch, threat: ThreatModel): void {
  checkBatch(where, batch);
  const [, height, width, channels] = batch.images.shape;
  checkRadiusFits(where, threat, [height, width, channels]);
}
