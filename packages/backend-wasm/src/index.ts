/**
 * A TensorFlow.js back end in WebAssembly: `import '@st/backend-wasm'; await tf.setBackend('st-wasm')`.
 * @packageDocumentation
 */
import './register-in-node.ts';

export { startWasm } from './start-wasm.ts';
export { setThreads, wasmStatus } from './threads.ts';
