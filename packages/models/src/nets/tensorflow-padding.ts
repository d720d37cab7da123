/** What a 3x3 convolution of the networks that came from JAX is padded with, as `SAME` does on even sizes: at stride 2 only after. */
export function tensorflowPadding(stride: number): 1 | readonly [0, 1] {
  return stride === 1 ? 1 : [0, 1];
}
