/** A convolution with padding 'same', as the measured models have it. */
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

/** The native back end's algorithms: its fastest Winograd, F(2x2, 3x3), or none. */
export const ALGORITHMS = ['direct', 'accurate', 'fast'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** What one layer shape was measured at. */
export type KernelRow = LayerShape & {
  /** Floating-point operations a second, counted as the direct convolution has them; F(2x2, 3x3) is for stride 1, Winograd for 3x3 filters. */
  readonly operationsPerSecond: Readonly<Record<Pass, Readonly<Partial<Record<Algorithm, number>>>>>;
};

/** What the process that measures kernels prints. */
export type KernelReport = { readonly peakOperationsPerSecond: number; readonly rows: readonly KernelRow[] };
