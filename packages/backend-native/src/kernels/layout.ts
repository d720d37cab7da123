/**
 * Sizes, offsets and strides for the native module.
 * @throws {RangeError} if one does not fit 32 bits: a tensor of 2^31 elements or more.
 */
export function layoutOf(...sizes: readonly number[]): Int32Array {
  const layout = new Int32Array(sizes);
  for (let i = 0; i < layout.length; i++) {
    if (layout[i] === sizes[i]) continue;
    throw new RangeError(
      `[@st/backend-native] sizes, offsets and strides must be integers below 2^31, got ${sizes[i]}. Work on the tensor in parts.`,
    );
  }
  return layout;
}
