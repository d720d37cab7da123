import {
  backend_util,
  cast,
  engine,
  type GradConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  reshape,
  scalar,
  sum,
  type Tensor,
  util,
  where,
} from '@tensorflow/tfjs-core';

/** By input name: a function that computes the gradient with respect to that input. tfjs calls only those it needs. */
type Pullbacks = { readonly [input: string]: () => Tensor };

/** The tensors that a kernel's gradient reads: inputs by name, outputs by index. */
type Saved = {
  readonly inputs?: readonly string[] | 'all';
  readonly outputs?: readonly number[];
};

/**
 * The gradient of a kernel, in the form that `tf.registerGradient` takes.
 * @param pull - Takes the gradient with respect to the output, the saved tensors (inputs first) and the kernel's attributes.
 */
export function gradient<Attrs extends NamedAttrMap = NamedAttrMap>(
  kernelName: string,
  { inputs = [], outputs = [] }: Saved,
  pull: (dy: Tensor, saved: Tensor[], attrs: Attrs) => Pullbacks,
): GradConfig {
  return {
    kernelName,
    ...(inputs === 'all' ? { saveAllInputs: true } : { inputsToSave: [...inputs] }),
    outputsToSave: Array.from({ length: Math.max(-1, ...outputs) + 1 }, (_, i) => outputs.includes(i)),
    // tfjs passes dy and the attributes untyped; the kernel's name determines their types
    gradFunc: (dy, saved, attrs) => pull(dy as Tensor, saved, attrs as Attrs) as Record<string, () => Tensor>,
  };
}

/** As `gradient`, for a kernel with several outputs. For a call with a single output tfjs passes the gradient itself, not an array. */
export function gradientOfMany<Attrs extends NamedAttrMap = NamedAttrMap>(
  kernelName: string,
  saved: Saved,
  pull: (dys: Tensor[], saved: Tensor[], attrs: Attrs) => Pullbacks,
): GradConfig {
  return gradient<Attrs>(kernelName, saved, (dys, ...rest) => pull([dys].flat(), ...rest));
}

/** Runs a kernel that has one output. */
export function run(kernelName: string, inputs: NamedTensorMap, attrs: { readonly [name: string]: unknown }): Tensor {
  return engine().runKernel(kernelName, inputs, attrs as NamedAttrMap) as Tensor;
}

/** As float32. */
export function float(x: Tensor): Tensor {
  return x.dtype === 'float32' ? x : cast(x, 'float32');
}

/**
 * 1 where the condition holds, else 0. While a tape records, it uses `where` so that a second gradient exists: back-propagation through a cast would
 * reach the comparison, which has no gradient.
 */
export function indicator(condition: Tensor): Tensor {
  return engine().state.gradientDepth > 0 ? where(condition, scalar(1), scalar(0)) : cast(condition, 'float32');
}

/** The gradient of broadcasting from `shape`: sums dy over the broadcast axes. */
export function unbroadcast(dy: Tensor, shape: number[]): Tensor {
  const axes = backend_util.getReductionAxes(shape, dy.shape);
  return reshape(axes.length > 0 ? sum(dy, axes) : dy, shape);
}

/** `shape`, with length 1 along the given axes. */
export function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

/** An axis argument of tfjs (one axis, several, or none for all) as an array of axes in [0, rank). */
export function axesOf(axis: number | number[] | null | undefined, shape: number[]): number[] {
  return util.parseAxisParam(axis ?? shape.map((_, i) => i), shape);
}
