import { getKernel, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';

/** The arguments of a kernel. */
export type KernelCall<Inputs, Attrs> = {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: NativeBackend;
};

/** A kernel of this back end. `inherited` runs `cpu`'s kernel on the same call, for cases that the native one does not handle. */
export type NativeKernel = {
  readonly name: string;
  readonly run: (
    call: KernelCall<never, never>,
    inherited: () => TensorInfo | TensorInfo[],
  ) => TensorInfo | TensorInfo[];
};

/** Describes a kernel with the inputs and attributes that tfjs passes under its name. */
export function kernel<Inputs, Attrs = Record<string, never>>(
  name: string,
  run: (call: KernelCall<Inputs, Attrs>, inherited: () => TensorInfo | TensorInfo[]) => TensorInfo | TensorInfo[],
): NativeKernel {
  return { name, run };
}

/** Registers a kernel with a back end, in place of the one copied from `cpu`. */
export function installKernel({ name, run }: NativeKernel, backendName: string): void {
  // `getKernel` is typed as if every kernel existed; `cpu` has none of our own.
  const replaced: { kernelFunc: KernelFunc } | undefined = getKernel(name, backendName);
  if (replaced) unregisterKernel(name, backendName);
  registerKernel({
    kernelName: name,
    backendName,
    // tfjs passes inputs and attributes untyped; their types follow from the kernel's name.
    kernelFunc: (call) => {
      const backend = call.backend as NativeBackend;
      const begin = backend.beginCall();
      try {
        return run(call as unknown as KernelCall<never, never>, () => {
          if (!replaced) throw new Error(`[@st/backend-native] ${name}: this case is not supported.`);
          return replaced.kernelFunc(call);
        });
      } catch (error) {
        throw namingKernel(name, error);
      } finally {
        backend.endCall(begin);
      }
    },
  });
}

/** If the allocation of a result failed, the error names the kernel instead of the module's function. */
function namingKernel(name: string, error: unknown): unknown {
  const isShortage = error instanceof Error && 'code' in error && error.code === 'ERR_MEMORY_ALLOCATION_FAILED';
  if (isShortage) error.message = error.message.replace('] allocate: ', `] ${name}: `);
  return error;
}
