/** Watches for Ctrl-C. */
export type Interruption = {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP (a closed terminal). */
  readonly signal: AbortSignal;
  /** Stops watching. */
  release(): void;
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit code of a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C aborts the signal, so that the work can stop cleanly; the second ends the process at once.
 * @param onFirst - Called at the first Ctrl-C, to tell the user: stopping may take as long as a step.
 */
export function watchInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    onFirst();
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, handle);
    },
  };
}
