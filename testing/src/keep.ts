import { onTestFinished } from 'vitest';

type Disposable = { dispose(): unknown };

/** Disposes things when the test that made them ends; returns the first. */
export function keep<T extends Disposable>(thing: T, ...others: readonly Disposable[]): T {
  onTestFinished(() => {
    for (const kept of [thing, ...others]) kept.dispose();
  });
  return thing;
}
