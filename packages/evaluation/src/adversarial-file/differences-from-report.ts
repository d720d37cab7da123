import { DataFormatError } from '@st/core';
import { checkKind, describeValue, type Where } from '@st/core/kit';

import { REPORT_SCHEMA, REPORT_VERSION } from '../report/robustness-report.ts';
import type { AdversarialFile } from './adversarial-file.ts';

const WHERE: Where = '[@st/evaluation] differencesFromReport';

/**
 * In what a report and a file of adversarial examples contradict each other: radius, norm, counts, data and model.
 * @param report - As read from `report.json`; validated here as far as it is compared.
 * @param name - Shown in errors and differences, e.g. the report's path.
 * @returns A sentence each; none if they say the same.
 * @throws {DataFormatError} if it is no report.
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
    ['epsilons', toldEpsilons(memberOf(report, 'threat')), toldEpsilons(threat)],
    ['examples', memberOf(memberOf(report, 'natural'), 'total'), total],
    ['natural accuracy, right', memberOf(memberOf(report, 'natural'), 'correct'), natural],
    ['robust accuracy, right', memberOf(memberOf(report, 'robust'), 'correct'), robust],
    ['data digest', memberOf(memberOf(report, 'dataset'), 'digest'), datasetDigest],
    ['model digest', memberOf(memberOf(report, 'model'), 'digest') ?? null, modelDigest],
    ['passes', memberOf(memberOf(report, 'judgement'), 'passes') ?? 1, passes],
  ];
  const differences = claimed.flatMap(([what, told, held]) =>
    told === held ? [] : [`${what}: ${name} says ${describeValue(told)}, the file ${describeValue(held)}`],
  );
  const sameIndices =
    Array.isArray(indices) &&
    indices.length === file.indices.length &&
    file.indices.every((i, at) => i === indices[at]);
  return sameIndices ? differences : [...differences, `indices: ${name} names other examples than the file`];
}

/** Radii that differ by pixel, as one text; null where there is one radius. */
function toldEpsilons(threat: unknown): string | null {
  const epsilons = memberOf(threat, 'epsilons');
  return epsilons === undefined ? null : JSON.stringify([memberOf(epsilons, 'shape'), memberOf(epsilons, 'values')]);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
