import type { Evaluation } from '@st/core';

import { percent } from '../report/percent.ts';

/** A classifier of the run and its evaluation. */
export type ResultRow = { readonly name: string; readonly evaluation: Evaluation };

/** Natural and robust accuracy, one line per classifier, below a head. */
export function resultTable(rows: readonly ResultRow[], images: number): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, natural: string, robust: string): string =>
    `${name.padEnd(width)}  ${natural.padStart(8)}  ${robust.padStart(8)}`;
  const head = line(`${images} test images`.slice(0, width), 'natural', 'PGD-20');
  const body = rows.map(({ name, evaluation: { natural, adversarial } }) =>
    line(
      name,
      percent(natural.correct, natural.total),
      adversarial ? percent(adversarial.correct, adversarial.total) : '-',
    ),
  );
  return [head, ...body].join('\n');
}
