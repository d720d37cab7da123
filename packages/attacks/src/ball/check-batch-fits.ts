import type { Batch, ThreatModel } from '@st/core';
import { checkBatch, type Where } from '@st/core/kit';

import { checkRadiusFits } from './threat.ts';

/**
 * Checks a batch, and that the threat model fits images of its shape. Pixel values are checked where a read is free, as by `checkBatch`.
 * @throws {InvalidArgumentError} or {ShapeError} naming the argument.
 */
export function checkBatchFits(where: Where, batch: Batch, threat: ThreatModel): void {
  checkBatch(where, batch);
  const [, height, width, channels] = batch.images.shape;
  checkRadiusFits(where, threat, [height, width, channels]);
}
