import type { Availability } from './availability.ts';
import { prepareEngine } from './register.ts';

/**
 * Loads and starts the module, which `tf.setBackend` then uses; does not choose the back end. `reason` says why it cannot be started: a file that is not
 * served, for one. Never throws. tfjs would start the module by itself, but tells of a failure only in the console.
 */
export async function startWasm(): Promise<Availability> {
  try {
    await prepareEngine();
    return { available: true };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
