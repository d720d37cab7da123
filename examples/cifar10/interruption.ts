/** Watches for Ctrl-C. */
export type Interruption = {
  /** Aborted by the first Ctrl-C (or SIGTERM). */
  readonly signal: AbortSignal;
  /** Stops watching. */
  release(): void;
};

/** Exit code of a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C aborts the signal, so that the work can stop in good order; the second ends the process at once.
 * @param onFirst - Told that the wish was heard: stopping may take a step.
 */
export function watchInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
