import { numberIn } from '../../command-line/parse-number.ts';

type ReadNumber = (text: string) => number;

export const positiveInteger: ReadNumber = numberIn({ min: 1, integer: true });
export const nonNegativeInteger: ReadNumber = numberIn({ min: 0, integer: true });
export const positive: ReadNumber = numberIn({ min: 0, aboveMin: true });
