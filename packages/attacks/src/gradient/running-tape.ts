import * as tf from '@tensorflow/tfjs-core';

/** The members used of a node of the engine's tape; tfjs does not export its type. */
export type TapeNode = {
  readonly id: number;
  readonly kernelName: string;
  readonly outputs: tf.Tensor[];
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** Kept for the gradient. */
  readonly saved: tf.Tensor[];
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
};

/**
 * Runs `forward` on the tape that is running. If it throws, disposes the tensors that its nodes saved, which tfjs would leak.
 * @returns The result of `forward`, and the nodes that it added to the tape.
 */
export function recordNodes<T>(forward: () => T): { result: T; nodes: readonly TapeNode[] } {
  const tape = runningTape();
  const begin = tape.length; // a tape of the caller's may be running
  try {
    return { result: forward(), nodes: tape.slice(begin) };
  } catch (error) {
    freeSaved(tape.splice(begin));
    throw error;
  }
}

/** Removes the last nodes from the tape. The engine no longer disposes their saved tensors; the caller must. */
export function takeNodes(nodes: readonly TapeNode[]): void {
  const tape = runningTape();
  tape.splice(tape.length - nodes.length);
}

export function freeSaved(nodes: readonly TapeNode[]): void {
  for (const { saved } of nodes) tf.dispose([...saved]);
}

function runningTape(): TapeNode[] {
  return tf.engine().state.activeTape as TapeNode[]; // tfjs's own type of a node is not exported
}
