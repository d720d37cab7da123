/** Milliseconds between two yields to the event loop. */
const TURN_MILLISECONDS = 50;

/**
 * A pause between the iterations of a long loop: throws once the signal is aborted, and yields to the event loop every 50 ms, so that timers, signals
 * (Ctrl-C) and rendering run. Awaiting a tensor's data does not yield on back ends that compute synchronously.
 * @returns A function to await; it throws the signal's reason once that is aborted.
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
