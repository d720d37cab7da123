import * as tf from '@tensorflow/tfjs-core';

/**
 * Floating-point operations of all convolutions and matrix products that `run` executes, each counted as the direct one has
 * them, a multiplication and an addition two: 2 x (elements of the convolution's output) x (filter height x width x input
 * channels), the same for both gradients; 2 x rows x columns x inner for a product. All else is left out.
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

/** Of a filter [height, width, in, out], what one element of the output sums up. */
const window = (filter: Shape = []): number => size(filter.slice(0, 3));

/** [..., rows, inner] times [..., inner, columns], turned or not: the sizes tell the number of products. */
const product = ([a, b]: readonly Shape[], c: Shape): number =>
  2 * Math.sqrt((size(a) * size(b) * size(c)) / size(c.slice(0, -2)));

/** Kernels by name, from the shapes of their inputs (in the order that tfjs hands them over) and of their first output. */
const OPERATIONS: Readonly<Record<string, (inputs: readonly Shape[], output: Shape) => number>> = {
  Conv2D: ([, filter], output) => 2 * size(output) * window(filter),
  FusedConv2D: ([, filter], output) => 2 * size(output) * window(filter),
  Conv2DBackpropInput: ([dy, filter]) => 2 * size(dy) * window(filter),
  Conv2DBackpropFilter: ([, dy], filter) => 2 * size(dy) * window(filter),
  BatchMatMul: product,
  _FusedMatMul: product,
};
