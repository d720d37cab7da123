import { checkKind } from '../errors/check-kind.ts';
import { checkObject, type Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { SAFETENSORS_BYTES, SAFETENSORS_PREFIX, type SafetensorsData, type SafetensorsDtype } from './safetensors.ts';

const WHERE = '[@st/core] writeSafetensors';

/** A tensor to write: values in row-major order; the type of the array determines the dtype. */
export type SafetensorsSource = { readonly shape: readonly number[]; readonly data: SafetensorsData };

/**
 * Writes a safetensors file that Python's `safetensors` opens. The same input gives the same bytes.
 * @param tensors - By name. The type of the array determines the dtype: `Float32Array` gives F32, `BigInt64Array` gives I64, ...
 * @param metadata - Free-form strings, kept under `__metadata__`.
 * @throws {InvalidArgumentError} if a tensor's values do not fill its shape, or one is named `__metadata__`.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsSource>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (!(tensors instanceof Map)) {
    throw new InvalidArgumentError(
      `${WHERE}: tensors must be a Map of names to { shape, data }, got ${describeValue(tensors)}.`,
      { argument: 'tensors', received: tensors },
    );
  }
  for (const [name, tensor] of tensors) checkSource(WHERE, name, tensor);
  checkObject(WHERE, 'metadata', metadata, ['name']);
  for (const [name, text] of Object.entries(metadata)) checkKind(WHERE, `metadata.${name}`, text, 'text');
  // widest elements first, as in the reference implementation, so that every tensor is aligned to its element size
  const sorted = [...tensors].sort(
    ([, a], [, b]) => SAFETENSORS_BYTES[dtypeOf(b.data)] - SAFETENSORS_BYTES[dtypeOf(a.data)],
  );
  const entries: [string, object][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, { shape, data }] of sorted) {
    const end = offset + data.byteLength;
    entries.push([name, { dtype: dtypeOf(data), shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(SAFETENSORS_PREFIX + headerLength + offset).fill(0x20, SAFETENSORS_PREFIX);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, SAFETENSORS_PREFIX);
  let position = SAFETENSORS_PREFIX + headerLength;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

function dtypeOf(data: SafetensorsData): SafetensorsDtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof BigInt64Array) return 'I64';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

const ARRAYS = [Float32Array, Float64Array, BigInt64Array, Int32Array, Uint8Array] as const;

/** @throws {InvalidArgumentError} for a value that the format cannot represent. */
export function checkSource(where: Where, name: unknown, tensor: unknown): void {
  if (typeof name !== 'string' || name === '__metadata__') {
    throw new InvalidArgumentError(
      name === '__metadata__'
        ? `${where}: a tensor must not be named '__metadata__'. Rename it.`
        : `${where}: a tensor's name must be text, got ${describeValue(name)}.`,
      { argument: 'tensors', received: name },
    );
  }
  const { shape, data } = (tensor ?? {}) as Partial<SafetensorsSource>; // its members are checked next
  const isShape = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isShape || !ARRAYS.some((Type) => data instanceof Type)) {
    throw new InvalidArgumentError(
      `${where}: tensor ${describeValue(name)} must be { shape, data } with data in one of ${ARRAYS.map((Type) => Type.name).join(', ')}, got shape ${describeValue(shape)} and data ${describeValue(data)}.`,
      { argument: 'tensors', received: tensor },
    );
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === data?.length) return;
  throw new InvalidArgumentError(
    `${where}: tensor ${describeValue(name)}: shape [${shape.join(', ')}] takes ${size} values, got ${data?.length}.`,
    { argument: 'tensors', received: data?.length },
  );
}
