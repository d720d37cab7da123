import { engine } from '@tensorflow/tfjs-core';

import { asMissingGradient } from './missing-gradient.ts';

type Gradients = ReturnType<typeof engine>['gradients'];

const GUARDED: unique symbol = Symbol.for('@st/core/gradients: guarded');

/**
 * Has every differentiation end in order where it fails: with a typed error if a gradient is missing, and with the tensors given back that
 * tfjs saved for the backward pass (it frees them after a pass that went well, and nowhere else).
 * `Engine.gradients` is the one door that `tf.grad`, `tf.variableGrads`, optimizers and layers go through, in every copy of tfjs: all share the engine.
 */
export function guardEngine(): void {
  const shared = engine() as ReturnType<typeof engine> & { [GUARDED]?: true };
  if (shared[GUARDED]) return;
  shared[GUARDED] = true;
  const original = shared.gradients.bind(shared);
  const guarded: Gradients = (f, xs, dy, allowNoGradients) => {
    try {
      return original(f, xs, dy, allowNoGradients);
    } catch (error) {
      if (shared.state.gradientDepth === 0) freeTape();
      throw asMissingGradient(error) ?? error;
    }
  };
  shared.gradients = guarded;
}

function freeTape(): void {
  const { state } = engine();
  const nodes = (state.activeTape ?? []) as unknown as readonly { readonly saved?: readonly { dispose(): void }[] }[];
  for (const { saved = [] } of nodes) for (const tensor of saved) tensor.dispose();
  (state as { activeTape: unknown }).activeTape = null; // as tfjs has it between passes
}
