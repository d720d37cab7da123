import { DataFormatError } from '@st/core';

import { nameOfKind } from './pickle-objects.ts';
import type { CallContext, PickleValue } from './pickle-value.ts';

/** Readers of numpy scalars, by type code. */
const READERS: Readonly<Record<string, (view: DataView, littleEndian: boolean) => PickleValue>> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  i8: (view, little) => safe(view.getBigInt64(0, little)),
  i4: (view, little) => view.getInt32(0, little),
  i2: (view, little) => view.getInt16(0, little),
  i1: (view) => view.getInt8(0),
  u8: (view, little) => safe(view.getBigUint64(0, little)),
  u4: (view, little) => view.getUint32(0, little),
  u2: (view, little) => view.getUint16(0, little),
  u1: (view) => view.getUint8(0),
  b1: (view) => view.getUint8(0) !== 0,
};

/** `numpy.dtype('f8', False, True)`: the type of a scalar. */
export function numpyDtype([code]: readonly PickleValue[], { where }: CallContext): PickleValue {
  if (typeof code === 'string' && Object.hasOwn(READERS, code))
    return { kind: 'numpy-dtype', code, littleEndian: true };
  // strings, dates and objects: values of these types are not read
  if (typeof code === 'string') return { kind: 'unread', name: `numpy.${code.slice(0, 16)}`, items: new Map() };
  throw new DataFormatError(
    `${where}: a numpy type must be named by a string, got ${nameOfKind(code)}. The file is damaged.`,
    {
      argument: 'bytes',
    },
  );
}

/** `numpy.core.multiarray.scalar(dtype, bytes)`: a scalar. */
export function numpyScalar([dtype, bytes]: readonly PickleValue[], { where }: CallContext): PickleValue {
  if (typeof dtype === 'object' && dtype !== null && 'kind' in dtype && dtype.kind === 'unread') return dtype;
  if (typeof dtype === 'object' && dtype !== null && 'kind' in dtype && dtype.kind === 'numpy-dtype') {
    const width = Number(dtype.code.slice(1));
    if (bytes instanceof Uint8Array && bytes.length === width) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return READERS[dtype.code]?.(view, dtype.littleEndian) ?? null;
    }
  }
  throw new DataFormatError(
    `${where}: a numpy scalar must have a type and as many bytes as the type, got ${nameOfKind(dtype)} and ${nameOfKind(bytes)}. The file is damaged.`,
    { argument: 'bytes' },
  );
}

function safe(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
