import type { Tensor } from '@tensorflow/tfjs-core';

export type Pullbacks = Record<string, () => Tensor>;

/** A gradient function of the engine's tape; its argument is `null` for an output that the result does not depend on. */
export type Backward = (dys: (Tensor | null)[]) => Pullbacks;

/** The members used of a node of the engine's tape, a type that tfjs does not export. */
export type TapeNode = {
  readonly id: number;
  readonly kernelName: string;
  inputs: Readonly<Record<string, Tensor>>;
  outputs: Tensor[];
  readonly saved: Tensor[];
  gradient?: Backward;
};

/** The ids of a node's inputs that were dropped because they have no gradient. */
const prunedInputs = new WeakMap<TapeNode, readonly number[]>();

export function rememberPruned(node: TapeNode, inputs: readonly number[]): void {
  prunedInputs.set(node, inputs);
}

/** The last operation on a path from `xs` to `y` that passes through an input without a gradient; undefined if there is no such path. */
export function blockedAt(tape: readonly TapeNode[], xs: readonly Tensor[], y: Tensor): string | undefined {
  const fromX = new Set(xs.map(({ id }) => id));
  for (const node of tape) {
    const ids = [...Object.values(node.inputs).map(({ id }) => id), ...(prunedInputs.get(node) ?? [])];
    if (ids.some((id) => fromX.has(id))) for (const { id } of node.outputs) fromX.add(id);
  }
  const toY = new Set([y.id]);
  for (const node of [...tape].reverse()) {
    if (!node.outputs.some(({ id }) => toY.has(id))) continue;
    if (prunedInputs.get(node)?.some((id) => fromX.has(id))) return node.kernelName;
    for (const { id } of Object.values(node.inputs)) toY.add(id);
  }
  return undefined;
}
