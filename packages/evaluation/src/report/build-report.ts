import { type Attack, autoAttackVersion } from '@st/attacks';
import * as tf from '@tensorflow/tfjs-core';

import { accuracyOf } from '../accuracy.ts';
import type { EvaluationPlan } from '../evaluation-options.ts';
import type { ExaminedData } from '../examine-data.ts';
import type { ExampleState } from '../example-state.ts';
import type { Flag } from '../flags/flag.ts';
import { outcomeFlags } from '../flags/outcome-flags.ts';
import type { MeasuredDistances } from '../measure-distances.ts';
import { isRejected } from '../outcome.ts';
import { VERSION } from '../version.ts';
import { distributionOf } from './distribution.ts';
import {
  type AttackSummary,
  type CurvePoint,
  type DatasetReport,
  type ExampleReport,
  REPORT_SCHEMA,
  REPORT_VERSION,
  type RobustnessReport,
  type Timing,
} from './robustness-report.ts';

/** All that was found out. */
export type Findings = {
  readonly plan: EvaluationPlan;
  readonly data: ExaminedData;
  readonly modelDigest: string | null;
  readonly examples: readonly ExampleState[];
  readonly flags: readonly Flag[];
  readonly distances: MeasuredDistances | null;
  readonly curve: readonly CurvePoint[];
  readonly timing: Omit<Timing, 'total'>;
};

/** Puts the findings into the form of the schema. */
export function buildReport(findings: Findings): RobustnessReport {
  const { plan, modelDigest, curve, timing } = findings;
  const examples = findings.examples.map(reportExample);
  const autoAttack = autoAttackVersion(plan.attacks);
  const attacks = summarise(plan.attacks, examples);
  const count = (...outcomes: readonly ExampleReport['outcome'][]): number =>
    examples.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    schema: REPORT_SCHEMA,
    version: REPORT_VERSION,
    threat: plan.threat && { norm: plan.threat.norm, epsilon: plan.threat.epsilon, bounds: plan.threat.bounds },
    natural: accuracyOf(count('broken', 'robust'), examples.length),
    robust: accuracyOf(count('robust'), examples.length),
    autoAttack,
    attacks,
    smallestPerturbations: smallestPerturbations(attacks, findings.distances),
    curve: curve.length > 0 ? curve : null,
    flags: [...findings.flags, ...outcomeFlags(examples, attacks, autoAttack !== null)],
    examples,
    dataset: datasetReport(findings),
    model: {
      name: plan.modelName ?? null,
      digest: modelDigest,
      parameters: plan.classifier.parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    },
    seed: plan.seed,
    batchSize: plan.batchSize,
    backend: tf.getBackend(),
    versions: { '@st/evaluation': VERSION, '@tensorflow/tfjs-core': tf.version_core, ...plan.versions },
    timing: { ...timing, total: totalOf(timing) },
  };
}

function reportExample({ index, label, predicted, brokenBy, attacks }: ExampleState): ExampleReport {
  const right = predicted === label;
  const outcome = right ? (brokenBy === null ? 'robust' : 'broken') : 'misclassified';
  return { index, label, predicted, outcome, brokenBy, attacks };
}

function summarise(attacks: readonly Attack[], examples: readonly ExampleReport[]): AttackSummary[] {
  let standing = examples.filter(({ outcome }) => outcome !== 'misclassified').length;
  return attacks.map(({ name, settings }) => {
    const results = examples.flatMap((example) => example.attacks.filter(({ attack }) => attack === name));
    const norms = results.flatMap(({ outcome, norm }) => (outcome === 'broken' && norm !== null ? [norm] : []));
    const broken = results.filter(({ outcome }) => outcome === 'broken').length;
    standing -= broken;
    return {
      name,
      settings,
      attacked: results.length,
      broken,
      marginalEffect: broken / examples.length,
      rejected: results.filter(({ outcome }) => isRejected(outcome)).length,
      robust: accuracyOf(standing, examples.length),
      norms: distributionOf(norms),
      queries: results.reduce((sum, { queries }) => sum + queries, 0),
      gradientCalls: results.reduce((sum, { gradientCalls }) => sum + gradientCalls, 0),
    };
  });
}

/** Measured for the purpose, or of FAB, the one attack that looks for the nearest point rather than for any in the ball. */
function smallestPerturbations(
  attacks: readonly AttackSummary[],
  distances: MeasuredDistances | null,
): RobustnessReport['smallestPerturbations'] {
  const measured = distances && distributionOf(distances.norms);
  if (measured) return { attack: 'fab-distances', norms: measured };
  const fab = attacks.find(({ name, norms }) => /^fab\b/i.test(name) && norms);
  return fab?.norms ? { attack: fab.name, norms: fab.norms } : null;
}

function datasetReport({ plan, data }: Findings): DatasetReport {
  const { name, size, classes, classNames } = plan.dataset;
  return {
    name,
    size,
    classes,
    classNames: classNames ?? null,
    digest: data.digest,
    subset: plan.subset,
    indices: [...plan.indices],
  };
}

function totalOf({ natural, attacks, distances, curve, checks }: Omit<Timing, 'total'>): number {
  return natural + distances + curve + checks + attacks.reduce((sum, { seconds }) => sum + seconds, 0);
}
