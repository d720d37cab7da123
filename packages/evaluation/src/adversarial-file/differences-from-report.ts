import { DataFormatError } from '@st/core';
import { checkKind, describeValue, type Where } from '@st/core/kit';

import { REPORT_SCHEMA, REPORT_VERSION } from '../report/robustness-report.ts';
import type { AdversarialFile } from './adversarial-file.ts';

const WHERE: Where = '[@st/evaluation] differencesFromReport';

/**
 * Compares a report with a file of adversarial examples: norm, radius, counts, data and model.
 * @param report - The parsed `report.json`; only the compared members are validated.
 * @param name - Shown in errors and differences, e.g. the report's path.
 * @returns One sentence per difference; empty if they agree.
 * @throws {DataFormatError} if `report` is not a report.
 */
export function differencesFromReport(file: AdversarialFile, report: unknown, name = 'the report'): string[] {
  checkKind(WHERE, 'file', file, 'options');
  checkKind(WHERE, 'file.claims', file.claims, 'options');
  checkKind(WHERE, 'file.indices', file.indices, 'numbers');
  checkKind(WHERE, 'name', name, 'text');
  const { threat, natural, robust, total, modelDigest, datasetDigest, passes } = file.claims;
  if (memberOf(report, 'schema') !== REPORT_SCHEMA || memberOf(report, 'version') !== REPORT_VERSION) {
    throw new DataFormatError(
      `${WHERE}: ${name}: must be a report of schema ${REPORT_SCHEMA}, version ${REPORT_VERSION}, got ${describeValue(report)}. Is it the report.json of an evaluation?`,
      { argument: 'report', received: report },
    );
  }
  const indices = memberOf(memberOf(report, 'dataset'), 'indices');
  const claimed: readonly (readonly [string, unknown, unknown])[] = [
    ['norm', memberOf(memberOf(report, 'threat'), 'norm') ?? null, threat?.norm ?? null],
    ['epsilon', memberOf(memberOf(report, 'threat'), 'epsilon') ?? null, threat?.epsilon ?? null],
    ['epsilons', epsilonsText(memberOf(report, 'threat')), epsilonsText(threat)],
    ['examples', memberOf(memberOf(report, 'natural'), 'total'), total],
    ['natural accuracy, right', memberOf(memberOf(report, 'natural'), 'correct'), natural],
    ['robust accuracy, right', memberOf(memberOf(report, 'robust'), 'correct'), robust],
    ['data digest', memberOf(memberOf(report, 'dataset'), 'digest'), datasetDigest],
    ['model digest', memberOf(memberOf(report, 'model'), 'digest') ?? null, modelDigest],
    ['passes', memberOf(memberOf(report, 'judgement'), 'passes') ?? 1, passes],
  ];
  const differences = claimed.flatMap(([what, inReport, inFile]) =>
    inReport === inFile ? [] : [`${what}: ${name} says ${describeValue(inReport)}, the file ${describeValue(inFile)}`],
  );
  const sameIndices =
    Array.isArray(indices) &&
    indices.length === file.indices.length &&
    file.indices.every((i, at) => i === indices[at]);
  return sameIndices ? differences : [...differences, `indices: ${name} and the file list different examples`];
}

/** Radii that differ by pixel, as JSON; null if there is one radius. */
function epsilonsText(threat: unknown): string | null {
  const epsilons = memberOf(threat, 'epsilons');
  return epsilons === undefined ? null : JSON.stringify([memberOf(epsilons, 'shape'), memberOf(epsilons, 'values')]);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
