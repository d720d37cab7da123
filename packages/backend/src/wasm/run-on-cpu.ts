import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  findBackend,
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

import { readComplex } from './complex-data.ts';

/** Every back end has `write`; the type of the base class lacks it. */
type Writable = KernelBackend & {
  write(values: ReturnType<KernelBackend['readSync']>, shape: number[], dtype: TensorInfo['dtype']): object;
};

type Input = TensorInfo | TensorInfo[] | undefined;

/** Runs a kernel of `cpu` on tensors of another back end: copies the inputs to `cpu`, and the results back. */
export function runOnCpu(
  kernel: KernelConfig,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
  from: KernelBackend,
): TensorInfo | TensorInfo[] {
  const backend = from as Writable;
  const cpu = findBackend('cpu') as Writable;
  const copies: TensorInfo[] = [];
  const copied = mapInputs(inputs, (info) => {
    // some kernels of cpu read `rank`, which TensorInfo lacks
    const made = Object.assign(copy(info, backend, cpu), { rank: info.shape.length });
    copies.push(made);
    return made;
  });
  const output = kernel.kernelFunc({ inputs: copied, backend: cpu, ...(attrs && { attrs }) });
  const outputs = [output].flat();
  const results = outputs.map((info) => copy(info, cpu, backend));
  for (const info of [...outputs, ...copies]) cpu.disposeData(info.dataId);
  return Array.isArray(output) ? results : (results[0] as TensorInfo);
}

/** Maps all tensors. Some kernels get a list of tensors, others a list as one of the named inputs. */
function mapInputs(inputs: NamedTensorInfoMap, each: (info: TensorInfo) => TensorInfo): NamedTensorInfoMap {
  const one = (input: Input): Input => (Array.isArray(input) ? input.map(each) : input && each(input));
  if (Array.isArray(inputs)) return one(inputs) as unknown as NamedTensorInfoMap;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, one(input)])) as NamedTensorInfoMap;
}

function copy({ dataId, shape, dtype }: TensorInfo, from: Writable, to: Writable): TensorInfo {
  const values = from.readSync(dataId);
  if (dtype === 'complex64') return complexCopy(values as Float32Array, shape, to);
  // the values of `cpu` may have another type than their dtype, e.g. a sum of booleans
  return { dataId: to.write(typed(values, dtype), shape, dtype), shape, dtype };
}

/** Writes interleaved real and imaginary parts: wasm stores them so, `cpu` as two tensors. */
function complexCopy(values: Float32Array, shape: number[], to: Writable): TensorInfo {
  if (to !== findBackend('cpu')) {
    readComplex(to as BackendWasm);
    return { dataId: to.write(values, shape, 'complex64'), shape, dtype: 'complex64' };
  }
  const part = (offset: 0 | 1): TensorInfo => {
    const own = values.filter((_, i) => i % 2 === offset);
    return { dataId: to.write(own, shape, 'float32'), shape, dtype: 'float32' };
  };
  const [real, imag] = [part(0), part(1)];
  const whole = getKernel('Complex', 'cpu').kernelFunc({ inputs: { real, imag }, backend: to }) as TensorInfo;
  for (const { dataId } of [real, imag]) to.disposeData(dataId);
  return whole;
}

function typed(values: ReturnType<KernelBackend['readSync']>, dtype: TensorInfo['dtype']): typeof values {
  if (dtype === 'float32')
    return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
  if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(values as ArrayLike<number>);
  return values;
}
