/** `@st/backend-native` in a browser's bundle: nothing is registered, and `nativeAvailable` says why. */
export { convolutionAlgorithm, setConvolutionAlgorithm } from './convolution-algorithm.ts';

const REASON = 'runs under Node only. In a browser use webgpu, webgl or st-wasm (@st/backend-wasm)';

export function nativeAvailable(): { readonly available: false; readonly reason: string } {
  return { available: false, reason: REASON };
}

export function releaseMemory(): void {
  // nothing to free
}

export function setThreads(_count: number): void {
  throw unavailable('setThreads');
}

export function getThreads(): number {
  throw unavailable('getThreads');
}

export function instructionSet(): string {
  throw unavailable('instructionSet');
}

export function fmaPeak(): number {
  throw unavailable('fmaPeak');
}

function unavailable(where: string): Error {
  return new Error(`[@st/backend-native] ${where}: ${REASON}.`);
}
