/** Most threads of the pool. */
export const MOST_THREADS = 64;

/** The number of threads in ST_NUM_THREADS, undefined if it is not set; throws if it is not a valid number. */
export function threadsFromEnvironment(text: string | undefined = process.env.ST_NUM_THREADS): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= MOST_THREADS) return count;
  throw new RangeError(
    `[@st/backend-native] ST_NUM_THREADS must be an integer in [0, ${MOST_THREADS}], 0 for one a core, got '${text}'.`,
  );
}
