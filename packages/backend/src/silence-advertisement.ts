import type { KernelBackend } from '@tensorflow/tfjs-core';

/** Keeps back end `cpu` from printing, at its first tensor under Node, that tfjs-node would be faster: `useBackend` reports that itself. */
export function silenceAdvertisement(backend: KernelBackend): void {
  if ('firstUse' in backend) Reflect.set(backend, 'firstUse', false);
}
