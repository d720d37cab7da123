import type { Layer } from './model-layers.ts';

/** A replacement for a member of a layer during one pass. */
export type Substitution = {
  readonly layer: Layer;
  /** `'activation'` of a dense or convolutional layer, or `'call'` of any. */
  readonly member: 'activation' | 'call';
  readonly value: unknown;
};

/**
 * Runs `run` with the replaced members and restores the original ones, also if it throws. A pass is synchronous, so no other code sees the replacements; the
 * model's layers, weights and saved form are unchanged.
 */
export function withSubstitutions<T>(substitutions: readonly Substitution[], run: () => T): T {
  const undo: (() => void)[] = [];
  try {
    for (const { layer, member, value } of substitutions) {
      const own = Object.getOwnPropertyDescriptor(layer, member);
      Object.defineProperty(layer, member, { value, configurable: true, writable: true, enumerable: true });
      undo.push(() => {
        if (own) Object.defineProperty(layer, member, own);
        else Reflect.deleteProperty(layer, member);
      });
    }
    return run();
  } finally {
    for (const step of undo.reverse()) step();
  }
}
