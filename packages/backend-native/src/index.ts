/**
 * A TensorFlow.js back end for Node on the CPU: `import '@st/backend-native'; await tf.setBackend('native')`.
 * The import registers it if its native module is present; otherwise nothing is registered and `nativeAvailable` says why.
 */
import { loadedAddon } from './native-available.ts';
import { registerNative } from './register-native.ts';

export { convolutionAlgorithm, setConvolutionAlgorithm } from './convolution-algorithm.ts';
export { nativeAvailable } from './native-available.ts';
export { releaseMemory } from './release-memory.ts';
export { fmaPeak, getThreads, instructionSet, setThreads } from './set-threads.ts';

const loaded = loadedAddon();
if (loaded.addon) registerNative(loaded.addon);
