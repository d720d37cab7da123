import type { StateTensor } from '../weights/state-tensor.ts';

/** A value in a PyTorch file. Tuples, sets and `torch.Size` are lists, types and devices are strings; integers beyond 2^53 are bigints. */
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

/** A dict, in order. */
export type PytorchDict = ReadonlyMap<null | boolean | number | bigint | string, PytorchValue>;

/** A tensor, whose values are copied from the file by `read()`. */
export type PytorchTensor = {
  readonly kind: 'tensor';
  readonly dtype: StateTensor['dtype'];
  readonly shape: readonly number[];
  /**
   * Returns the values in row-major order, in a new array.
   * @throws {DataFormatError} if the file's bytes are damaged there.
   */
  read(): StateTensor['data'];
};

/** Placeholder for an object of another class, such as a configuration or a numpy array, which was neither read nor run. */
export type PytorchUnread = {
  readonly kind: 'unread';
  /** `argparse.Namespace`, `numpy.ndarray`. */
  readonly name: string;
};

/** Whether the value is a placeholder for an object that was not read. */
export function isPytorchUnread(value: PytorchValue | undefined): value is PytorchUnread {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unread';
}

/** Whether the value is a tensor. */
export function isPytorchTensor(value: PytorchValue): value is PytorchTensor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
}
