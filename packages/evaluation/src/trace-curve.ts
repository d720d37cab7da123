import { accuracyOf } from './accuracy.ts';
import type { EvaluationRun } from './evaluation-run.ts';
import { attackable, type ExampleState } from './example-state.ts';
import { largestNorm } from './perturbation-norm.ts';
import type { CurvePoint, FailedAttack } from './report/robustness-report.ts';
import { runAttack } from './run-attack.ts';

/** Duration and failures of the attacks of the curve; the state of the examples holds what they found. */
export type TracedCurve = { readonly seconds: number; readonly failures: readonly FailedAttack[] };

/**
 * Runs the attacks of the curve, from the smallest radius up. A perturbation that breaks an example also breaks it at every larger radius, so
 * each attack runs only on examples for which none is known.
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
 * Robust accuracy by epsilon, from all points that the run found. It never rises with epsilon, and at the radius of the evaluation it is the
 * evaluation's robust accuracy.
 */
export function curvePoints({ plan }: EvaluationRun, examples: readonly ExampleState[]): CurvePoint[] {
  return plan.curve.map(({ epsilon, attacks }) => {
    const names = attacks.length > 0 ? attacks : plan.attacks;
    const robust = accuracyOf(unbroken(examples, epsilon).length, examples.length);
    return { epsilon, robust, attacks: names.map(({ name }) => name) };
  });
}

/** The correctly classified examples for which no misclassified point within the radius is known. */
function unbroken(examples: readonly ExampleState[], epsilon: number): ExampleState[] {
  return examples.filter(({ label, predicted, nearest }) => predicted === label && nearest > largestNorm({ epsilon }));
}
