import { nodeModule, readWholeFile, writeFileDurably } from '@st/core/node';

/** Where decoded pixels are kept from one run to the next. */
export type PixelCache = {
  readonly folder: string;
  /** File name in that folder. */
  readonly file: string;
};

/** Ahead of the pixels: a mark of the format, then the SHA-256 of source and pixels. */
const MAGIC = 'ST-PIX02';
const HEADER_BYTES = MAGIC.length + 32;

/**
 * Returns the cached pixels if they came from the same source and are whole; else lets `produce` fill them and caches those.
 * A cache that cannot be read or written (no space, no right) costs time and nothing else. Processes that write it at once do not
 * disturb each other: each writes a file of its own and renames it.
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
 * `st-data` in it. A variable that is empty or no absolute path is passed over, as the XDG specification wants it; undefined if the user
 * has no home.
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
    return undefined; // a user without an entry in the system's list, in a container say
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
