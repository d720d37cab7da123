/**
 * `@st/backend-wasm` in a browser's bundle.
 * @packageDocumentation
 */
import './register-in-browser.ts';

export { startWasm } from './start-wasm.ts';
export { setThreads, wasmStatus } from './threads.ts';
