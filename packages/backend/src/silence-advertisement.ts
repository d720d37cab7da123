import type { KernelBackend } from '@tensorflow/tfjs-core';

/** Prevents back end `cpu` from printing under Node, at its first tensor, that tfjs-node is faster. `useBackend` reports skipped back ends. */
export function silenceAdvertisement(backend: KernelBackend): void {
  if ('firstUse' in backend) Reflect.set(backend, 'firstUse', false);
}
