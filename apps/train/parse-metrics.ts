import { DataFormatError } from '@st/core';
import { readJson } from '@st/core/kit';

import type { Metrics } from './metrics.ts';

/** One line of the log; undefined if it is damaged. */
export function parseMetrics(line: string): Metrics | undefined {
  const value = jsonOf(line);
  if (!isRecord(value) || !isCount(value.step)) return undefined;
  const fields = FIELDS[String(value.kind)];
  return fields && Object.entries(fields).every(([name, isValid]) => isValid(value[name]))
    ? (value as Metrics)
    : undefined;
}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const FIELDS: { readonly [kind: string]: { readonly [field: string]: Check } } = {
  step: {
    epoch: isCount,
    learningRate: isNumber,
    imagesPerSecond: isNumber,
    terms: (value) => isRecord(value) && Object.values(value).every(isNumber),
  },
  validation: {
    epoch: isCount,
    examples: isCount,
    naturalCorrect: isCount,
    robustCorrect: isCount,
    rawRobustCorrect: optional(isCount),
    monitored: optional(isCount),
    monitoredRobustCorrect: optional(isCount),
  },
  overfitting: {
    epoch: isCount,
    training: isNumber,
    attacked: isNumber,
    overfitted: (value) => typeof value === 'boolean',
  },
};

function jsonOf(line: string): unknown {
  try {
    return readJson('a line of metrics', line);
  } catch (error) {
    if (error instanceof DataFormatError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
