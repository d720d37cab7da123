import { type LoadedAddon, loadAddon } from './load-addon.ts';

let loaded: LoadedAddon | undefined;

/** The native module, loaded once per thread. */
export function loadedAddon(): LoadedAddon {
  loaded ??= loadAddon();
  return loaded;
}

/**
 * Whether this machine has the native module, so that `tf.setBackend('native')` works; `reason` says why not, and how to fix that. Never
 * throws.
 */
export function nativeAvailable():
  | { readonly available: true }
  | { readonly available: false; readonly reason: string } {
  const result = loadedAddon();
  return result.addon ? { available: true } : { available: false, reason: result.reason };
}
