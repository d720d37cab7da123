/** Pixels as stored: bytes (0 .. 255) or floats in [0, 1], height x width x channels. */
export type Pixels = Uint8Array | Float32Array;

/** The arrays that pixels may be passed in: a Node `Buffer` is a Uint8Array, a canvas gives a Uint8ClampedArray. */
export type PixelSource = Pixels | Uint8ClampedArray;

/**
 * `values` as a plain Uint8Array or Float32Array of this realm over the same memory; null for anything else.
 *
 * Every array that enters a data set is converted here, so that `slice` copies: the `slice` of a Node `Buffer` is a view. The type is detected by its
 * tag, since `instanceof` fails for arrays of another realm (a vm context, a test runner).
 */
export function plainPixels(values: unknown): Pixels | null {
  if (!ArrayBuffer.isView(values)) return null;
  const { buffer, byteOffset, byteLength } = values;
  switch ((values as Uint8Array)[Symbol.toStringTag] as string) {
    case 'Uint8Array':
    case 'Uint8ClampedArray':
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 'Float32Array':
      return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
    default:
      return null;
  }
}
