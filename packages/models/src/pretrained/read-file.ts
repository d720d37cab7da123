import { DataFormatError, InvalidArgumentError } from '@st/core';

/** A file's bytes, and what to call it in errors. */
export type FileBytes = { readonly bytes: Uint8Array; readonly name: string };

/**
 * The bytes of a path (Node), a Blob (a browser's chosen file) or bytes that are there already.
 * @param maxBytes - A larger file is refused before it is read.
 * @throws {DataFormatError} if the file cannot be read or is too large.
 * @throws {InvalidArgumentError} for something else, or a path outside Node.
 */
export async function readFileBytes(
  where: string,
  file: string | Uint8Array | Blob,
  maxBytes: number,
): Promise<FileBytes> {
  if (file instanceof Uint8Array) {
    refuseLarge(where, 'the bytes', file.length, maxBytes);
    return { bytes: file, name: 'the bytes' };
  }
  if (typeof file === 'string') return readPath(where, file, maxBytes);
  if (typeof Blob !== 'undefined' && file instanceof Blob) {
    const name = 'name' in file && typeof file.name === 'string' ? file.name : 'the Blob';
    refuseLarge(where, name, file.size, maxBytes);
    return { bytes: new Uint8Array(await file.arrayBuffer()), name };
  }
  throw new InvalidArgumentError(`${where}: file must be a path, a Uint8Array or a Blob, got ${typeof file}.`, {
    argument: 'file',
    received: file,
  });
}

async function readPath(where: string, path: string, maxBytes: number): Promise<FileBytes> {
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new InvalidArgumentError(
      `${where}: '${path}' is a path, which needs Node. In a browser pass the bytes or a Blob.`,
      {
        argument: 'file',
        received: path,
      },
    );
  }
  // imported only here, so that the package loads where there are no node: modules
  const { readFile, stat } = await import('node:fs/promises');
  try {
    const { size } = await stat(path);
    refuseLarge(where, path, size, maxBytes);
    return { bytes: await readFile(path), name: path };
  } catch (cause) {
    if (cause instanceof DataFormatError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(
      `${where}: could not read '${path}': ${reason}. Name a file of weights: .pt, .pth or .safetensors.`,
      {
        argument: 'file',
        received: path,
        cause,
      },
    );
  }
}

function refuseLarge(where: string, name: string, size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new DataFormatError(
    `${where}: ${name} must be at most ${maxBytes} bytes, got ${size}. Pass a larger maxBytes if it is what you think it is.`,
    { argument: 'maxBytes', received: size },
  );
}
