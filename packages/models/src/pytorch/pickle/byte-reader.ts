import { DataFormatError } from '@st/core';

/** Reads bytes in sequence; reading past the end is an error with the file's name. */
export type ByteReader = {
  /** Prefix of every error: `[@st/models] readPytorch: net.pt`. */
  readonly where: string;
  readonly position: number;
  readonly left: number;
  /** The next bytes, as a view. */
  take(count: number): Uint8Array;
  byte(): number;
  uint16(): number;
  uint32(): number;
  int32(): number;
  /** An unsigned integer, which must be below 2^53. */
  uint64(): number;
  /** Big-endian, as in pickles. */
  float64(): number;
  /** Text up to a line feed, which is skipped. */
  line(): string;
  /** UTF-8. */
  text(count: number): string;
};

/** Maximum length of a line, which is the name of a module or class. */
const MAX_LINE = 256;

/** @throws {DataFormatError} from every method that reads past the end. */
export function byteReader(where: string, bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let position = 0;
  const advance = (count: number): number => {
    const start = position;
    if (count > bytes.length - start) {
      throw new DataFormatError(
        `${where}: must hold ${count} more bytes at byte ${start}, but ends after ${bytes.length - start}. The file is truncated or damaged.`,
        { argument: 'bytes', received: bytes.length },
      );
    }
    position += count;
    return start;
  };
  const text = (part: Uint8Array): string => {
    try {
      return decoder.decode(part);
    } catch (cause) {
      throw new DataFormatError(`${where}: text before byte ${position} must be UTF-8. The file is damaged.`, {
        argument: 'bytes',
        cause,
      });
    }
  };
  const take = (count: number): Uint8Array => {
    const start = advance(count);
    return bytes.subarray(start, start + count);
  };
  return {
    where,
    get position() {
      return position;
    },
    get left() {
      return bytes.length - position;
    },
    take,
    byte: () => view.getUint8(advance(1)),
    uint16: () => view.getUint16(advance(2), true),
    uint32: () => view.getUint32(advance(4), true),
    int32: () => view.getInt32(advance(4), true),
    uint64: () => {
      const value = view.getBigUint64(advance(8), true);
      if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
      throw new DataFormatError(`${where}: the size before byte ${position} must be below 2^53, got ${value}.`, {
        argument: 'bytes',
        received: value,
      });
    },
    float64: () => view.getFloat64(advance(8), false),
    line: () => {
      const end = bytes.subarray(position, position + MAX_LINE).indexOf(0x0a);
      if (end >= 0) return text(take(end + 1)).slice(0, -1);
      throw new DataFormatError(`${where}: a line of at most ${MAX_LINE} bytes must start at byte ${position}.`, {
        argument: 'bytes',
      });
    },
    text: (count) => text(take(count)),
  };
}
