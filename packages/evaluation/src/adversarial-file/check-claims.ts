import { checkThreat } from '@st/attacks/parts';
import { DataFormatError, StError, type ThreatModel } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

import { MOST_PASSES } from '../predict.ts';
import type { RobustnessReport } from '../report/robustness-report.ts';

/** What the evaluation claims: the threat model, counts and digests of its report. */
export type AdversarialClaims = Pick<RobustnessReport, 'threat'> & {
  readonly natural: number;
  readonly robust: number;
  readonly total: number;
  readonly modelDigest: string | null;
  readonly datasetDigest: string;
  /** Forward passes that decided a class. */
  readonly passes: number;
};

/** The size of the file that the claims must match. */
export type ClaimedSize = {
  readonly examples: number;
  readonly found: number;
  readonly imageShape: readonly [number, number, number];
};

/**
 * Validates claims read from a file: a threat model as `linf`, `l2` and `l1` build it, whose radius is not larger than the largest distance
 * between images; counts that match each other and the file; digests.
 * @throws {DataFormatError} naming the claim.
 */
export function checkClaims(where: Where, value: unknown, size: ClaimedSize): AdversarialClaims {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(where, 'claims', 'an object', value);
  }
  const { threat, natural, robust, total, modelDigest, datasetDigest, passes = 1 } = value as Record<string, unknown>;
  if (total !== size.examples) return refuse(where, 'total', `${size.examples}, the images of the file,`, total);
  if (!isCount(natural, size.examples)) return refuse(where, 'natural', `an integer in [0, ${total}]`, natural);
  if (!isCount(robust, natural)) return refuse(where, 'robust', `an integer in [0, ${natural}]`, robust);
  if (natural - robust !== size.found) {
    return refuse(where, 'robust', `${natural - size.found}: ${natural} right and ${size.found} points found`, robust);
  }
  if (modelDigest !== null && typeof modelDigest !== 'string')
    return refuse(where, 'modelDigest', 'a string or null', modelDigest);
  if (typeof datasetDigest !== 'string') return refuse(where, 'datasetDigest', 'a string', datasetDigest);
  if (!isCount(passes, MOST_PASSES) || passes === 0)
    return refuse(where, 'passes', `an integer in [1, ${MOST_PASSES}]`, passes);
  return {
    threat: threat === null ? null : threatIn(where, threat, size),
    natural,
    robust,
    total,
    modelDigest,
    datasetDigest,
    passes,
  };
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function threatIn(where: Where, value: unknown, { imageShape }: ClaimedSize): ThreatModel {
  const { norm, epsilon, epsilons, bounds } = (value ?? {}) as Partial<ThreatModel>;
  const isUnit = Array.isArray(bounds) && bounds.length === 2 && bounds[0] === 0 && bounds[1] === 1;
  if (!isUnit) return refuse(where, 'threat.bounds', '[0, 1]', bounds);
  const threat = knownThreat(where, {
    norm,
    epsilon,
    bounds,
    ...(epsilons !== undefined && { epsilons }),
  } as ThreatModel);
  const pixels = imageShape.reduce((product, length) => product * length, 1);
  const farthest = { linf: 1, l2: Math.sqrt(pixels), l1: pixels }[threat.norm];
  if (threat.epsilon > farthest) {
    return refuse(
      where,
      'threat.epsilon',
      `at most ${farthest}, the distance from a black image to a white one,`,
      epsilon,
    );
  }
  const { shape = [] } = threat.epsilons ?? {};
  if (shape.every((length, axis) => length === 1 || length === imageShape[axis])) return threat;
  return refuse(where, 'threat.epsilons', `radii for images of shape [${imageShape}]`, shape);
}

function knownThreat(where: Where, claimed: ThreatModel): ThreatModel {
  try {
    return checkThreat(where, claimed);
  } catch (cause) {
    if (!(cause instanceof StError)) throw cause;
    throw new DataFormatError(`${where}: the threat model in the file is invalid: ${cause.message}`, {
      argument: 'threat',
      received: claimed.epsilon,
      cause,
    });
  }
}

function refuse(where: Where, name: string, wanted: string, received: unknown): never {
  throw new DataFormatError(
    `${where}: the claim ${name} must be ${wanted}, got ${describeValue(received)}. The file was edited or is damaged.`,
    { argument: name, received },
  );
}
