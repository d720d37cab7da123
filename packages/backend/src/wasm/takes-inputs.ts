import type { DataType, KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

const REAL: readonly DataType[] = ['float32'];
const FOUR_BYTES: readonly DataType[] = ['float32', 'int32'];
const NUMERIC: readonly DataType[] = ['float32', 'int32', 'bool'];
const ANY: readonly DataType[] = [...NUMERIC, 'string'];

const listed = (names: readonly string[], dtypes: readonly DataType[]): Record<string, readonly DataType[]> =>
  Object.fromEntries(names.map((name) => [name, dtypes]));

/** The dtypes that each kernel of `wasm` (tfjs 4.22) supports; `NUMERIC` for kernels not listed. Kernels reinterpret the bytes of other dtypes. */
const RIGHT_DTYPES: Readonly<Record<string, readonly DataType[]>> = {
  ...listed(
    [
      'Acos',
      'Acosh',
      'Asin',
      'Asinh',
      'Atan',
      'Atan2',
      'Atanh',
      'Ceil',
      'ClipByValue',
      'Cos',
      'Cosh',
      'Elu',
      'EluGrad',
      'Erf',
    ],
    REAL,
  ),
  ...listed(
    [
      'Exp',
      'Expm1',
      'Floor',
      'LeakyRelu',
      'Log',
      'Log1p',
      'Prelu',
      'Reciprocal',
      'Relu6',
      'Round',
      'Rsqrt',
      'Selu',
      'Sigmoid',
    ],
    REAL,
  ),
  ...listed(
    [
      'Sin',
      'Sinh',
      'Softmax',
      'Softplus',
      'Sqrt',
      'Step',
      'Tan',
      'Tanh',
      'RealDiv',
      'StridedSlice',
      'BatchMatMul',
      'IsFinite',
      'IsInf',
      'IsNan',
    ],
    REAL,
  ),
  ...listed(
    ['_FusedMatMul', 'AvgPool', 'MaxPool', 'Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'],
    REAL,
  ),
  ...listed(['FusedBatchNorm', 'ResizeBilinear', 'ResizeNearestNeighbor', 'CropAndResize'], ['float32']),
  ...listed(['Abs', 'Neg', 'Relu', 'Square', 'Sign', 'Reverse', 'Select', 'ArgMax', 'ArgMin', 'TopK'], FOUR_BYTES),
  ...listed(['Cumsum', 'Cumprod', 'FloorDiv'], FOUR_BYTES),
  ...listed(['ExpandDims', 'Identity', 'Reshape'], [...ANY, 'complex64']),
  ...listed(['Slice', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'], ANY),
};

/** Inputs with a fixed dtype, which are not checked. */
const OWN_DTYPES: Readonly<Record<string, readonly string[]>> = {
  Select: ['condition'],
  CropAndResize: ['boxInd'],
};

/** Whether a kernel of `wasm` supports the dtypes of the inputs; false for empty inputs, since some kernels divide by their sizes. */
export function takesInputs(kernel: KernelConfig['kernelName'], inputs: NamedTensorInfoMap): boolean {
  const right = RIGHT_DTYPES[kernel] ?? NUMERIC;
  const own = OWN_DTYPES[kernel] ?? [];
  const isTaken = ({ dtype, shape }: TensorInfo): boolean => right.includes(dtype) && !shape.includes(0);
  for (const name in inputs) {
    const input = inputs[name] as TensorInfo | TensorInfo[] | undefined;
    if (!input || own.includes(name)) continue;
    if (Array.isArray(input) ? !input.every(isTaken) : !isTaken(input)) return false;
  }
  return true;
}
