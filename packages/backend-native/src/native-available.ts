import { type LoadedAddon, loadAddon } from './load-addon.ts';

let loaded: LoadedAddon | undefined;

/** The native module, loaded once per thread. */
export function loadedAddon(): LoadedAddon {
  loaded ??= loadAddon();
  return loaded;
}

/** Whether the back end can be used here; `reason` says why not, and how to fix that. */
export type NativeAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Whether this machine has the native module, so that `tf.setBackend('native')` works. Never throws. */
export function nativeAvailable(): NativeAvailability {
  const result = loadedAddon();
  return result.addon ? { available: true } : { available: false, reason: result.reason };
}
