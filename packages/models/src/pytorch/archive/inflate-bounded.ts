import { DataFormatError } from '@st/core';
import { Inflate } from 'fflate';

/** Compressed bytes given at a time: DEFLATE makes at most 1032 of one, so that a bomb is noticed after 4 MiB at the latest. */
const CHUNK = 4096;

/**
 * Undoes DEFLATE, and stops where more comes out than the file says.
 * @param length - Bytes that must come out.
 * @throws {DataFormatError} if more or fewer do, or the stream is damaged.
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
    `${where}: must come to ${length} bytes when decompressed, as the file says, but comes to ${size > length ? 'more' : size}. The file is damaged, or made to exhaust memory.`,
    { argument: 'bytes', received: size },
  );
}
