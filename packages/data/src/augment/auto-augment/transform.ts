import type { ByteImage } from './byte-image.ts';

/** The source position of pixel (x, y) of the result: x' = a x + b y + c, y' = d x + e y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Columns slide up or down: y' = y + amount x. */
export function shearY(image: ByteImage, amount: number, fill: readonly number[]): ByteImage {
  return transform(image, [1, 0, 0, amount, 1, 0], fill);
}

/** Moves the image left by a whole number of pixels. */
export function translateX(image: ByteImage, pixels: number, fill: readonly number[]): ByteImage {
  return transform(image, [1, 0, pixels, 0, 1, 0], fill);
}

/** Moves the image up by a whole number of pixels. */
export function translateY(image: ByteImage, pixels: number, fill: readonly number[]): ByteImage {
  return transform(image, [1, 0, 0, 0, 1, pixels], fill);
}

/** Turns the image counter-clockwise about its center. */
export function rotate(image: ByteImage, degrees: number, fill: readonly number[]): ByteImage {
  const [height, width] = image.shape;
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const x = width / 2;
  const y = height / 2;
  return transform(image, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y], fill);
}

/** Fractional bits of Pillow's coordinates. */
const FIXED_ONE = 65536;

/** Takes each pixel of the result from the nearest one of the source, in fixed-point arithmetic as in Pillow; `fill` outside the source. */
function transform({ pixels, shape }: ByteImage, [a, b, c, d, e, f]: Affine, fill: readonly number[]): ByteImage {
  const [height, width, channels] = shape;
  const fixed = (value: number): number => Math.floor(value * FIXED_ONE + 0.5);
  const [stepX, stepY] = [fixed(a), fixed(d)];
  const startX = fixed(c + a / 2 + b / 2);
  const startY = fixed(f + d / 2 + e / 2);
  const result = new Uint8Array(pixels.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = Math.floor((startX + row * fixed(b) + column * stepX) / FIXED_ONE);
      const y = Math.floor((startY + row * fixed(e) + column * stepY) / FIXED_ONE);
      const inside = x >= 0 && x < width && y >= 0 && y < height;
      const from = (y * width + x) * channels;
      result.set(inside ? pixels.subarray(from, from + channels) : fill, (row * width + column) * channels);
    }
  }
  return { pixels: result, shape };
}
