/** What a fused layer applies last: nothing, or max(0, y). */
export type Activation = 'linear' | 'relu';

export const ACTIVATIONS: readonly Activation[] = ['linear', 'relu'];
