/** How long a loop keeps the thread before it lets timers and signals have their turn. */
const TURN_MILLISECONDS = 50;

/**
 * What a long loop awaits between its iterations: stops where the signal is aborted, and now and then lets timers, signals (Ctrl-C) and
 * rendering have their turn, which awaiting a tensor's data does not on back ends that compute synchronously.
 * @returns A function to await; it throws the signal's reason when that is aborted.
 */
export function betweenIterations(signal: AbortSignal | undefined): () => Promise<void> {
  let lastTurn = performance.now();
  return async () => {
    if (performance.now() - lastTurn > TURN_MILLISECONDS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      lastTurn = performance.now();
    }
    signal?.throwIfAborted();
  };
}
