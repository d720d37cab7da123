import { describe, expect, it } from 'vitest';

import { parseCommandLine } from '../../apps/train/command-line.ts';
import { resolveConfiguration } from '../../apps/train/resolve-configuration.ts';
import { type Experiment, nameOf, trainingFlags } from './experiment.ts';
import { chosenWeight, experimentsGiven, openTasks, WEIGHTS_TRIED } from './plan.ts';
import type { Results } from './results.ts';
import { trainingResult } from './training-result.fixture.ts';

/** Results of trainings: the robust count of each validation. Every other stage is open. */
function resultsWith(trainings: readonly (readonly [Experiment, readonly number[]])[]): Results {
  const byName = new Map(
    trainings.map(([experiment, robust]) => [nameOf(experiment), trainingResult(experiment, robust)]),
  );
  return {
    has: (name, stage) => stage === 'training' && byName.has(name),
    read: (name, stage) => (stage === 'training' ? ((byName.get(name) ?? null) as never) : null),
    write: () => Promise.reject(new Error('not written')),
    names: () => [...byName.keys()],
  };
}

const NOTHING = resultsWith([]);
const BASE = { network: 'wrn-10-1', epochs: 20 } as const;

const trialsOf = (method: 'TRADES' | 'ST', counts: readonly number[]) =>
  WEIGHTS_TRIED.map((beta, i) => [{ ...BASE, method, seed: 1, beta }, [1, counts[i] ?? 0, 2]] as const);

const ALL_TRIALS = resultsWith([...trialsOf('TRADES', [300, 320, 310]), ...trialsOf('ST', [310, 300, 330])]);

describe('the plan of the laboratory', () => {
  it('is accepted by npm start, training by training', () => {
    for (const experiment of experimentsGiven(ALL_TRIALS)) {
      const command = parseCommandLine(trainingFlags(experiment));
      if ('help' in command) throw new Error('not a command');
      const configuration = resolveConfiguration(command, 'native');
      expect(configuration).toMatchObject({ model: experiment.network, epochs: experiment.epochs });
      expect(configuration).toMatchObject({ seed: experiment.seed, batchSize: 128, schedule: 'one-cycle' });
      if (experiment.beta !== null) expect(configuration.beta).toBe(experiment.beta);
      expect(configuration.awp).toBe(experiment.method === 'ST + AWP' ? 0.005 : 0);
    }
  });

  it('names every training differently', () => {
    const names = experimentsGiven(ALL_TRIALS).map(nameOf);
    expect(new Set(names).size).toBe(names.length);
  });

  it('tries as many weights for TRADES as for ST', () => {
    const count = (method: string): number =>
      experimentsGiven(NOTHING).filter((one: Experiment) => one.method === method && one.epochs === 20).length;
    expect(count('TRADES')).toBe(count('ST'));
  });

  it('adds the further seeds when every trial has ended, with the weight that was best at the best validation', () => {
    expect(chosenWeight(BASE, 'TRADES', NOTHING)).toBeNull();
    expect(chosenWeight(BASE, 'TRADES', ALL_TRIALS)).toBe(4);
    expect(chosenWeight(BASE, 'ST', ALL_TRIALS)).toBe(6);
    const names = experimentsGiven(ALL_TRIALS).map(nameOf);
    expect(names).toContain('wrn-10-1-20-epochs-trades-beta-4-seed-3');
    expect(names).toContain('wrn-10-1-20-epochs-st-awp-beta-6-seed-2');
    expect(experimentsGiven(NOTHING).map(nameOf)).not.toContain('wrn-10-1-20-epochs-trades-beta-4-seed-3');
  });

  it('leaves out what is done', () => {
    const open = openTasks(ALL_TRIALS).map(({ name, stage }) => `${name} ${stage}`);
    expect(open).not.toContain('wrn-10-1-20-epochs-st-beta-6-seed-1 training');
    expect(open).toContain('wrn-10-1-20-epochs-st-beta-6-seed-1 autoattack');
  });
});
