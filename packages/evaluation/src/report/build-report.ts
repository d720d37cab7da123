import { type Attack, autoAttackVersion } from '@st/attacks';
import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { accuracyOf } from '../accuracy.ts';
import type { EvaluationPlan } from '../evaluation-options.ts';
import type { ExaminedData } from '../examine-data.ts';
import type { ExampleState } from '../example-state.ts';
import type { Flag } from '../flags/flag.ts';
import { failureFlags, outcomeFlags } from '../flags/outcome-flags.ts';
import { isRejected } from '../outcome.ts';
import { VERSION } from '../version.ts';
import { distributionOf } from './distribution.ts';
import {
  type AttackSummary,
  type BrokenElsewhere,
  type CurvePoint,
  type DatasetReport,
  type ExampleReport,
  type FailedAttack,
  REPORT_SCHEMA,
  REPORT_VERSION,
  type RobustnessReport,
  type Timing,
} from './robustness-report.ts';

/** The results of all parts of an evaluation. */
export type Findings = {
  readonly plan: EvaluationPlan;
  readonly data: ExaminedData;
  readonly modelDigest: string | null;
  readonly examples: readonly ExampleState[];
  readonly flags: readonly Flag[];
  readonly failures: readonly FailedAttack[];
  readonly curve: readonly CurvePoint[];
  readonly judgement: RobustnessReport['judgement'];
  readonly batchSize: number;
  readonly timing: Omit<Timing, 'total'>;
};

/** Builds the report from the findings. */
export function buildReport(findings: Findings): RobustnessReport {
  const { plan, modelDigest, curve, timing } = findings;
  const examples = findings.examples.map(reportExample);
  const autoAttack = autoAttackVersion(plan.attacks);
  const { failures, judgement } = findings;
  const attacks = summarize(plan.attacks, examples, failures);
  const brokenElsewhere = summarizeElsewhere(examples, attacks.at(-1)?.robust.correct);
  const count = (...outcomes: readonly ExampleReport['outcome'][]): number =>
    examples.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    schema: REPORT_SCHEMA,
    version: REPORT_VERSION,
    threat: plan.threat && plainThreat(plan.threat),
    natural: accuracyOf(count('broken', 'robust'), examples.length),
    robust: accuracyOf(count('robust'), examples.length),
    autoAttack,
    attacks,
    brokenElsewhere,
    failures,
    judgement,
    smallestPerturbations: smallestPerturbations(attacks, findings),
    curve: curve.length > 0 ? curve : null,
    flags: [
      ...findings.flags,
      ...failureFlags(failures, findings.flags),
      ...outcomeFlags({ examples, attacks, brokenElsewhere, isPublished: autoAttack !== null }),
    ],
    examples,
    dataset: datasetReport(findings),
    model: {
      name: plan.modelName ?? null,
      digest: modelDigest,
      parameters: plan.classifier.parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    },
    seed: plan.seed,
    batchSize: findings.batchSize,
    backend: tf.getBackend(),
    versions: { '@st/evaluation': VERSION, '@tensorflow/tfjs-core': tf.version_core, ...plan.versions },
    timing: { ...timing, total: totalOf(timing) },
  };
}

function reportExample({ index, label, predicted, broken, attacks }: ExampleState): ExampleReport {
  const outcome = predicted !== label ? 'misclassified' : broken === null ? 'robust' : 'broken';
  return { index, label, predicted, outcome, brokenBy: broken?.attack ?? null, broken, attacks };
}

function summarize(
  attacks: readonly Attack[],
  examples: readonly ExampleReport[],
  failures: readonly FailedAttack[],
): AttackSummary[] {
  let standing = examples.filter(({ outcome }) => outcome !== 'misclassified').length;
  return attacks.map(({ name, settings }) => {
    const failure = failures.find(({ phase, attack }) => phase === 'attack' && attack === name);
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
      failed: failure ? { code: failure.code, message: failure.message, examples: failure.examples } : null,
    };
  });
}

/**
 * How many examples the other parts of the run broke, in the order of the run.
 * @param afterAttacks - Standing examples after the last attack; undefined without attacks.
 */
function summarizeElsewhere(examples: readonly ExampleReport[], afterAttacks = 0): BrokenElsewhere[] {
  const parts: BrokenElsewhere[] = [];
  let standing = afterAttacks;
  for (const phase of ['check', 'distances', 'curve'] as const) {
    const points = examples.flatMap(({ broken }) => (broken?.phase === phase ? [broken] : []));
    const radii = [...new Set(points.map(({ epsilon }) => epsilon))].sort((a, b) => (a ?? 0) - (b ?? 0));
    for (const epsilon of radii) {
      const atRadius = points.filter((point) => point.epsilon === epsilon);
      for (const attack of new Set(atRadius.map((point) => point.attack))) {
        const broken = atRadius.filter((point) => point.attack === attack).length;
        standing -= broken;
        parts.push({ phase, attack, epsilon, broken, robust: accuracyOf(standing, examples.length) });
      }
    }
  }
  return parts;
}

/** The nearest points of all examples if `distances` was given; else those found by FAB, the one attack that minimizes the norm; else null. */
function smallestPerturbations(
  attacks: readonly AttackSummary[],
  { plan, examples, failures }: Findings,
): RobustnessReport['smallestPerturbations'] {
  const norms = examples.flatMap(({ nearest, label, predicted }) =>
    predicted === label && Number.isFinite(nearest) ? [nearest] : [],
  );
  const isMeasured = plan.distances && plan.threat && !failures.some(({ phase }) => phase === 'distances');
  const measured = isMeasured ? distributionOf(norms) : null;
  if (measured) return { attack: 'fab-distances', norms: measured };
  const fab = attacks.find(({ name, norms: found }) => /^fab\b/i.test(name) && found);
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

/** The threat model without further members, so that the report is plain JSON. */
function plainThreat({ norm, epsilon, epsilons, bounds }: ThreatModel): ThreatModel {
  return { norm, epsilon, ...(epsilons && { epsilons }), bounds };
}
