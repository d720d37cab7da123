import { hasNodeModules, nodeModule } from '../files/node-module.ts';

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * CRC-32 of bytes, as in zip and PNG (ISO 3309). Detects every error burst of up to 32 bits, and all but one in 2^32 of other errors.
 * @param before - The CRC-32 of the preceding bytes; 0 at the start.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  return hasNodeModules() ? nodeModule('node:zlib').crc32(bytes, before) : crc32InScript(bytes, before);
}

/** For environments without zlib; a tenth as fast, 0.3 GB/s. */
export function crc32InScript(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  // an indexed loop; for...of takes four times as long
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 255] as number);
  return ~crc >>> 0;
}
