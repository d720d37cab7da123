/**
 * Yields to the event loop, so that timers, signals (Ctrl-C) and rendering run. Awaiting a tensor's data is not enough: on synchronous back ends it only
 * queues microtasks, and nothing else would run until training ends.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
