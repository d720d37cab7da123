import { DataFormatError } from '@st/core';
import { Inflate } from 'fflate';

/** Compressed bytes per step. DEFLATE expands a byte to at most 1032, so that a zip bomb is detected within 4 MiB of output. */
const CHUNK = 4096;

/**
 * Decompresses DEFLATE data, and stops when the output exceeds the declared length.
 * @param length - Length of the output in bytes.
 * @throws {DataFormatError} if the output is longer or shorter, or the stream is damaged.
 */
export function inflateBounded(where: string, compressed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let size = 0;
  const inflate = new Inflate((part) => {
    if (size + part.length <= length) output.set(part, size);
    size += part.length;
  });
  for (let start = 0; start < compressed.length && size <= length; start += CHUNK) {
    const end = Math.min(start + CHUNK, compressed.length);
    try {
      inflate.push(compressed.subarray(start, end), end === compressed.length);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataFormatError(`${where}: must be compressed by DEFLATE: ${reason}. The file is damaged.`, { cause });
    }
  }
  if (size === length) return output;
  throw new DataFormatError(
    `${where}: must have ${length} bytes when decompressed, as the zip directory says, but has ${size > length ? 'more' : size}. The file is damaged, or made to exhaust memory.`,
    { argument: 'bytes', received: size },
  );
}
