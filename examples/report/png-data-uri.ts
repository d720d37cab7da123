import { encode } from 'fast-png';

/** A square RGB image as a `data:` URI. @param pixels - width x width x 3 values in [0, 255], row by row. */
export function pngDataUri(pixels: readonly number[], width: number): string {
  const png = encode({ width, height: width, data: Uint8Array.from(pixels), channels: 3, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
