/** A back end by the name that `useBackend` knows it by, fastest first. */
export const BACKENDS = ['tfjs-node-gpu', 'native', 'tfjs-node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** What came of readying a back end: the name under which tfjs has it, or why it cannot be used. */
export type Readied = { readonly registered: string } | { readonly why: string };

/** One back end that `useBackend` may choose. */
export type Candidate = {
  readonly name: BackendName;
  /** What to do for this back end to be usable; ends an error message. */
  readonly remedy: string;
  /** Loads it and sees whether it runs here; does not make it the active one. */
  ready(options: ReadyOptions): Promise<Readied>;
};

/** Settings of single back ends. */
export type ReadyOptions = {
  /** The user asked for this back end by name, so that it is readied even where another would be faster. */
  readonly asked: boolean;
  /** Browsers only: URL of the folder that serves the `.wasm` files of `@tensorflow/tfjs-backend-wasm`. Default: beside the script. */
  readonly wasmPath?: string | undefined;
};
