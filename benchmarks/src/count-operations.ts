import * as tf from '@tensorflow/tfjs-core';

/**
 * Floating-point operations of all convolutions and matrix products that `run` executes, counted as for the direct algorithm; a multiplication and an
 * addition count as two. A convolution and each of its gradients: 2 x (output elements) x (filter height x filter width x input channels). A matrix
 * product: 2 x rows x columns x inner. Other operations are not counted.
 */
export async function countOperations(run: () => void): Promise<number> {
  const { kernels } = await tf.profile(() => {
    run();
    return tf.scalar(0);
  });
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    const count = OPERATIONS[name];
    return (
      sum +
      (count?.(
        inputShapes.filter((shape) => shape !== null),
        outputShapes[0] ?? [],
      ) ?? 0)
    );
  }, 0);
}

type Shape = readonly number[];

const size = (shape: Shape = []): number => shape.reduce((product, length) => product * length, 1);

/** The number of terms summed for one output element of a convolution with a filter [height, width, in, out]. */
const window = (filter: Shape = []): number => size(filter.slice(0, 3));

/** [..., rows, inner] times [..., inner, columns], transposed or not: the sizes determine the number of products. */
const product = ([a, b]: readonly Shape[], c: Shape): number =>
  2 * Math.sqrt((size(a) * size(b) * size(c)) / size(c.slice(0, -2)));

/** The count by kernel name, from the shapes of the inputs (in the order in which tfjs passes them) and of the first output. */
const OPERATIONS: Readonly<Record<string, (inputs: readonly Shape[], output: Shape) => number>> = {
  Conv2D: ([, filter], output) => 2 * size(output) * window(filter),
  FusedConv2D: ([, filter], output) => 2 * size(output) * window(filter),
  Conv2DBackpropInput: ([dy, filter]) => 2 * size(dy) * window(filter),
  Conv2DBackpropFilter: ([, dy], filter) => 2 * size(dy) * window(filter),
  BatchMatMul: product,
  _FusedMatMul: product,
};
