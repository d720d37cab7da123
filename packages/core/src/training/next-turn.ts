/**
 * Lets timers, signals (Ctrl-C) and rendering have their turn. Awaiting a tensor's data is not enough: on back ends that compute
 * synchronously that only queues microtasks, and nothing else would run until training ends.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
