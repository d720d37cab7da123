/** A convolution with padding 'same', as in the measured models. */
export type LayerShape = {
  readonly batch: number;
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly filter: number;
  readonly stride: number;
};

export const PASSES = ['forward', 'input gradient', 'filter gradient'] as const;
export type Pass = (typeof PASSES)[number];

/** The native back end's algorithms: `fast` is its fastest Winograd, `accurate` is F(2x2, 3x3), `direct` is no Winograd. */
export const ALGORITHMS = ['direct', 'accurate', 'fast'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The speeds measured for one layer shape. */
export type KernelRow = LayerShape & {
  /** Floating-point operations per second, counted as for the direct convolution. F(2x2, 3x3) exists for stride 1 only, Winograd for 3x3 filters only. */
  readonly operationsPerSecond: Readonly<Record<Pass, Readonly<Partial<Record<Algorithm, number>>>>>;
};

/** The output of the process that measures kernels. */
export type KernelReport = { readonly peakOperationsPerSecond: number; readonly rows: readonly KernelRow[] };
