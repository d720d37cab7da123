/** Padding of the 3x3 convolutions in networks ported from JAX, equal to `SAME` on even sizes: at stride 2 only right and bottom. */
export function tensorflowPadding(stride: number): 1 | readonly [0, 1] {
  return stride === 1 ? 1 : [0, 1];
}
