import { engine, type Tensor } from '@tensorflow/tfjs-core';

import { asMissingGradient, blockedBy } from './missing-gradient.ts';
import { blockedAt, type TapeNode } from './tape-node.ts';

type Gradients = ReturnType<typeof engine>['gradients'];

/**
 * Has every differentiation end in order where it fails: with a typed error if a gradient is missing, and with the tensors given back that
 * tfjs saved for the backward pass (it frees them after a pass that went well, and nowhere else).
 * `Engine.gradients` is the one door that `tf.grad`, `tf.variableGrads`, optimizers and layers go through, in every copy of tfjs: all share the engine.
 */
export function guardEngine(): void {
  const shared = engine();
  const original = shared.gradients.bind(shared);
  const guarded: Gradients = (f, xs, dy, allowNoGradients) => {
    let pass: { readonly tape: readonly TapeNode[]; readonly y: Tensor } | undefined;
    const blocked = (): string | undefined => pass && blockedAt(pass.tape, xs, pass.y);
    const forward: typeof f = () => {
      const y = f();
      pass = { tape: shared.state.activeTape as TapeNode[], y };
      return y;
    };
    try {
      const result = original(forward, xs, dy, allowNoGradients);
      const kernelName = result.grads.every((gradient) => !gradient) ? blocked() : undefined;
      if (kernelName === undefined) return result;
      result.value.dispose(); // made on the way, and handed to nobody
      throw blockedBy(kernelName);
    } catch (error) {
      if (shared.state.gradientDepth === 0) freeTape();
      throw asMissingGradient(error, blocked) ?? error;
    }
  };
  shared.gradients = guarded;
}

function freeTape(): void {
  const { state } = engine();
  const nodes = (state.activeTape ?? []) as readonly TapeNode[];
  for (const { saved } of nodes) for (const tensor of saved) tensor.dispose();
  (state as { activeTape: unknown }).activeTape = null; // as tfjs has it between passes
}
