import {
  findBackend,
  getKernelsForBackend,
  type KernelBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';

/** Kernels that no fallback can give: `wasm` holds no complex64 tensors, and `Draw` wants a canvas. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['Complex', 'ComplexAbs', 'Draw', 'FFT', 'IFFT', 'Imag', 'Real']);

/**
 * Kernels for the back end named `to`, one for each that back end `cpu` has and it lacks: the tensors' bytes are copied over, cpu's kernel
 * runs, and the results are copied back. Slow, but every model trains; what lies on the hot path is composed of fast kernels instead.
 */
export function cpuFallbackKernels(to: string): KernelConfig[] {
  const present = new Set(getKernelsForBackend(to).map(({ kernelName }) => kernelName));
  return getKernelsForBackend('cpu')
    .filter(({ kernelName }) => !present.has(kernelName) && !OUT_OF_REACH.has(kernelName))
    .map((kernel) => ({
      kernelName: kernel.kernelName,
      backendName: to,
      kernelFunc: ({ inputs, attrs, backend }) =>
        runOnCpu(kernel, inputs, attrs, backend as KernelBackend & { write: WriteTensor }),
    }));
}

type WriteTensor = (
  values: ReturnType<KernelBackend['readSync']>,
  shape: number[],
  dtype: TensorInfo['dtype'],
) => object;

function runOnCpu(
  kernel: KernelConfig,
  inputs: NamedTensorInfoMap,
  attrs: Parameters<KernelConfig['kernelFunc']>[0]['attrs'],
  backend: KernelBackend,
): TensorInfo | TensorInfo[] {
  const cpu = findBackend('cpu');
  const copied = Object.entries(inputs).map(([name, info]) => [name, info && copy(info, backend, cpu)] as const);
  const output = kernel.kernelFunc({ inputs: Object.fromEntries(copied), backend: cpu, ...(attrs && { attrs }) });
  const outputs = Array.isArray(output) ? output : [output];
  const results = outputs.map((info) => copy(info, cpu, backend));
  for (const info of outputs) cpu.disposeData(info.dataId);
  for (const [, info] of copied) if (info) cpu.disposeData(info.dataId);
  return Array.isArray(output) ? results : (results[0] as TensorInfo);
}

function copy(info: TensorInfo, from: KernelBackend, to: KernelBackend): TensorInfo {
  const values = from.readSync(info.dataId);
  const { shape, dtype } = info;
  util.assert(
    values.length === util.sizeFromShape(shape),
    () => `[@st/backend] cpuFallbackKernels: ${values.length} values`,
  );
  return { dataId: to.write(values, shape, dtype), shape, dtype };
}
