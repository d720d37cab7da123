/** `@st/backend-native` in a browser's bundle: nothing is registered, and `nativeAvailable` says why. */
import type { NativeAvailability } from './native-available.ts';

export { type ConvolutionAlgorithm, convolutionAlgorithm, setConvolutionAlgorithm } from './convolution-algorithm.ts';
export type { NativeAvailability } from './native-available.ts';

const REASON = 'runs under Node only. In a browser use webgpu, webgl or wasm';

export function nativeAvailable(): NativeAvailability {
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
