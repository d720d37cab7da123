import { InvalidArgumentError } from '@st/core';
import { type Zippable, zipSync } from 'fflate';

import { checkStateTensors } from '../../check-arguments.ts';
import { type StateTensor, type StateTensors, sizeOf } from '../../weights/state-tensor.ts';
import { pickleStateDict } from './pickle-writer.ts';

const WHERE = '[@st/models] writePytorch';

/** The folder in the archive; `torch.save` uses this name when it writes to a stream. */
const ROOT = 'archive';

/** PyTorch aligns storages to this many bytes, so that they can be memory-mapped. */
const ALIGNMENT = 64;
const LOCAL_HEADER = 30;
/** Id of the extra field that PyTorch uses for padding. */
const PADDING_FIELD = 0x4246;
const FIELD_HEADER = 4;

/** Larger zip files need 64-bit sizes, which are not written. */
const MAX_BYTES = 2 ** 32 - 1;

/** The earliest time that a zip file can hold; it is fixed so that the same tensors give the same bytes. */
const TIME = new Date(1980, 0, 1);

/**
 * Writes a state_dict as a zip file that `torch.load` opens, also with `weights_only`: an `OrderedDict` of tensors, each with its own
 * storage. Half-precision tensors, whose values are float32 here, are written as float32. The same tensors give the same bytes.
 * @throws {InvalidArgumentError} if a tensor's values do not match its shape or dtype, or the file would exceed 4 GiB.
 */
export function writePytorch(tensors: StateTensors): Uint8Array {
  checkStateTensors(WHERE, tensors);
  const written = new Map([...tensors].map(([name, tensor]) => [name, checkedTensor(name, tensor)]));
  const files: [string, Uint8Array][] = [
    ['data.pkl', pickleStateDict(written)],
    ['byteorder', new TextEncoder().encode('little')],
    ...[...written.values()].map(({ data }, i): [string, Uint8Array] => [`data/${i}`, bytesOf(data)]),
    ['version', new TextEncoder().encode('3\n')],
  ];
  refuseLarge(files);
  const archive: Zippable = {};
  let position = 0;
  for (const [file, bytes] of files) {
    const name = `${ROOT}/${file}`;
    const header = LOCAL_HEADER + name.length + FIELD_HEADER;
    const padding = (ALIGNMENT - ((position + header) % ALIGNMENT)) % ALIGNMENT;
    archive[name] = [bytes, { level: 0, mtime: TIME, extra: { [PADDING_FIELD]: new Uint8Array(padding) } }];
    position += header + padding + bytes.length;
  }
  return zipSync(archive);
}

/** Checks a tensor and returns it with the dtype of its array. */
function checkedTensor(name: string, { dtype, shape, data }: StateTensor): StateTensor {
  const size = sizeOf(shape);
  if (size !== data.length) {
    throw new InvalidArgumentError(
      `${WHERE}: tensor '${name}': shape [${shape.join(', ')}] needs ${size} values, got ${data.length}.`,
      { argument: 'tensors', received: data.length },
    );
  }
  const isHalf = dtype === 'F16' || dtype === 'BF16';
  if (data instanceof ARRAYS[dtype]) return { dtype: isHalf ? 'F32' : dtype, shape, data };
  throw new InvalidArgumentError(
    `${WHERE}: tensor '${name}': values of ${dtype} must be in a ${ARRAYS[dtype].name}, got a ${data.constructor.name}.`,
    { argument: 'tensors', received: data.constructor.name },
  );
}

/** The array type of each dtype. */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Float32Array,
  BF16: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

function bytesOf({ buffer, byteOffset, byteLength }: StateTensor['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function refuseLarge(files: readonly (readonly [string, Uint8Array])[]): void {
  const total = files.reduce((sum, [, bytes]) => sum + bytes.length + 2 * ALIGNMENT, 0);
  if (total <= MAX_BYTES) return;
  throw new InvalidArgumentError(
    `${WHERE}: tensors must take less than 4 GiB, got ${total} bytes. Use writeSafetensors.`,
    {
      argument: 'tensors',
      received: total,
    },
  );
}
