import { useBackend } from '@st/backend';
import { setThreads, wasmStatus } from '@st/backend-wasm';

import { differingShare, relativeL2 } from '../compare.ts';
import { type Trained, trainAndAttack } from './train-and-attack.ts';

/** What 'auto' chooses here, and a digest of what trainAndAttack computes on it, with as many threads as there are, with one and with two. */
export async function trainingRun(): Promise<object> {
  const { name, line } = await useBackend('auto');
  const status = wasmStatus();
  const digests = [await digestOf(trainAndAttack())];
  for (const threads of [1, 2]) {
    await setThreads(threads);
    digests.push(await digestOf(trainAndAttack()));
  }
  return {
    ...{ name, line, status, digests },
    ...{ isIsolated: globalThis.crossOriginIsolated, cores: navigator.hardwareConcurrency },
  };
}

/** The differences between what st-wasm and tfjs's `cpu` compute. */
export async function besideCpuRun(): Promise<object> {
  await useBackend('st-wasm');
  const ours = trainAndAttack();
  await useBackend('cpu');
  const reference = trainAndAttack();
  return {
    isFinite: [ours.loss, ...ours.weights, ...ours.adversarial].every(Number.isFinite),
    loss: Math.abs(ours.loss - reference.loss) / Math.abs(reference.loss),
    weights: relativeL2(ours.weights, reference.weights),
    adversarial: differingShare(ours.adversarial, reference.adversarial),
  };
}

async function digestOf({ loss, weights, adversarial }: Trained): Promise<string> {
  const values = Float32Array.from([loss, ...weights, ...adversarial]);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', values));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
