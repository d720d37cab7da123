/** An image of bytes, as Pillow's modes L (one channel) and RGB (three) hold it. */
export type ByteImage = {
  /** Row by row, channels interleaved; not to be written to. */
  readonly pixels: Uint8Array;
  /** `[height, width, channels]`, channels 1 or 3. */
  readonly shape: readonly [number, number, number];
};

/** The gray value of each pixel, as Pillow's conversion to mode L rounds it: ITU-R 601-2 luma in 16-bit fixed point. */
export function grayOf({ pixels, shape: [height, width, channels] }: ByteImage): Uint8Array {
  if (channels === 1) return pixels;
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(3 * i, 3 * i + 3);
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  });
}
