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

/** The gradient by each input, by the input's name; called where that gradient is wanted. */
type Pullbacks = { readonly [input: string]: () => Tensor };

/** Which of a kernel's tensors its gradient reads: inputs by name, outputs by number. */
type Saved = {
  readonly inputs?: readonly string[] | 'all';
  readonly outputs?: readonly number[];
};

/**
 * The gradient of a kernel, as `tf.registerGradient` takes it.
 * @param pull - From the gradient by the output, what was saved (inputs first), and the kernel's attributes.
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
    // tfjs hands dy and the attributes over untyped; which they are follows from the kernel's name
    gradFunc: (dy, saved, attrs) => pull(dy as Tensor, saved, attrs as Attrs) as Record<string, () => Tensor>,
  };
}

/** As `gradient`, for a kernel of several outputs; tfjs hands over the one gradient by itself where a call has one output. */
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

/** 1 where the condition holds, else 0. On a tape, where a second gradient may be asked for, it is a choice: a cast would ask the comparison for one. */
export function indicator(condition: Tensor): Tensor {
  return engine().state.gradientDepth > 0 ? where(condition, scalar(1), scalar(0)) : cast(condition, 'float32');
}

/** The gradient of broadcasting from `shape`: sums over the axes along which entries were repeated. */
export function unbroadcast(dy: Tensor, shape: number[]): Tensor {
  const axes = backend_util.getReductionAxes(shape, dy.shape);
  return reshape(axes.length > 0 ? sum(dy, axes) : dy, shape);
}

/** `shape` with length 1 along the given axes. */
export function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

/** Axes as tfjs takes them (one, several, none for all), each from 0 to the rank. */
export function axesOf(axis: number | number[] | null | undefined, shape: number[]): number[] {
  return util.parseAxisParam(axis ?? shape.map((_, i) => i), shape);
}
