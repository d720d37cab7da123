/** The last operation of a fused layer: the identity, or max(0, y). */
export type Activation = 'linear' | 'relu';

export const ACTIVATIONS: readonly Activation[] = ['linear', 'relu'];
