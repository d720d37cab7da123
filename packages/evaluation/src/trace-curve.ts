import { type Accuracy, accuracyOf } from './accuracy.ts';
import type { EvaluationRun } from './evaluation-run.ts';
import type { ExampleState } from './example-state.ts';
import { largestNorm } from './perturbation-norm.ts';
import type { CurvePoint } from './report/robustness-report.ts';
import { runAttack } from './run-attack.ts';

/**
 * Robust accuracy by epsilon, from the smallest radius up. A perturbation that breaks an example breaks it at every larger radius, so that
 * only examples without one are attacked, and the curve never rises. At the radius of the evaluation it is the evaluation's own figure.
 */
export async function traceCurve(
  run: EvaluationRun,
  examples: readonly ExampleState[],
): Promise<{ points: CurvePoint[]; seconds: number }> {
  const { curve } = run.plan;
  const points: CurvePoint[] = [];
  let seconds = 0;
  for (const [i, { epsilon, attacks }] of curve.entries()) {
    const partsLeft = curve.length - 1 - i;
    for (const attack of attacks) {
      const name = `${attack.name} at epsilon ${epsilon.toPrecision(3)}`;
      const part = { phase: 'curve', name, label: `curve ${epsilon} ${attack.name}`, partsLeft } as const;
      seconds += await runAttack(run, part, attack, unbroken(examples, epsilon), (example, { outcome, norm }) => {
        if (outcome === 'broken') example.brokenAt = Math.min(example.brokenAt, norm ?? epsilon);
      });
    }
    const names = attacks.length > 0 ? attacks : run.plan.attacks;
    points.push({ epsilon, robust: robustAt(examples, epsilon), attacks: names.map(({ name }) => name) });
  }
  return { points, seconds };
}

function unbroken(examples: readonly ExampleState[], epsilon: number): ExampleState[] {
  return examples.filter(
    ({ label, predicted, brokenAt }) => predicted === label && brokenAt > largestNorm({ epsilon }),
  );
}

function robustAt(examples: readonly ExampleState[], epsilon: number): Accuracy {
  return accuracyOf(unbroken(examples, epsilon).length, examples.length);
}
