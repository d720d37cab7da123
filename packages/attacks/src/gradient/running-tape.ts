import * as tf from '@tensorflow/tfjs-core';

/** What is used of a node of the engine's tape, which tfjs does not export. */
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
 * Runs `forward` on the tape that is running. If it throws, what its nodes saved is freed, which tfjs itself would keep for ever.
 * @returns What `forward` gives, and the nodes that it has put on the tape.
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

/** Takes the last nodes off the tape: the engine forgets them, and whoever has them frees what they saved. */
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
