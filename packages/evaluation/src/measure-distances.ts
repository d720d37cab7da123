import { type Attack, fabDistances } from '@st/attacks';
import type { ThreatModel } from '@st/core';

import type { DistanceOptions } from './evaluation-options.ts';
import type { EvaluationRun } from './evaluation-run.ts';
import { attackable, type ExampleState } from './example-state.ts';
import { type AttackRun, runAttack } from './run-attack.ts';

/**
 * Searches with FAB for the nearest misclassified point of every correctly classified example, at any distance. The points are checked like
 * those of any attack and count at every radius that they lie within. An example without such a point has no distance.
 */
export async function measureDistances(
  run: EvaluationRun,
  examples: readonly ExampleState[],
): Promise<AttackRun | null> {
  const { distances, threat } = run.plan;
  if (!distances || !threat) return null;
  const part = { phase: 'distances', name: 'distances by FAB', label: 'distances', partsLeft: 0 } as const;
  return runAttack(run, part, nearestPoints(threat, distances), attackable(examples));
}

/** FAB as an attack of infinite radius. */
function nearestPoints(threat: ThreatModel, options: DistanceOptions): Attack {
  return {
    name: 'fab-distances',
    threat: { ...threat, epsilon: Number.POSITIVE_INFINITY },
    settings: {},
    run: async (classifier, batch, randomness, { signal } = {}) => {
      const fabOptions = { ...options, threat, ...(signal ? { signal } : {}) };
      const { distances, ...result } = await fabDistances(classifier, batch, randomness, fabOptions);
      return { ...result, found: Uint8Array.from(distances, (distance) => Number(Number.isFinite(distance))) };
    },
  };
}
