import { DataFormatError } from '@st/core';
import { checkKnownOptions, checkNumber } from '@st/core/kit';

import { checkBytes, checkText } from '../check-arguments.ts';
import { readLegacyCheckpoint } from './archive/read-legacy-checkpoint.ts';
import { readZipCheckpoint } from './archive/read-zip-checkpoint.ts';
import { plainValue } from './plain-value.ts';
import type { PytorchValue } from './pytorch-value.ts';

/** Some platforms limit arrays to 2 GiB; the largest published models are 1.5 GB. */
export const MAX_FILE_BYTES: number = 2 ** 31 - 1;

export type ReadPytorchOptions = {
  /** Shown in errors, for example the file's path. Default `'the file'`. */
  readonly name?: string;
  /** Maximum size in bytes of the file, and of its decompressed entries. Default 2 GiB. */
  readonly maxBytes?: number;
};

/** The contents of a `.pt` or `.pth` file, and its format. */
export type PytorchFile = {
  readonly value: PytorchValue;
  /** The zip format of PyTorch 1.6 and later, or the older one. */
  readonly format: 'pytorch-zip' | 'pytorch-legacy';
};

/**
 * Reads a file that `torch.save` wrote, without running code from it. The unpickler knows tensors, lists, dicts, numbers and strings. Objects
 * of other classes (`argparse.Namespace`, numpy arrays) are not read but replaced by `{ kind: 'unread', name }`. A call of a function that
 * weights do not need, which PyTorch would run on loading, is an error with the function's name.
 *
 * Limits, whatever the file claims: `maxBytes` for the file and for its decompressed entries; for the pickle 16 MiB and a million steps; values
 * nested 64 deep; tensors whose strides repeat values take at most 8 times the file size.
 * @throws {DataFormatError} for a file that is truncated, damaged, of another format, over a limit or self-referencing, or that calls a
 *   function that weights do not need.
 */
export function readPytorch(bytes: Uint8Array, options: ReadPytorchOptions = {}): PytorchFile {
  checkKnownOptions('[@st/models] readPytorch', options, ['name', 'maxBytes']);
  const { name = 'the file' } = options;
  const maxBytes = checkNumber('[@st/models] readPytorch', 'maxBytes', options.maxBytes ?? MAX_FILE_BYTES, {
    min: 1,
    integer: true,
  });
  checkText('[@st/models] readPytorch', 'name', name);
  checkBytes('[@st/models] readPytorch', bytes);
  const where = `[@st/models] readPytorch: ${name}`;
  if (bytes.length > maxBytes) {
    throw new DataFormatError(`${where} must be at most ${maxBytes} bytes, got ${bytes.length}.`, {
      argument: 'maxBytes',
      received: bytes.length,
    });
  }
  const format = pytorchFormat(bytes);
  if (!format) {
    throw new DataFormatError(
      `${where} must start as a zip file or a pickle does, got ${bytes.length} bytes that start with ${startOf(bytes)}. Is it a .pt or .pth file?`,
      { argument: 'bytes' },
    );
  }
  const value =
    format === 'pytorch-zip' ? readZipCheckpoint(where, bytes, maxBytes) : readLegacyCheckpoint(where, bytes);
  return { value: plainValue(where, value, bytes.length), format };
}

/** The format by the first bytes: `PK\x03\x04` for zip, or the first opcode of a pickle of protocol 2 to 5. */
export function pytorchFormat(bytes: Uint8Array): PytorchFile['format'] | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) return 'pytorch-zip';
  return a === 0x80 && b >= 2 && b <= 5 ? 'pytorch-legacy' : undefined;
}

/** The first four bytes in hexadecimal, for error messages. */
export function startOf(bytes: Uint8Array): string {
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return start || 'nothing';
}
