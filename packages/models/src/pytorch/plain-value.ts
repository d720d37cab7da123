import { DataFormatError } from '@st/core';

import { sizeOf } from '../weights/state-tensor.ts';
import type { PickleTensor, PickleValue } from './pickle/pickle-value.ts';
import { ELEMENT_BYTES } from './pickle/storage-types.ts';
import type { PytorchTensor, PytorchValue } from './pytorch-value.ts';
import { readTensor } from './read-tensor.ts';

/** Known checkpoints nest values 4 or 5 deep. */
const MAX_DEPTH = 64;

/**
 * Maximum size of all tensors of a file when copied out, as a multiple of the file size. Views may repeat values (an expanded tensor has
 * strides of 0), so that without a limit a small file could allocate any amount of memory. Half precision, widened to float32, takes 2.
 */
const MAX_EXPANSION = 8;
/** The limit of small files, in bytes. */
const LEAST_LIMIT = 2 ** 20;

/**
 * Converts unpickled values to plain data.
 * @param fileBytes - Size of the file, which limits the size of the tensors.
 * @throws {DataFormatError} for values that contain themselves or are nested too deep, or tensors that exceed the limit.
 */
export function plainValue(where: string, root: PickleValue, fileBytes: number): PytorchValue {
  const done = new Map<object, PytorchValue>();
  const path = new Set<object>();
  let bytes = 0;

  const tensorOf = (tensor: PickleTensor): PytorchTensor => {
    const { dtype } = tensor.storage;
    bytes += sizeOf(tensor.shape) * Math.max(ELEMENT_BYTES[dtype], dtype === 'F16' || dtype === 'BF16' ? 4 : 1);
    if (bytes > Math.max(LEAST_LIMIT, MAX_EXPANSION * fileBytes)) {
      throw new DataFormatError(
        `${where}: tensors must take at most ${MAX_EXPANSION} times the file's ${fileBytes} bytes, but take more: views repeat values.`,
        { argument: 'bytes', received: bytes },
      );
    }
    return { kind: 'tensor', dtype, shape: tensor.shape, read: () => readTensor(where, tensor) };
  };

  const convert = (value: object & PickleValue): PytorchValue => {
    if (value instanceof Uint8Array) return Uint8Array.from(value);
    if (Array.isArray(value)) return value.map(visit);
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, visit(item)]));
    switch (value.kind) {
      case 'tensor':
        return tensorOf(value);
      case 'global':
        return 'call' in value || value.dtype ? value.name : { kind: 'unread', name: value.name };
      case 'unread':
        return value.items.size > 0 ? convert(value.items) : { kind: 'unread', name: value.name };
      case 'numpy-dtype':
        return `numpy.${value.code}`;
      case 'storage':
        throw new DataFormatError(`${where}: storage '${value.key}' must belong to a tensor, but does not.`);
    }
  };

  const visit = (value: PickleValue): PytorchValue => {
    if (typeof value !== 'object' || value === null) return value;
    const known = done.get(value);
    if (known !== undefined) return known;
    if (path.has(value)) {
      throw new DataFormatError(`${where}: a list or dict must not contain itself, but does.`, { argument: 'bytes' });
    }
    if (path.size >= MAX_DEPTH) {
      throw new DataFormatError(`${where}: values must be nested at most ${MAX_DEPTH} deep.`, { argument: 'bytes' });
    }
    path.add(value);
    const converted = convert(value);
    path.delete(value);
    done.set(value, converted);
    return converted;
  };

  return visit(root);
}
