import type { DecodedImage } from './decode-image.ts';

/** The source pixels that each output pixel covers along one axis: `weights[i][k]` is the weight of the pixel `first[i] + k`. */
type Covers = { readonly first: Int32Array; readonly weights: readonly Float64Array[] };

/**
 * Scales an image so that each output pixel is the mean of the source rectangle that it covers, with fractional weights at its border: shrinking
 * uses every pixel, and enlarging repeats pixels. The aspect ratio is not kept.
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
  const sums = new Float64Array(width * channels);
  rows.weights.forEach((weights, row) => {
    sums.fill(0);
    weights.forEach((weight, k) => {
      addRow(sums, weight, image, (rows.first[row] ?? 0) + k, columns, channels);
    });
    for (let i = 0; i < sums.length; i++) result[row * sums.length + i] = Math.round(sums[i] ?? 0);
  });
  return result;
}

/** Adds `weight` times a row of the image, scaled to the columns, to `sums`. */
function addRow(
  sums: Float64Array,
  weight: number,
  { width, pixels }: DecodedImage,
  row: number,
  { first, weights }: Covers,
  channels: number,
): void {
  for (let column = 0; column < weights.length; column++) {
    const shares = weights[column] ?? sums;
    const from = (row * width + (first[column] ?? 0)) * channels;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0; k < shares.length; k++) sum += (shares[k] ?? 0) * (pixels[from + k * channels + channel] ?? 0);
      const at = column * channels + channel;
      sums[at] = (sums[at] ?? 0) + weight * sum;
    }
  }
}

function coversOf(from: number, to: number): Covers {
  const scale = from / to;
  const first = Int32Array.from({ length: to }, (_, i) => Math.floor(i * scale));
  const weights = Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, (i + 1) * scale];
    const last = Math.min(from, Math.ceil(end));
    return Float64Array.from({ length: last - (first[i] ?? 0) }, (_unused, k) => {
      const index = (first[i] ?? 0) + k;
      return Math.max(0, Math.min(end, index + 1) - Math.max(start, index)) / scale;
    });
  });
  return { first, weights };
}
