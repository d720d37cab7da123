import { DataFormatError } from '@st/core';
import { checkKnownOptions, checkNumber } from '@st/core/kit';

import { checkBytes, checkText } from '../check-arguments.ts';
import { readLegacyCheckpoint } from './archive/read-legacy-checkpoint.ts';
import { readZipCheckpoint } from './archive/read-zip-checkpoint.ts';
import { plainValue } from './plain-value.ts';
import type { PytorchValue } from './pytorch-value.ts';

/** Files of two GiB and more do not fit one array everywhere; the largest published models are 1.5 GB. */
export const MAX_FILE_BYTES: number = 2 ** 31 - 1;

export type ReadPytorchOptions = {
  /** Shown in errors, e.g. the file's path. Default `'the file'`. */
  readonly name?: string;
  /** What the file, and what a compressed one comes to, may have at most. Default 2 GiB. */
  readonly maxBytes?: number;
};

/** What a `.pt` or `.pth` file holds, and how it was packed. */
export type PytorchFile = {
  readonly value: PytorchValue;
  /** The zip files of PyTorch 1.6 and later, or the format before. */
  readonly format: 'pytorch-zip' | 'pytorch-legacy';
};

/**
 * Reads a file that `torch.save` wrote, without running anything of it: an unpickler of our own knows tensors, lists, dicts, numbers and
 * text. Objects of other classes (`argparse.Namespace`, numpy arrays) are not read, but stand as `{ kind: 'unread', name }`; a function that
 * PyTorch would call on opening the file is refused by name.
 *
 * Bounds, whatever the file says: its bytes and those of a compressed one together `maxBytes`; 16 MiB of pickle, a million steps of it,
 * values nested 64 deep; tensors that repeat values by their strides, eight times the file.
 * @throws {DataFormatError} for a file that is truncated, damaged, foreign, compressed beyond `maxBytes`, refers to itself, or calls a
 * function that weights are not made of.
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

/** The format that the first bytes are of: `PK\x03\x04`, or the instruction that starts a pickle of protocol 2 to 5. */
export function pytorchFormat(bytes: Uint8Array): PytorchFile['format'] | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) return 'pytorch-zip';
  return a === 0x80 && b >= 2 && b <= 5 ? 'pytorch-legacy' : undefined;
}

/** The first four bytes in hexadecimal, for errors. */
export function startOf(bytes: Uint8Array): string {
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return start || 'nothing';
}
