import { engine, type Tensor } from '@tensorflow/tfjs-core';

import { asMissingGradient, blockedBy } from './missing-gradient.ts';
import { blockedAt, type TapeNode } from './tape-node.ts';

type Gradients = ReturnType<typeof engine>['gradients'];

/**
 * Makes a failing differentiation throw a typed error where a gradient is missing, and disposes the tensors that tfjs saved for the backward pass (tfjs
 * frees them only after a pass that succeeds). `tf.grad`, `tf.variableGrads`, optimizers and layers all call `Engine.gradients`, and all copies of tfjs
 * share the engine, so wrapping this one method covers them.
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
      result.value.dispose(); // the caller never receives it
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
  (state as { activeTape: unknown }).activeTape = null; // the value that tfjs uses between passes
}
