import type { ByteImage } from './byte-image.ts';

/** Replaces every value by its entry in a table of 256: one table for all channels, or one a channel. */
function lookUp(image: ByteImage, tables: readonly ArrayLike<number>[]): ByteImage {
  const { pixels, shape } = image;
  return { shape, pixels: pixels.map((value, i) => tables[i % tables.length]?.[value] ?? 0) };
}

const tableOf = (entry: (value: number) => number): Uint8Array => Uint8Array.from({ length: 256 }, (_, i) => entry(i));

/** 255 - v. */
export function invert(image: ByteImage): ByteImage {
  return lookUp(image, [tableOf((value) => 255 - value)]);
}

/** Keeps the upper `bits` bits of each value. */
export function posterize(image: ByteImage, bits: number): ByteImage {
  const mask = 256 - 2 ** (8 - bits);
  return lookUp(image, [tableOf((value) => value & mask)]);
}

/** Inverts the values at and above `threshold`. */
export function solarize(image: ByteImage, threshold: number): ByteImage {
  return lookUp(image, [tableOf((value) => (value < threshold ? value : 255 - value))]);
}

/** Stretches each channel linearly so that its smallest value becomes 0 and its largest 255. */
export function autoContrast(image: ByteImage): ByteImage {
  return lookUp(image, histograms(image).map(stretch));
}

/** Spreads each channel's values so that its histogram is as flat as integer values allow. */
export function equalize(image: ByteImage): ByteImage {
  return lookUp(image, histograms(image).map(flatten));
}

function histograms({ pixels, shape: [, , channels] }: ByteImage): readonly Uint32Array[] {
  const counts = Array.from({ length: channels }, () => new Uint32Array(256));
  pixels.forEach((value, i) => {
    const channel = counts[i % channels];
    if (channel) channel[value] = (channel[value] ?? 0) + 1;
  });
  return counts;
}

function stretch(histogram: Uint32Array): Uint8Array {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return tableOf((value) => value);
  const scale = 255 / (high - low);
  const offset = -low * scale;
  return tableOf((value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset))));
}

function flatten(histogram: Uint32Array): Uint8Array {
  const used = histogram.filter((count) => count > 0);
  const total = used.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (used.at(-1) ?? 0)) / 255);
  if (used.length <= 1 || step === 0) return tableOf((value) => value);
  let passed = Math.floor(step / 2);
  return tableOf((value) => {
    const entry = Math.min(255, Math.floor(passed / step));
    passed += histogram[value] ?? 0;
    return entry;
  });
}
