import { nodeModule, readWholeFile, writeFileDurably } from '@st/core/node';

/** The file that keeps decoded pixels between runs. */
export type PixelCache = {
  readonly folder: string;
  /** File name in that folder. */
  readonly file: string;
};

/** The file begins with this mark of the format, followed by the SHA-256 of source and pixels. */
const MAGIC = 'ST-PIX02';
const HEADER_BYTES = MAGIC.length + 32;

/**
 * Returns the cached pixels if they have the same source and the right checksum; otherwise calls `produce` to fill them and caches the result.
 * A cache that cannot be read or written (disk full, no permission) costs only time. Several processes can write it at once: each writes a
 * temporary file and renames it.
 * @param source - Identifies what the pixels were made from.
 */
export async function readThrough(
  cache: PixelCache | undefined,
  source: string,
  byteLength: number,
  produce: (target: Uint8Array) => Promise<void>,
): Promise<Uint8Array> {
  const cached = cache && (await read(cache, source, byteLength));
  if (cached) return cached;
  const file = new Uint8Array(HEADER_BYTES + byteLength);
  const pixels = file.subarray(HEADER_BYTES);
  await produce(pixels);
  if (cache) await write(cache, source, file);
  return pixels;
}

/**
 * The folder for caches that the system names: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches on macOS, %LOCALAPPDATA% on Windows;
 * `st-data` in it. A variable that is empty or no absolute path is ignored, as the XDG specification requires; undefined if the user
 * has no home folder.
 */
export function defaultCacheFolder(): string | undefined {
  const { isAbsolute, join } = nodeModule('node:path');
  const absolute = (path: string | undefined): string | undefined => (path && isAbsolute(path) ? path : undefined);
  const home = absolute(homeFolder());
  const bySystem: Readonly<Record<string, string | undefined>> = {
    darwin: home && join(home, 'Library', 'Caches'),
    win32: absolute(process.env.LOCALAPPDATA),
  };
  const folder = absolute(process.env.XDG_CACHE_HOME) ?? bySystem[process.platform] ?? (home && join(home, '.cache'));
  return folder && join(folder, 'st-data');
}

function homeFolder(): string | undefined {
  try {
    return nodeModule('node:os').homedir();
  } catch {
    return undefined; // the user has no entry in the system's list, for example in a container
  }
}

async function read(cache: PixelCache, source: string, byteLength: number): Promise<Uint8Array | undefined> {
  const path = nodeModule('node:path').join(cache.folder, cache.file);
  const file = await readWholeFile('[@st/data] pixel cache', path, HEADER_BYTES + byteLength).catch(() => undefined);
  if (file?.length !== HEADER_BYTES + byteLength) return undefined;
  const pixels = file.subarray(HEADER_BYTES);
  return headerOf(source, pixels).every((byte, i) => byte === file[i]) ? pixels : undefined;
}

async function write(cache: PixelCache, source: string, file: Uint8Array): Promise<void> {
  file.set(headerOf(source, file.subarray(HEADER_BYTES)));
  const path = nodeModule('node:path').join(cache.folder, cache.file);
  await writeFileDurably(path, file).catch(() => undefined); // the next run decodes again
}

function headerOf(source: string, pixels: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new TextEncoder().encode(MAGIC));
  const hash = nodeModule('node:crypto').createHash('sha256');
  header.set(hash.update(`${source}\n`).update(pixels).digest(), MAGIC.length);
  return header;
}
