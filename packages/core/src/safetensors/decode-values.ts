import type { SafetensorsData, SafetensorsDtype } from './safetensors.ts';

/**
 * Reads little-endian values out of bytes that are theirs alone: an array that starts at the beginning of its buffer and fills it. The
 * wider types are views of that buffer, not copies.
 */
export function decodeValues(dtype: SafetensorsDtype, { buffer }: Uint8Array): SafetensorsData {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'BF16':
      return bfloatToFloat(new Uint16Array(buffer));
    case 'I64':
      return new BigInt64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'U8':
      return new Uint8Array(buffer);
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 bits of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a float32. */
function bfloatToFloat(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}
