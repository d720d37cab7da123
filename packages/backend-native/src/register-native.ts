import type { Addon } from './addon.ts';
import { ArrayBufferMemory } from './module-memory.ts';
import { registerEngine } from './register-engine.ts';

/** The name under which the back end is registered. */
const BACKEND_NAME = 'native';

/** Before `cpu` and `wasm`, after back ends that use a GPU. */
const PRIORITY = 2;

/** Registers the back end with tfjs, once. */
export function registerNative(addon: Addon): void {
  registerEngine(BACKEND_NAME, PRIORITY, () => ({ addon, memory: new ArrayBufferMemory(addon) }));
}
