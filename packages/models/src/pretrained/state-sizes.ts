import { CheckpointError } from '@st/core';

import { type StateTensors, sizeOf } from '../weights/state-tensor.ts';

/** Reads sizes from the names and shapes of a state_dict. */
export type StateSizes = {
  has(name: string): boolean;
  /** Whether a name starts with `prefix`. */
  hasUnder(prefix: string): boolean;
  /** Whether a name ends with `end`. */
  endsWith(end: string): boolean;
  /**
   * The length of an axis of a tensor.
   * @throws {CheckpointError} with the tensor's name, if it is missing or has no such axis.
   */
  size(name: string, axis: number): number;
  /** The distinct numbers that follow `prefix` in the names, ascending. */
  numbersAfter(prefix: string): readonly number[];
  /** Total number of values in all tensors. */
  readonly values: number;
};

export function stateSizes(where: string, state: StateTensors): StateSizes {
  const names = [...state.keys()];
  return {
    has: (name) => state.has(name),
    hasUnder: (prefix) => names.some((name) => name.startsWith(prefix)),
    endsWith: (end) => names.some((name) => name.endsWith(end)),
    size: (name, axis) => {
      const shape = state.get(name)?.shape;
      const size = shape?.[axis];
      if (size !== undefined && size >= 1) return size;
      const got = shape ? `it is [${shape.join(', ')}]` : 'it is missing';
      throw new CheckpointError(
        `${where}: the network's sizes are read from '${name}', but ${got}. The tensors are of another architecture, or incomplete.`,
        { argument: 'tensors', received: names },
      );
    },
    numbersAfter: (prefix) => {
      const numbers = names
        .filter((name) => name.startsWith(prefix))
        .map((name) => Number.parseInt(name.slice(prefix.length), 10))
        .filter(Number.isInteger);
      return [...new Set(numbers)].sort((a, b) => a - b);
    },
    values: [...state.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  };
}
