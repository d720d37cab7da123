import { expect, it } from 'vitest';

import { betweenIterations } from './between-iterations.ts';

it('lets timers run in a loop that awaits nothing else', async () => {
  let hasRun = false;
  setTimeout(() => {
    hasRun = true;
  }, 0);
  const pause = betweenIterations(undefined);
  const end = performance.now() + 2000;
  while (!hasRun && performance.now() < end) await pause();
  expect(hasRun).toBe(true);
});

it('throws the reason of the signal once it is aborted', async () => {
  const controller = new AbortController();
  const pause = betweenIterations(controller.signal);
  await pause();
  controller.abort(new Error('enough'));
  await expect(pause()).rejects.toThrow('enough');
});
