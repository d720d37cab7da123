import { accuracyOf } from './accuracy.ts';
import type { EvaluationRun } from './evaluation-run.ts';
import { attackable, type ExampleState } from './example-state.ts';
import { largestNorm } from './perturbation-norm.ts';
import type { CurvePoint, FailedAttack } from './report/robustness-report.ts';
import { runAttack } from './run-attack.ts';

/** What the attacks of the curve took; what they found is known of the examples. */
export type TracedCurve = { readonly seconds: number; readonly failures: readonly FailedAttack[] };

/**
 * Attacks at the radii of the curve, from the smallest up. A perturbation that breaks an example breaks it at every larger radius, so that
 * only examples without one are attacked.
 */
export async function traceCurve(run: EvaluationRun, examples: readonly ExampleState[]): Promise<TracedCurve> {
  const { curve } = run.plan;
  const failures: FailedAttack[] = [];
  let seconds = 0;
  for (const [i, { epsilon, attacks }] of curve.entries()) {
    const partsLeft = curve.length - 1 - i;
    for (const attack of attacks) {
      const name = `${attack.name} at epsilon ${epsilon.toPrecision(3)}`;
      const part = { phase: 'curve', name, label: `curve ${epsilon} ${attack.name}`, partsLeft } as const;
      const done = await runAttack(run, part, attack, attackable(unbroken(examples, epsilon)));
      seconds += done.seconds;
      if (done.failure) failures.push(done.failure);
    }
  }
  return { seconds, failures };
}

/**
 * Robust accuracy by epsilon, from all that the whole run found: it never rises, and at the radius of the evaluation it is the evaluation's
 * own figure.
 */
export function curvePoints({ plan }: EvaluationRun, examples: readonly ExampleState[]): CurvePoint[] {
  return plan.curve.map(({ epsilon, attacks }) => {
    const names = attacks.length > 0 ? attacks : plan.attacks;
    const robust = accuracyOf(unbroken(examples, epsilon).length, examples.length);
    return { epsilon, robust, attacks: names.map(({ name }) => name) };
  });
}

/** Right as they are, and of which no misclassified point within the radius is known. */
function unbroken(examples: readonly ExampleState[], epsilon: number): ExampleState[] {
  return examples.filter(({ label, predicted, nearest }) => predicted === label && nearest > largestNorm({ epsilon }));
}
