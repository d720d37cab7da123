import { type Experiment, type Method, type Network, nameOf } from './experiment.ts';
import { type Results, STAGES, type Stage } from './results.ts';

/** Weights of the regularizer tried for TRADES and for ST: the same number for both. */
export const WEIGHTS_TRIED = [2, 4, 6] as const;

const SEEDS = [1, 2, 3] as const;
/** The weight before trials have chosen one: that of both publications. */
const PUBLISHED_WEIGHT = 6;

/** Networks and lengths, in the order of work: short and small ones first, so that each claim soon has a first answer. */
const SERIES: readonly { readonly network: Network; readonly epochs: number; readonly compares: boolean }[] = [
  { network: 'wrn-10-1', epochs: 5, compares: false },
  { network: 'wrn-10-1', epochs: 20, compares: true },
  { network: 'wrn-10-2', epochs: 5, compares: false },
  { network: 'wrn-10-2', epochs: 20, compares: true },
  { network: 'wrn-16-4', epochs: 20, compares: false },
];

/** A stage of an experiment. */
export type Task = { readonly experiment: Experiment; readonly name: string; readonly stage: Stage };

/**
 * The trainings of the laboratory, as far as the results so far determine them: the further seeds of TRADES and ST take the weight that the trials
 * chose, so they appear when all trials are done.
 */
export function experimentsGiven(results: Results): readonly Experiment[] {
  return SERIES.flatMap(({ network, epochs, compares }) => {
    const base = { network, epochs };
    return compares ? comparison(base, results) : firstLook(base);
  });
}

type Base = Pick<Experiment, 'network' | 'epochs'>;

/** One training of each method. */
function firstLook(base: Base): readonly Experiment[] {
  const plain = (['natural', 'AT'] as const).map((method) => ({ ...base, method, seed: 1, beta: null }));
  return [
    ...plain,
    ...(['TRADES', 'ST'] as const).map((method) => ({ ...base, method, seed: 1, beta: PUBLISHED_WEIGHT })),
  ];
}

/** Trials with the first seed, then every method with every seed. */
function comparison(base: Base, results: Results): readonly Experiment[] {
  const trials = (method: Method): readonly Experiment[] =>
    WEIGHTS_TRIED.map((beta) => ({ ...base, method, seed: 1, beta }));
  const everySeed = (method: Method, beta: number | null): readonly Experiment[] =>
    SEEDS.map((seed) => ({ ...base, method, seed, beta }));
  const chosen = (method: Method, as: Method = method): readonly Experiment[] => {
    const beta = chosenWeight(base, method, results);
    return beta === null ? [] : everySeed(as, beta);
  };
  const all = [
    ...everySeed('natural', null).slice(0, 1),
    ...everySeed('AT', null).slice(0, 1),
    ...trials('TRADES'),
    ...trials('ST'),
    ...chosen('TRADES'),
    ...chosen('ST'),
    ...everySeed('AT', null),
    ...everySeed('MART', PUBLISHED_WEIGHT),
    ...chosen('ST', 'ST + AWP'),
    ...everySeed('natural', null),
  ];
  const byName = new Map(all.map((experiment) => [nameOf(experiment), experiment]));
  return [...byName.values()];
}

/** The weight whose training has the largest robust accuracy on the held-out images, at its best validation; null before all trials are done. */
export function chosenWeight(base: Base, method: Method, results: Results): number | null {
  const scores = WEIGHTS_TRIED.map((beta) => {
    const result = results.read(nameOf({ ...base, method, seed: 1, beta }), 'training');
    return result === null ? null : Math.max(...result.validations.map(({ robust }) => robust));
  });
  if (scores.includes(null)) return null;
  const best = scores.indexOf(Math.max(...(scores as readonly number[])));
  return WEIGHTS_TRIED[best] ?? null;
}

/** The cost of a step is measured on the networks that ST has trained. */
function stagesOf({ method, seed }: Experiment): readonly Stage[] {
  return STAGES.filter((stage) => stage !== 'cost' || (method === 'ST' && seed === 1));
}

/** The stages of the plan without a result, in the order of work. */
export function openTasks(results: Results): readonly Task[] {
  return allTasks(results).filter(({ name, stage }) => !results.has(name, stage));
}

/** Every stage of the plan, done or not. */
export function allTasks(results: Results): readonly Task[] {
  return experimentsGiven(results).flatMap((experiment) =>
    stagesOf(experiment).map((stage) => ({ experiment, name: nameOf(experiment), stage })),
  );
}
