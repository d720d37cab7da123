import type { ThreatModel } from '@st/core';
import type { JsonObject } from '@st/core/kit';

import { checkThreat } from './threat.ts';

/**
 * Whether two threat models allow the same perturbations.
 * @throws {InvalidArgumentError} or {ShapeError} for anything but a threat model.
 */
export function sameThreat(one: ThreatModel, other: ThreatModel): boolean {
  for (const threat of [one, other]) checkThreat('[@st/attacks] sameThreat', threat);
  return JSON.stringify(threatJson(one)) === JSON.stringify(threatJson(other));
}

/** Maps of more radii are represented by a hash. */
const FEW = 16;

/**
 * The threat model in short form, for reports and for comparing a resumed evaluation: `{ norm, epsilon, bounds }`, with its radii or a hash of more than 16.
 * @throws {InvalidArgumentError} or {ShapeError} for anything but a threat model.
 */
export function threatJson(threat: ThreatModel): JsonObject {
  const { norm, epsilon, bounds, epsilons } = checkThreat('[@st/attacks] threatJson', threat);
  if (epsilons === undefined) return { norm, epsilon, bounds };
  const { shape, values } = epsilons;
  return {
    norm,
    epsilon,
    bounds,
    epsilons: { shape, ...(values.length > FEW ? { hash: hashOf(values) } : { values }) },
  };
}

/** FNV-1a of the numbers' bytes, from two offsets. Not cryptographic: it distinguishes maps that were not built to collide. */
function hashOf(values: readonly number[]): string {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  return [0x811c9dc5, 0x1000193]
    .map((offset) => {
      let hash = offset;
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x1000193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
