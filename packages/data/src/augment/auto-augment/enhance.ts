import { type ByteImage, grayOf } from './byte-image.ts';

/** Towards gray of the same luma for factors below 1, away from it above. */
export function color(image: ByteImage, factor: number): ByteImage {
  const gray = grayOf(image);
  const channels = image.shape[2];
  return blend(image, factor, (i) => gray[Math.floor(i / channels)] ?? 0);
}

/** Towards black, or away from it. */
export function brightness(image: ByteImage, factor: number): ByteImage {
  return blend(image, factor, () => 0);
}

/** Towards the mean gray of the whole image, or away from it. */
export function contrast(image: ByteImage, factor: number): ByteImage {
  const gray = grayOf(image);
  const mean = Math.trunc(gray.reduce((sum, value) => sum + value, 0) / gray.length + 0.5);
  return blend(image, factor, () => mean);
}

/** Towards the image smoothed by a 3 x 3 filter (weight 5 in the middle, 1 around), or away from it; border pixels do not change. */
export function sharpness(image: ByteImage, factor: number): ByteImage {
  const smoothed = smooth(image);
  return blend(image, factor, (i) => smoothed[i] ?? 0);
}

/** from + factor (image - from), truncated to integers and clipped, in float32 arithmetic as in Pillow. */
function blend({ pixels, shape }: ByteImage, factor: number, from: (index: number) => number): ByteImage {
  const alpha = Math.fround(factor);
  if (alpha === 1) return { pixels, shape };
  const blended = pixels.map((value, i) => {
    const start = from(i);
    const sum = Math.fround(start + Math.fround(alpha * (value - start)));
    return Math.min(255, Math.max(0, Math.trunc(sum)));
  });
  return { pixels: blended, shape };
}

function smooth({ pixels, shape: [height, width, channels] }: ByteImage): Uint8Array {
  const smoothed = Uint8Array.from(pixels);
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      let sum = 4 * (pixels[i] ?? 0);
      for (const above of [i - row, i, i + row]) {
        sum += (pixels[above - channels] ?? 0) + (pixels[above] ?? 0) + (pixels[above + channels] ?? 0);
      }
      smoothed[i] = Math.floor(sum / 13 + 0.5);
    }
  }
  return smoothed;
}
