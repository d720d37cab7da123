import { encode } from 'fast-png';

/** An image as a `data:` URI. @param pixels - In [0, 255], row by row. @param channels - 3 (RGB, the default), or 1 (gray). */
export function pngDataUri(pixels: readonly number[], width: number, channels = 3): string {
  const height = pixels.length / (width * channels);
  const png = encode({ width, height, data: Uint8Array.from(pixels), channels: channels === 1 ? 1 : 3, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
