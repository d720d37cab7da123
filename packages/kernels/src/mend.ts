import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** A back end as kernels use it. The type of the base class lacks `write`. */
export type Memory = KernelBackend & {
  write(values: ReturnType<KernelBackend['readSync']>, shape: number[], dtype: TensorInfo['dtype']): object;
};

/** The arguments with which the engine calls a kernel. */
export type KernelCall = {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: Memory;
};

/** Inputs and attributes of a kernel. The types of tfjs lack the lists of tensors that 'Concat' and others take, and nested lists in attributes. */
export type Inputs = NamedTensorInfoMap | readonly TensorInfo[];
export type Attrs = Readonly<Record<string, unknown>>;

/** Runs the wrapped kernel. */
export type Original = (inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[];

/** The functions that a mend may call. */
export type Tools = {
  readonly original: Original;
  /** Runs any kernel of the same back end that has one result. The result is freed after the mend, unless the mend returns it. */
  readonly run: (name: string, inputs: Inputs, attrs?: Attrs) => TensorInfo;
  /** Registers a result of `original` to be freed after the mend, unless the mend returns it. */
  readonly own: (result: TensorInfo | TensorInfo[]) => TensorInfo;
  /** Writes values computed in JavaScript to a new tensor, freed like the result of `run`. */
  readonly tensor: (values: Float32Array | Int32Array | Uint8Array, shape: readonly number[]) => TensorInfo;
};

/**
 * Corrects a kernel: returns the correct result, or `undefined` if the wrapped kernel is correct for this call. It decides from dtypes, shapes
 * and attributes; also from values where NaN and infinities matter.
 */
export type Mend = (call: KernelCall, tools: Tools) => TensorInfo | TensorInfo[] | undefined;

/** The arguments, cast to the types of tfjs. */
export function typedCall(inputs: Inputs, attrs: Attrs): Pick<KernelCall, 'inputs' | 'attrs'> {
  return { inputs: inputs as NamedTensorInfoMap, attrs: attrs as NamedAttrMap };
}

/** Runs a mend, and frees its intermediate tensors. Runs the wrapped kernel if the mend returns `undefined`. */
export function applyMend(
  mend: Mend,
  call: KernelCall,
  backendName: string,
  original: Original,
): TensorInfo | TensorInfo[] {
  const made: TensorInfo[] = [];
  const own = (result: TensorInfo | TensorInfo[]): TensorInfo => {
    const all = [result].flat();
    made.push(...all);
    return all[0] as TensorInfo; // every kernel has a first result
  };
  const tools: Tools = {
    original,
    own,
    run: (name, inputs, attrs = {}) =>
      own(getKernel(name, backendName).kernelFunc({ ...typedCall(inputs, attrs), backend: call.backend })),
    tensor: (values, shape) => {
      const dtype = values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'bool';
      return own({ dataId: call.backend.write(values, [...shape], dtype), shape: [...shape], dtype });
    },
  };
  let result: TensorInfo | TensorInfo[] | undefined;
  try {
    result = mend(call, tools);
  } finally {
    const kept = [result ?? []].flat();
    for (const info of made) if (!kept.includes(info)) call.backend.disposeData(info.dataId);
  }
  return result ?? original(call.inputs, call.attrs);
}

/** The same data with another shape; does not own them. */
export function viewed(info: TensorInfo, shape: readonly number[]): TensorInfo {
  return { ...info, shape: [...shape] };
}
