import { binomialDistribution, sampleRankCorrelation } from 'simple-statistics';

/** A rank correlation with its 95 % interval. */
export type RankCorrelation = { readonly rho: number; readonly low: number; readonly high: number };

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * Spearman's rank correlation with a 95 % interval by Fisher's transformation, with the standard error sqrt((1 + rho^2 / 2) / (n - 3)) (Bonett and
 * Wright, Psychometrika 65, 2000). Null for fewer than five pairs.
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): RankCorrelation | null {
  if (x.length < 5 || x.length !== y.length) return null;
  const rho = sampleRankCorrelation([...x], [...y]);
  const error = Math.sqrt((1 + rho ** 2 / 2) / (x.length - 3));
  const at = Math.atanh(Math.min(Math.abs(rho), 1 - Number.EPSILON)) * Math.sign(rho);
  return { rho, low: Math.tanh(at - Z * error), high: Math.tanh(at + Z * error) };
}

/** On how many images two models differ, and how likely a difference at least so uneven would be if they were equally good. */
export type Paired = { readonly better: number; readonly worse: number; readonly p: number };

/**
 * McNemar's exact test on outcomes of the same images; `ours` and `theirs` have a letter per image.
 * @param right - The letter of an image that counts for a model.
 */
export function paired(ours: string, theirs: string, right: string): Paired {
  const letters = [...ours];
  const better = letters.filter((letter, i) => letter === right && theirs[i] !== right).length;
  const worse = letters.filter((letter, i) => letter !== right && theirs[i] === right).length;
  return { better, worse, p: twoSided(Math.min(better, worse), better + worse) };
}

/** Probability that a fair coin falls at most `fewer` times on the rarer side in `trials` throws. */
function twoSided(fewer: number, trials: number): number {
  if (trials === 0) return 1;
  const probabilities = binomialDistribution(trials, 0.5) ?? [];
  const tail = probabilities.slice(0, fewer + 1).reduce((sum, value) => sum + value, 0);
  return Math.min(1, 2 * tail);
}
