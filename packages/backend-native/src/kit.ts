/**
 * What `@st/backend-wasm` needs to register the same back end on its WebAssembly module.
 * @packageDocumentation
 */
export { type Addon, INTERFACE_VERSION, UNARY } from './addon.ts';
export type { MemoryBlock, ModuleMemory } from './module-memory.ts';
export { type Engine, registerEngine } from './register-engine.ts';
export { releaseMemory } from './release-memory.ts';
export { checkThreadCount, MOST_THREADS, threadsFromEnvironment } from './thread-count.ts';
