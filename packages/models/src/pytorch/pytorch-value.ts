import type { StateTensor } from '../weights/state-tensor.ts';

/** What a PyTorch file holds. Tuples, sets and `torch.Size` are lists, types and devices texts; integers beyond 2^53 are bigints. */
export type PytorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PytorchValue[]
  | PytorchDict
  | PytorchTensor
  | PytorchUnread;

/** A dict, in its order. */
export type PytorchDict = ReadonlyMap<null | boolean | number | bigint | string, PytorchValue>;

/** A tensor, whose values are copied out of the file when they are asked for. */
export type PytorchTensor = {
  readonly kind: 'tensor';
  readonly dtype: StateTensor['dtype'];
  readonly shape: readonly number[];
  /**
   * The values in row-major order, in an array of the caller's.
   * @throws {DataFormatError} if the file's bytes are damaged there.
   */
  read(): StateTensor['data'];
};

/** What stood for an object of another class: a configuration, a numpy array. Nothing of it was read or run. */
export type PytorchUnread = {
  readonly kind: 'unread';
  /** `argparse.Namespace`, `numpy.ndarray`. */
  readonly name: string;
};

/** Tells what was not read from the other values. */
export function isPytorchUnread(value: PytorchValue | undefined): value is PytorchUnread {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unread';
}

/** Tells a tensor from the other values. */
export function isPytorchTensor(value: PytorchValue): value is PytorchTensor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
}
