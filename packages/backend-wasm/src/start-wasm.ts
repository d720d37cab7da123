import { prepareEngine } from './register.ts';

/**
 * Loads and starts the module, which `tf.setBackend` then uses; does not choose the back end. `reason` says why it cannot be started, and how to fix
 * that: no WebAssembly SIMD, a Content-Security-Policy, modules that are not there, an invalid ST_NUM_THREADS. Never throws. tfjs would start the module by itself, but tells of a failure only in the console.
 */
export async function startWasm(): Promise<
  { readonly available: true } | { readonly available: false; readonly reason: string }
> {
  try {
    await prepareEngine();
    return { available: true };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
