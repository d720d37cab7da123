import { DataFormatError, InvalidArgumentError } from '@st/core';
import { describeValue } from '@st/core/kit';
import { hasNodeModules, readWholeFile } from '@st/core/node';

/** A file's bytes, and its name in errors. */
export type FileBytes = { readonly bytes: Uint8Array; readonly name: string };

/**
 * Returns the bytes of a file: a path (Node), a Blob (a file chosen in a browser) or the bytes themselves.
 * @param maxBytes - A larger file is refused before it is read.
 * @throws {DataFormatError} if the file cannot be read or is too large.
 * @throws {InvalidArgumentError} for other types, or a path outside Node.
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
  throw new InvalidArgumentError(
    `${where}: file must be a path, a Uint8Array or a Blob, got ${describeValue(file)}.${adviceFor(file)}`,
    {
      argument: 'file',
      received: file,
    },
  );
}

async function readPath(where: string, path: string, maxBytes: number): Promise<FileBytes> {
  if (!hasNodeModules()) {
    throw new InvalidArgumentError(
      `${where}: ${describeValue(path)} is a path, which needs Node. In a browser pass the bytes or a Blob.`,
      { argument: 'file', received: path },
    );
  }
  try {
    return { bytes: await readWholeFile(where, path, maxBytes), name: path };
  } catch (cause) {
    if (cause instanceof DataFormatError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(
      `${where}: could not read ${describeValue(path)}: ${reason}. Name a file of weights: .pt, .pth or .safetensors.`,
      { argument: 'file', received: path, cause },
    );
  }
}

function adviceFor(file: unknown): string {
  if (file instanceof ArrayBuffer) return ' Pass new Uint8Array(buffer).';
  if (file instanceof URL) return ' Pass fileURLToPath(url), or the bytes of a fetch.';
  return file instanceof Promise ? ' Await it.' : '';
}

function refuseLarge(where: string, name: string, size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new DataFormatError(
    `${where}: ${name} must be at most ${maxBytes} bytes, got ${size}. Pass a larger maxBytes if you expect that size.`,
    { argument: 'maxBytes', received: size },
  );
}
