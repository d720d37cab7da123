import { mean, sampleStandardDeviation } from 'simple-statistics';

import type { Accuracies } from './train-and-evaluate.ts';

/** The result of one training run. */
export type Outcome = Accuracies & { readonly method: string; readonly seed: number; readonly seconds: number };

/** Mean and sample standard deviation; the latter is null for fewer than two values. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number | null } {
  return { mean: mean([...values]), deviation: values.length < 2 ? null : sampleStandardDeviation([...values]) };
}

/** A table with one line per method: accuracies in percent, as mean ± standard deviation over the seeds. */
export function summaryTable(outcomes: readonly Outcome[]): string {
  const methods = [...new Set(outcomes.map(({ method }) => method))];
  const rows = methods.map((method) => {
    const own = outcomes.filter((outcome) => outcome.method === method);
    const natural = percent(own.map((outcome) => outcome.natural.accuracy));
    const robust = percent(own.map((outcome) => outcome.robust.accuracy));
    const { mean } = meanAndDeviation(own.map(({ seconds }) => seconds));
    return `| ${method} | ${own.length} | ${natural} | ${robust} | ${mean.toFixed(0)} |`;
  });
  return ['| method | seeds | natural, % | PGD-20, % | seconds |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function percent(accuracies: readonly number[]): string {
  const { mean, deviation } = meanAndDeviation(accuracies.map((accuracy) => 100 * accuracy));
  return deviation === null ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}
