/** The names of the back ends that `useBackend` accepts, fastest first. */
export const BACKENDS = ['tfjs-node-gpu', 'native', 'tfjs-node', 'webgpu', 'st-wasm', 'wasm', 'cpu'] as const;

/** One of `BACKENDS`. */
export type BackendName = (typeof BACKENDS)[number];

/**
 * The result of loading a back end: the name under which it is registered in tfjs, or why it cannot be used, with the sentences that say
 * what to do if `remedy` does not. `note`, called once it is active, says why it is slower than it could be.
 */
export type Readied =
  | { readonly registered: string; readonly note?: () => string | undefined }
  | { readonly why: string; readonly advice?: string };

/** One back end that `useBackend` may choose. */
export type Candidate = {
  readonly name: BackendName;
  /** How to install this back end; the end of an error message. */
  readonly remedy: string;
  /** Loads the back end and checks whether it runs here. Does not make it the active one. */
  ready(options: ReadyOptions): Promise<Readied>;
};

/** Options for loading a back end. */
export type ReadyOptions = {
  /** Whether the user named this back end: it is then used even if another one is faster. */
  readonly asked: boolean;
  /** Browsers only: URL of the folder that serves the `.wasm` files of `@tensorflow/tfjs-backend-wasm`. Default: the folder of the script. */
  readonly wasmPath?: string | undefined;
};
