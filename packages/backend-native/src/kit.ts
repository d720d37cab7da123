/**
 * For `@st/backend-wasm`: the back end on another module of the same kernels.
 * @packageDocumentation
 */
export { type Addon, UNARY } from './addon.ts';
export type { MemoryBlock, ModuleMemory } from './module-memory.ts';
export { type Engine, registerEngine } from './register-engine.ts';
