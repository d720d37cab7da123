import { adversarialTraining, squeezeTraining, tradesTraining } from '@st/attacks';
import type { Objective } from '@st/core';
import { type Divergence, withWeightPerturbation } from '@st/losses';

/** The inner search of every method: few steps, so that most of the budget goes into updates. */
const WALK = { epsilon: 8 / 255, steps: 3, stepSize: 4 / 255 };
const BETA = 6;
const GAMMA = 0.005;

const st = (divergence: Divergence): Objective => squeezeTraining({ ...WALK, beta: BETA, divergence });

/** The methods compared. Each is composed from presets of the packages. */
export const METHODS: Readonly<Record<string, () => Objective>> = {
  'ST (symmetric KL)': () => st('symmetric-kl'),
  'ST (Jensen-Shannon)': () => st('js'),
  'ST (squared l2)': () => st('l2'),
  TRADES: () => tradesTraining({ ...WALK, beta: BETA }),
  AT: () => adversarialTraining(WALK),
  'ST + AWP': () => withWeightPerturbation(st('symmetric-kl'), { gamma: GAMMA }),
};
