import { hasNodeModules, nodeModule } from '../files/node-module.ts';

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * CRC-32 of bytes as in zip and PNG (ISO 3309): finds every burst of errors of up to 32 bits, and others but for one in 2^32.
 * @param before - The CRC-32 of the bytes before these, to go on from; 0 at the start.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  return hasNodeModules() ? nodeModule('node:zlib').crc32(bytes, before) : crc32InScript(bytes, before);
}

/** Where there is no zlib; a tenth as fast, 0.3 GB/s. */
export function crc32InScript(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  // indexed, as iterating takes four times as long
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 255] as number);
  return ~crc >>> 0;
}
