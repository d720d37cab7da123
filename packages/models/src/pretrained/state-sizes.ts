import { CheckpointError } from '@st/core';

import { type StateTensors, sizeOf } from '../weights/state-tensor.ts';

/** Reads sizes off the names and shapes of a state_dict. */
export type StateSizes = {
  has(name: string): boolean;
  /** Whether a name starts so. */
  hasUnder(prefix: string): boolean;
  /** Whether a name ends so. */
  endsWith(end: string): boolean;
  /**
   * The length of an axis.
   * @throws {CheckpointError} naming the tensor, if it is not there or has no such axis.
   */
  size(name: string, axis: number): number;
  /** The different numbers that follow `prefix` in the names, ascending. */
  numbersAfter(prefix: string): readonly number[];
  /** How many values all the tensors hold. */
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
        `${where}: the network's sizes are read off '${name}', but ${got}. The tensors are of another architecture, or not all of the network's.`,
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
