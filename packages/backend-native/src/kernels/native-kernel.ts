import { getKernel, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import { BACKEND_NAME, type NativeBackend } from '../native-backend.ts';

/** What a kernel is called with. */
export type KernelCall<Inputs, Attrs> = {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: NativeBackend;
};

/** A kernel of this back end; `inherited` runs the one of `cpu` on the same call, for what the native one leaves to it. */
export type NativeKernel = {
  readonly name: string;
  readonly run: (
    call: KernelCall<never, never>,
    inherited: () => TensorInfo | TensorInfo[],
  ) => TensorInfo | TensorInfo[];
};

/** Describes a kernel with the inputs and attributes that tfjs hands to it under its name. */
export function kernel<Inputs, Attrs = Record<string, never>>(
  name: string,
  run: (call: KernelCall<Inputs, Attrs>, inherited: () => TensorInfo | TensorInfo[]) => TensorInfo | TensorInfo[],
): NativeKernel {
  return { name, run };
}

/** Puts a kernel in the place of the one copied from `cpu`. */
export function installKernel({ name, run }: NativeKernel): void {
  // `getKernel` is typed as if every kernel were there; `cpu` has none of ours.
  const replaced: { kernelFunc: KernelFunc } | undefined = getKernel(name, BACKEND_NAME);
  if (replaced) unregisterKernel(name, BACKEND_NAME);
  registerKernel({
    kernelName: name,
    backendName: BACKEND_NAME,
    // tfjs hands inputs and attributes over untyped; which they are follows from the kernel's name.
    kernelFunc: (call) => {
      try {
        return run(call as unknown as KernelCall<never, never>, () => {
          if (!replaced) throw new Error(`[@st/backend-native] ${name}: this case is not supported.`);
          return replaced.kernelFunc(call);
        });
      } catch (error) {
        throw namingKernel(name, error);
      }
    },
  });
}

/** Where there is no memory for a kernel's result, the error names the kernel in the place of the module's function. */
function namingKernel(name: string, error: unknown): unknown {
  const isShortage = error instanceof Error && 'code' in error && error.code === 'ERR_MEMORY_ALLOCATION_FAILED';
  if (isShortage) error.message = error.message.replace('] allocate: ', `] ${name}: `);
  return error;
}
