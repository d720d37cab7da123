import type { DecodedImage } from './decode-image.ts';

/** Which pixels of a side of the source an output pixel covers, and how much of each. */
type Cover = readonly { readonly index: number; readonly weight: number }[];

/**
 * Scales an image so that each output pixel is the mean of the rectangle of the source that it covers, whole pixels and parts: nothing is
 * left out when shrinking, and enlarging repeats pixels. The image's proportions are not kept.
 */
export function resizeByArea(
  image: DecodedImage,
  [height, width]: readonly [number, number],
  channels: number,
): Uint8Array {
  if (image.height === height && image.width === width) return image.pixels;
  const rows = coversOf(image.height, height);
  const columns = coversOf(image.width, width);
  const result = new Uint8Array(height * width * channels);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const y of row) {
          for (const x of column) {
            sum += y.weight * x.weight * (image.pixels[(y.index * image.width + x.index) * channels + channel] ?? 0);
          }
        }
        result[to++] = Math.round(sum);
      }
    }
  }
  return result;
}

function coversOf(from: number, to: number): readonly Cover[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, (i + 1) * scale];
    const cover: { index: number; weight: number }[] = [];
    for (let index = Math.floor(start); index < Math.min(from, Math.ceil(end)); index++) {
      const overlap = Math.min(end, index + 1) - Math.max(start, index);
      if (overlap > 0) cover.push({ index, weight: overlap / scale });
    }
    return cover;
  });
}
