/** A module with a function that makes a vector of 128 bits: `(func (result v128) i32.const 0 i32x4.splat)`. */
const SIMD_MODULE = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x0b],
]);

/** Whether the back end can be used here; `reason` says why not. Never throws. */
export function wasmAvailable(): { readonly available: true } | { readonly available: false; readonly reason: string } {
  if (typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE)) return { available: true };
  return { available: false, reason: 'this browser has no WebAssembly SIMD' };
}
