import { MissingGradientError } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { freeSaved, recordNodes, type TapeNode, takeNodes } from './running-tape.ts';

/** A node of a recorded pass, and those of its inputs that depend on the pass's input. */
type Step = { readonly node: TapeNode; readonly inputs: readonly (readonly [name: string, input: tf.Tensor])[] };

/** A forward pass that can be differentiated any number of times. */
export type RecordedPass = {
  /** The output of the pass; owned by the record. */
  readonly output: tf.Tensor2D;
  /** The output as a function of the pass's input, on the tape that is running: its gradient walks back through the recorded nodes. */
  replay(): tf.Tensor2D;
  /** Disposes the output and the tensors saved for its gradient. */
  dispose(): void;
};

/**
 * Runs `f` at `x` once and keeps the tensors that its gradient needs. tfjs drops them after one gradient, so a search that needs the gradient at the
 * same images and weights in every step would run the forward pass again in every step.
 * The gradient of a replay cannot be differentiated itself.
 * @param f - Differentiable; called once.
 */
export function recordPass(where: Where, f: (x: tf.Tensor4D) => tf.Tensor2D, x: tf.Tensor4D): RecordedPass {
  const { output, nodes } = runOnTape(() => f(x));
  const steps = stepsBetween(nodes, x, output);
  const needed = new Set(steps.map(({ node }) => node));
  freeSaved(nodes.filter((node) => !needed.has(node)));
  return {
    output,
    replay: () => {
      const through = tf.customGrad(() => ({
        value: tf.clone(output),
        gradFunc: (dy: tf.Tensor) => pullBack(where, steps, dy, x, output),
      }));
      return through(x) as tf.Tensor2D;
    },
    dispose: () => {
      output.dispose();
      freeSaved([...needed]);
    },
  };
}

/** Runs `f` on a tape and removes its nodes before the engine disposes their saved tensors. */
function runOnTape(f: () => tf.Tensor2D): { output: tf.Tensor2D; nodes: readonly TapeNode[] } {
  const recorded: { output: tf.Tensor2D; nodes: readonly TapeNode[] }[] = [];
  const forward = (): tf.Scalar => {
    const { result, nodes } = recordNodes(() => tf.keep(f()));
    takeNodes(nodes);
    recorded.push({ output: result, nodes });
    return tf.scalar(0);
  };
  tf.tidy(() => void tf.engine().gradients(forward, [tf.scalar(0)], undefined, true));
  const [only] = recorded as [(typeof recorded)[number]]; // the engine has called forward, or thrown
  return only;
}

/** The steps from `x` to `y`, last first. */
function stepsBetween(nodes: readonly TapeNode[], x: tf.Tensor, y: tf.Tensor): Step[] {
  const fromX = new Set([x.id]);
  const steps: Step[] = [];
  for (const node of nodes) {
    const inputs = Object.entries(node.inputs).filter(([, { id }]) => fromX.has(id));
    if (inputs.length === 0) continue;
    for (const { id } of node.outputs) fromX.add(id);
    steps.unshift({ node, inputs });
  }
  const toY = new Set([y.id]);
  return steps.filter(({ node, inputs }) => {
    const leads = node.outputs.some(({ id }) => toY.has(id));
    if (leads) for (const [, { id }] of inputs) toY.add(id);
    return leads;
  });
}

/** The gradient at `x` of the sum of `dy * y`. The gradients at a node's outputs are disposed once they have been propagated. */
function pullBack(where: Where, steps: readonly Step[], dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const scope = tf.engine().state.activeScope.id;
    const gradients = new Map<number, tf.Tensor>([[y.id, dy]]);
    for (const { node, inputs } of steps) {
      const dys = node.outputs.map(({ id }) => gradients.get(id) ?? null);
      if (!node.gradient) throw missing(where, node);
      const backward = node.gradient(dys);
      for (const [name, { id }] of inputs) addTo(gradients, id, tf.tidy(backward[name] as () => tf.Tensor));
      for (const { id } of node.outputs) gradients.delete(id);
      // A gradient function may return its argument, or a tensor that is not its own.
      const held = new Set(gradients.values());
      for (const used of dys) if (used?.scopeId === scope && !used.kept && !held.has(used)) used.dispose();
    }
    return gradients.get(x.id) ?? tf.zerosLike(x);
  });
}

function missing(where: Where, { kernelName }: TapeNode): MissingGradientError {
  return new MissingGradientError(
    `${where}: the operation ${kernelName} has no gradient. Register one: tf.registerGradient.`,
    { kernelName },
  );
}

/** Accumulates a gradient for the tensor `id`. */
function addTo(gradients: Map<number, tf.Tensor>, id: number, gradient: tf.Tensor): void {
  const current = gradients.get(id);
  gradients.set(id, current ? tf.add(current, gradient) : gradient);
}
