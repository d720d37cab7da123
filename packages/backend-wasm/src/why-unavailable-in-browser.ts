/** A module with a function that makes a vector of 128 bits: `(func (result v128) i32.const 0 i32x4.splat)`. */
const SIMD_MODULE = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x0b],
]);

/** Why the back end cannot run in this browser, and how to fix that; undefined if it can. Never throws. */
export function whyUnavailableInBrowser(): string | undefined {
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD_MODULE)) {
    return 'this browser has no WebAssembly SIMD';
  }
  return mayCompile()
    ? undefined
    : "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src";
}

function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(SIMD_MODULE) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}
