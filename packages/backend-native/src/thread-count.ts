import { described } from './described.ts';

/** Most threads of the pool: kMaxThreads of native/parallel.h. */
export const MOST_THREADS = 64;

/** @throws {RangeError} unless `count` is an integer in [0, 64]; `where` names package and function. */
export function checkThreadCount(where: string, count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MOST_THREADS) return;
  throw new RangeError(
    `${where}: count must be an integer in [0, ${MOST_THREADS}], 0 for one a core, got ${described(count)}.`,
  );
}

/**
 * The number of threads in ST_NUM_THREADS; undefined if it is not set. `packageName` begins the message of the error.
 * @throws {RangeError} unless it is an integer in [0, 64].
 */
export function threadsFromEnvironment(
  packageName: string,
  text: string | undefined = process.env.ST_NUM_THREADS,
): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= MOST_THREADS) return count;
  throw new RangeError(
    `[${packageName}] ST_NUM_THREADS must be an integer in [0, ${MOST_THREADS}], 0 for one a core, got '${text}'.`,
  );
}
