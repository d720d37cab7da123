import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** A back end as kernels use it; the base class leaves `write` out of its type. */
export type Memory = KernelBackend & {
  write(values: ReturnType<KernelBackend['readSync']>, shape: number[], dtype: TensorInfo['dtype']): object;
};

/** What the engine hands to a kernel. */
export type KernelCall = {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: Memory;
};

/** What a kernel may be run on: tfjs's types leave out the lists that 'Concat' and others take, and lists of lists among attributes. */
export type Inputs = NamedTensorInfoMap | readonly TensorInfo[];
export type Attrs = Readonly<Record<string, unknown>>;

/** The kernel that a mend wraps, on inputs and attributes of the mend's choice. */
export type Original = (inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[];

/** What a mend may use: the kernel that it wraps, and all others of the same back end. */
export type Tools = {
  readonly original: Original;
  /** Runs a kernel that has one result; the result is freed after the mend, unless the mend returns it. */
  readonly run: (name: string, inputs: Inputs, attrs?: Attrs) => TensorInfo;
  /** Has the wrapped kernel's result freed after the mend, unless the mend returns it. */
  readonly own: (result: TensorInfo | TensorInfo[]) => TensorInfo;
  /** A new tensor of values computed in JavaScript. */
  readonly tensor: (values: Float32Array | Int32Array | Uint8Array, shape: readonly number[]) => TensorInfo;
};

/**
 * A kernel made right: gives the right result itself, or `undefined` for what the kernel that it wraps does right. The second is decided
 * from dtypes, shapes and attributes, and where NaN and infinities matter from values.
 */
export type Mend = (call: KernelCall, tools: Tools) => TensorInfo | TensorInfo[] | undefined;

/** The arguments under tfjs's types. */
export function typedCall(inputs: Inputs, attrs: Attrs): Pick<KernelCall, 'inputs' | 'attrs'> {
  return { inputs: inputs as NamedTensorInfoMap, attrs: attrs as NamedAttrMap };
}

/** Runs a mend and frees what it made on the way; the wrapped kernel where the mend has nothing to do. */
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

/** The same data under another shape; owns nothing. */
export function viewed(info: TensorInfo, shape: readonly number[]): TensorInfo {
  return { ...info, shape: [...shape] };
}
