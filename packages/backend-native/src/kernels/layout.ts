/**
 * Sizes, offsets and strides as the native module takes them.
 * @throws {RangeError} where one does not fit 32 bits: a tensor of 2^31 elements or more.
 */
export function layoutOf(...sizes: readonly number[]): Int32Array {
  const layout = Int32Array.from(sizes);
  const place = layout.findIndex((size, i) => size !== sizes[i]);
  if (place === -1) return layout;
  throw new RangeError(
    `[@st/backend-native] sizes, offsets and strides must be integers below 2^31, got ${sizes[place]}. Work on the tensor in parts.`,
  );
}
