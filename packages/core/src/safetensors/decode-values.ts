import { checkKind } from '../errors/check-kind.ts';
import { checkChoice } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { SAFETENSORS_BYTES, type SafetensorsData, type SafetensorsDtype } from './safetensors.ts';

const WHERE = '[@st/core] decodeValues';

const DTYPES = Object.keys(SAFETENSORS_BYTES) as SafetensorsDtype[];

/**
 * Decodes little-endian values from a byte array that covers its whole buffer. Types that need no conversion are views of that buffer, not copies.
 * @throws {InvalidArgumentError} for an unknown type, or bytes that do not cover their buffer.
 */
export function decodeValues(dtype: SafetensorsDtype, bytes: Uint8Array): SafetensorsData {
  const kind = checkChoice(WHERE, 'dtype', dtype, DTYPES);
  checkKind(WHERE, 'bytes', bytes, 'bytes');
  const { buffer, byteLength } = bytes;
  const fills = byteLength === buffer.byteLength && byteLength % SAFETENSORS_BYTES[kind] === 0;
  if (!fills) {
    throw new InvalidArgumentError(
      `${WHERE}: bytes must fill their buffer with whole values of ${SAFETENSORS_BYTES[kind]} bytes, got ${byteLength} of ${buffer.byteLength}. Copy them first: Uint8Array.from(bytes).`,
      { argument: 'bytes', received: byteLength },
    );
  }
  switch (kind) {
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

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
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
