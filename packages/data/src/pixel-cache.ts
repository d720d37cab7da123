/** Where decoded pixels are kept from one run to the next. */
export type PixelCache = {
  readonly folder: string;
  /** File name in that folder. */
  readonly file: string;
};

/** Ahead of the pixels: a mark of the format, then a checksum of source and pixels. */
const MAGIC = 'ST-PIX01';
const HEADER_BYTES = MAGIC.length + 4;

/**
 * Returns the cached pixels if they came from the same source and are whole; else lets `produce` fill them and caches those.
 * A cache that cannot be read or written (no space, no right) costs time and nothing else.
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
 * `st-data` in it.
 */
export async function defaultCacheFolder(): Promise<string> {
  const [{ homedir }, { join }] = await Promise.all([import('node:os'), import('node:path')]);
  const home = homedir();
  const bySystem: Readonly<Record<string, string | undefined>> = {
    darwin: join(home, 'Library', 'Caches'),
    win32: process.env.LOCALAPPDATA,
  };
  return join(process.env.XDG_CACHE_HOME || bySystem[process.platform] || join(home, '.cache'), 'st-data');
}

async function read(cache: PixelCache, source: string, byteLength: number): Promise<Uint8Array | undefined> {
  const [{ readFile }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const file = await readFile(join(cache.folder, cache.file)).catch(() => undefined);
  if (file?.length !== HEADER_BYTES + byteLength) return undefined;
  const header = await headerOf(source, file.subarray(HEADER_BYTES));
  return header.every((byte, i) => byte === file[i]) ? file.subarray(HEADER_BYTES) : undefined;
}

/** Writes beside the final name and renames, so that no reader ever sees half a file. */
async function write(cache: PixelCache, source: string, file: Uint8Array): Promise<void> {
  const [{ mkdir, rename, rm, writeFile }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
  ]);
  const final = join(cache.folder, cache.file);
  const partial = `${final}.${process.pid}.${Date.now()}.partial`;
  try {
    file.set(await headerOf(source, file.subarray(HEADER_BYTES)));
    await mkdir(cache.folder, { recursive: true });
    await writeFile(partial, file);
    await rename(partial, final);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

async function headerOf(source: string, pixels: Uint8Array): Promise<Uint8Array> {
  const { crc32 } = await import('node:zlib');
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new TextEncoder().encode(MAGIC));
  new DataView(header.buffer).setUint32(MAGIC.length, crc32(pixels, crc32(source)), true);
  return header;
}
