import { onTestFinished } from 'vitest';

type Disposable = { dispose(): unknown };

/** Disposes objects at the end of the current test; returns the first. */
export function keep<T extends Disposable>(thing: T, ...others: readonly Disposable[]): T {
  onTestFinished(() => {
    for (const kept of [thing, ...others]) kept.dispose();
  });
  return thing;
}
