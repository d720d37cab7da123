import type { Candidate, Readied } from './candidate.ts';
import { importOptional, notImported } from './import-optional.ts';
import { isNode } from './is-node.ts';

/** The Node package of Dawn, Chromium's WebGPU implementation. */
const DAWN = 'webgpu';

type DawnExports = { create(flags: string[]): Gpu; readonly globals: object };

/** The part of WebGPU's entry point that reports whether a device exists. */
type Gpu = { requestAdapter(): Promise<object | null> };

/** WebGPU of the browser, or under Node of the `webgpu` package. tfjs cannot read tensors synchronously under Node. */
export const webgpuCandidate: Candidate = {
  name: 'webgpu',
  remedy:
    'It needs a GPU with a Vulkan, Metal or D3D12 driver, and: npm install @tensorflow/tfjs-backend-webgpu webgpu',
  ready: async ({ asked }) => {
    const provided = await provideGpu();
    if ('why' in provided) return provided;
    const adapter = await provided.gpu.requestAdapter();
    if (adapter === null) return { why: 'no adapter' };
    // a GPU emulated on the CPU is slower than wasm, so it is used only if the user names it
    if (isSoftware(adapter) && !asked) return { why: 'only a software adapter' };
    return register();
  },
};

/** `isFallbackAdapter` is a member of `adapter.info`, in older browsers of the adapter. */
function isSoftware(adapter: object): boolean {
  const info: unknown = Reflect.get(adapter, 'info');
  return [info, adapter].some(
    (holder) => typeof holder === 'object' && holder !== null && Reflect.get(holder, 'isFallbackAdapter') === true,
  );
}

async function provideGpu(): Promise<{ readonly gpu: Gpu } | { readonly why: string }> {
  const present = presentGpu();
  if (present !== undefined) return { gpu: present };
  if (!isNode()) return { why: 'this browser has no WebGPU' };
  const dawn = await importOptional<DawnExports>(DAWN);
  if ('why' in dawn) return dawn;
  const gpu = dawn.exports.create([]);
  Object.assign(globalThis, dawn.exports.globals);
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return { gpu };
}

function presentGpu(): Gpu | undefined {
  return globalThis.navigator === undefined ? undefined : Reflect.get(globalThis.navigator, 'gpu');
}

/** Importing the package registers the back end, provided that `navigator.gpu` exists. */
async function register(): Promise<Readied> {
  try {
    await import('@tensorflow/tfjs-backend-webgpu');
    return { registered: 'webgpu' };
  } catch (error) {
    return notImported('@tensorflow/tfjs-backend-webgpu', error);
  }
}
