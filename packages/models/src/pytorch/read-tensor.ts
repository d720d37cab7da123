import { DataFormatError } from '@st/core';
import { decodeValues } from '@st/core/kit';

import { gatherStrided, isContiguous } from '../weights/gather-strided.ts';
import { type StateTensor, sizeOf } from '../weights/state-tensor.ts';
import type { PickleTensor } from './pickle/pickle-value.ts';
import { ELEMENT_BYTES } from './pickle/storage-types.ts';

/** Copies the values of a view from its storage, in row-major order. */
export function readTensor(where: string, { storage, shape, strides, offset }: PickleTensor): StateTensor['data'] {
  const { dtype, length } = storage;
  const width = ELEMENT_BYTES[dtype];
  const bytes = storage.bytes();
  if (bytes.length !== length * width) {
    throw new DataFormatError(
      `${where}: storage '${storage.key}' must have ${length * width} bytes, got ${bytes.length}.`,
    );
  }
  const size = sizeOf(shape);
  if (size === 0) return decode(dtype, new Uint8Array(0));
  const isDense = isContiguous({ shape, strides, offset });
  const last = shape.reduce((at, extent, axis) => at + (extent - 1) * (strides[axis] ?? 0), offset);
  const part = bytes.subarray(offset * width, (last + 1) * width);
  const values = decode(dtype, new Uint8Array(part)); // a copy is aligned and does not keep the file's memory alive
  return isDense ? values : gatherStrided(values, { shape, strides, offset: 0 });
}

function decode(dtype: StateTensor['dtype'], bytes: Uint8Array): StateTensor['data'] {
  if (dtype === 'I16') return new Int16Array(bytes.buffer);
  if (dtype === 'I8') return new Int8Array(bytes.buffer);
  if (dtype === 'BOOL') return bytes.map((byte) => (byte === 0 ? 0 : 1));
  return decodeValues(dtype, bytes);
}
