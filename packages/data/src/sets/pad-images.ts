/** The number of gray images in an array, and the side of each. */
type SquareImages = { readonly count: number; readonly side: number };

/** Square gray images with `padding` black pixels added on each side. */
export function padImages(pixels: Uint8Array, { count, side }: SquareImages, padding: number): Uint8Array {
  if (padding === 0) return pixels;
  const padded = side + 2 * padding;
  const result = new Uint8Array(count * padded * padded);
  for (let row = 0; row < count * side; row++) {
    const image = Math.floor(row / side);
    const to = (image * padded + padding + (row % side)) * padded + padding;
    result.set(pixels.subarray(row * side, (row + 1) * side), to);
  }
  return result;
}
