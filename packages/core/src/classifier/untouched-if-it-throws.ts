import type { Classifier } from './classifier.ts';
import { restoring } from './restoring.ts';

/**
 * Runs `run`, which may take several passes; if it throws, the running statistics are those from before, bit for bit.
 * @returns What `run` returns.
 */
export function untouchedIfItThrows<T>({ statistics }: Classifier, run: () => T): T {
  const variables = statistics.map(({ variable }) => variable);
  return restoring(variables, 'if-it-throws', run);
}
